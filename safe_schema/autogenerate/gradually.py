"""A rename while the site goes on: `flask db migrate -x rename=TABLE.OLD:NEW --gradually`.

It writes three revisions. *Expand* adds the new column, and keeps it equal to the old one whichever
of them is written, so that old and new code run side by side. *Copy* fills it. *Contract* takes the
old one away when old code has ended: `contracts` sees to that.
"""

from pathlib import Path
from typing import Any

import click
from alembic import context
from alembic.autogenerate.api import AutogenContext
from alembic.operations import ops
from alembic.util import CommandError, rev_id
from flask import current_app, g
from flask_migrate.cli import db as db_commands
from sqlalchemy import Column, MetaData, Table

from safe_schema.autogenerate.expansion import Expansion, GradualRename, mentions
from safe_schema.autogenerate.renamed import Renames

OPTION = "--gradually"
HELP = "With -x rename=TABLE.OLD:NEW: write three revisions, while old code runs beside new code."


def add_option() -> None:
    """Give `flask db migrate` its option."""
    command = db_commands.commands["migrate"]
    if not any(OPTION in each.opts for each in command.params):
        option = click.Option([OPTION], is_flag=True, help=HELP, expose_value=False, callback=_keep)
        command.params.append(option)


def _keep(command: click.Context, _option: click.Parameter, value: bool) -> None:  # noqa: FBT001
    """Remember the option, which Flask-Migrate's own function does not take."""
    command.meta[OPTION] = value


def is_asked_for() -> bool:
    """Return whether the present command was given the option."""
    command = click.get_current_context(silent=True)
    return bool(command and command.meta.get(OPTION))


def note_renames(
    autogen: AutogenContext, tables: Renames, columns: dict[str, Renames], deletes: list[str]
) -> None:
    """Remember what is renamed. Raise CommandError if that cannot be done gradually."""
    if len(current_app.extensions["migrate"].db.engines) > 1:
        raise refuse("there are several databases")
    if tables:
        raise refuse(f"a table is renamed, {next(iter(tables))}")
    if deletes:
        raise refuse(f"{deletes[0]} is dropped")
    renames = []
    for table, names in columns.items():
        there, model = reflect(autogen, table), autogen.metadata.tables[table]  # type: ignore[union-attr]
        for old, new in names.items():
            if reason := find_obstacle(autogen, there.c[old], model.c[new]):
                raise refuse(f"{table}.{old} {reason}")
            renames.append(GradualRename(there.c[old], model.c[new]))
    if not renames:
        raise CommandError(
            f"{OPTION} is for a rename, and none was found; no migration was written. Say which: "
            f"`flask db migrate -x rename=users.username:users.name {OPTION}`"
        )
    check_template()
    g.gradual_renames = renames


def refuse(reason: str) -> CommandError:
    """Return the error for what takes a site that stops."""
    return CommandError(
        f"This cannot be done gradually: {reason}. No migration was written. Without {OPTION} it "
        "can, while the site does not run."
    )


def check_template() -> None:
    """Raise CommandError if a revision could not be marked as one that waits."""
    folder = context.config.get_main_option("script_location") or ""
    if "contracts" not in Path(folder, "script.py.mako").read_text(encoding="utf-8"):
        raise CommandError(
            f"migrations/script.py.mako knows nothing of {OPTION}; take that of `flask db init "
            "--directory elsewhere`."
        )


def reflect(autogen: AutogenContext, name: str) -> Table:
    """Return a table as it is in the database."""
    table = Table(name, MetaData())
    autogen.inspector.reflect_table(table, include_columns=None, resolve_fks=False)
    return table


def find_obstacle(autogen: AutogenContext, there: Column[Any], model: Column[Any]) -> str:
    """Return why a column cannot be renamed gradually, or nothing."""
    default = str(getattr(there.server_default, "arg", ""))
    is_generated = there.computed or model.computed or there.identity or model.identity
    unnamed = [
        check
        for check in autogen.inspector.get_check_constraints(there.table.name)
        if not check["name"] and mentions(check["sqltext"], there.name)
    ]
    reasons = {
        "has a table without a primary key": not len(there.table.primary_key),
        "is in the primary key": there.primary_key or model.primary_key,
        "is a foreign key": there.foreign_keys or model.foreign_keys,
        "is what foreign keys refer to": is_referred_to(autogen, there),
        "is generated": is_generated,
        "changes by itself": "on update" in default.lower(),
        "changes its type as well": not is_generated and is_other_type(autogen, there, model),
        "has a CHECK that comes with its type": getattr(model.type, "create_constraint", False),
        "has a CHECK without a name": unnamed,
    }
    return next((reason for reason, is_so in reasons.items() if is_so), "")


def is_referred_to(autogen: AutogenContext, column: Column[Any]) -> bool:
    """Return whether a foreign key refers to a column."""
    inspector = autogen.inspector
    return any(
        key["referred_table"] == column.table.name and column.name in key["referred_columns"]
        for table in inspector.get_table_names()
        for key in inspector.get_foreign_keys(table)
    )


def is_other_type(autogen: AutogenContext, there: Column[Any], model: Column[Any]) -> bool:
    """Return whether the model asks for another type than the database has."""
    table = there.table
    found = ops.AlterColumnOp(table.name, there.name)
    compare = autogen.comparators.dispatch("column", qualifier=autogen.dialect.name)
    compare(autogen, found, table.schema, table.name, there.name, there, model)
    return found.modify_type is not None


def write_three(directives: list[Any]) -> dict[str, list[str]]:
    """Put three revisions in the place of one, if renames were noted.

    Return what the last one takes away, by its name. Raise CommandError if the models ask for more.
    """
    renames: list[GradualRename] = g.pop("gradual_renames", [])
    if not renames:
        return {}
    [script] = directives
    expansion = Expansion(renames)
    for each in script.upgrade_ops.ops:
        for operation in each.ops if isinstance(each, ops.ModifyTableOps) else [each]:
            if not expansion.take(operation):
                raise refuse(f"the models ask for more than the rename, {say(operation)}")
    contract = rev_id()
    parts = [
        ("expand", script.rev_id, expansion.expand(), expansion.take_back()),
        ("copy", rev_id(), expansion.copy(), []),
        ("contract", contract, expansion.contract(), expansion.expand_again()),
    ]
    directives.clear()
    head, first = script.head, {"splice": script.splice, "branch_label": script.branch_label}
    for name, number, up, down in parts:
        directives.append(
            ops.MigrationScript(
                number,
                ops.UpgradeOps(up, upgrade_token=script.upgrade_ops.upgrade_token),
                ops.DowngradeOps(down, downgrade_token=script.downgrade_ops.downgrade_token),
                message=f"{script.message or 'rename'}: {name}",
                head=head,
                version_path=script.version_path,
                **first,
            )
        )
        head, first = number, {}
    return {contract: [f"{rename.table}.{rename.old}" for rename in renames]}


def say(operation: ops.MigrateOperation) -> str:
    """Return in words what an operation does."""
    table = getattr(operation, "table_name", "")
    return f"{operation.to_diff_tuple()[0].replace('_', ' ')} of {table}"
