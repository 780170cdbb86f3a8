"""`flask db migrate` asks whether a column or a table was renamed.

Autogenerate sees that one is gone and another is new, and would drop the one, with its data, and
add the other. On a terminal it asks, as Django does; without one it writes nothing and shows the
`-x` options to choose from.
"""

from collections.abc import Mapping
from typing import Any

from alembic.autogenerate.api import AutogenContext
from alembic.autogenerate.render import renderers
from alembic.operations import ops
from alembic.runtime.plugins import Plugin
from alembic.util import CommandError, DispatchPriority, PriorityDispatchResult
from flask import g
from sqlalchemy import Column, DefaultClause, Dialect, Inspector, MetaData

from safe_schema.autogenerate import gradually
from safe_schema.autogenerate.answers import Answers
from safe_schema.autogenerate.pairing import Looks, look_at_columns, look_at_model, look_at_whole
from safe_schema.autogenerate.renamed import Renamed, Renames

PLUGIN = "safe_schema.renames"


class RenameColumn(ops.AlterColumnOp):
    """A rename that knows the way back: Alembic's own forgets the name."""

    def reverse(self) -> "RenameColumn":
        assert self.modify_name  # noqa: S101
        return RenameColumn(
            self.table_name,
            self.modify_name,
            schema=self.schema,
            existing_type=self.existing_type,
            existing_nullable=self.existing_nullable,
            existing_server_default=self.existing_server_default,
            existing_comment=self.existing_comment,
            modify_name=self.column_name,
            **self.kw,
        )


class RenameTable(ops.RenameTableOp):
    """A rename that knows the way back, and how it is written."""

    def reverse(self) -> "RenameTable":
        return RenameTable(self.new_table_name, self.table_name, schema=self.schema)


@renderers.dispatch_for(RenameTable)
def _write_rename_table(_context: AutogenContext, operation: RenameTable) -> str:
    return f"op.rename_table({operation.table_name!r}, {operation.new_table_name!r})"


def find_renames(autogen: AutogenContext, upgrade: ops.UpgradeOps) -> PriorityDispatchResult:
    """Find what was renamed, write that, and let the rest be compared as if it were done."""
    config = autogen.migration_context.environment_context
    command = config.config.cmd_opts if config else None
    if not getattr(command, "autogenerate", False):
        return PriorityDispatchResult.CONTINUE  # `flask db check` asks nothing
    answers: Answers = g.setdefault("renames", Answers(getattr(command, "x", None) or []))
    metadata, inspector = autogen.metadata, autogen.inspector
    assert isinstance(metadata, MetaData)  # noqa: S101
    there = list_tables(autogen, inspector)
    wanted = {table.name: table for table in metadata.tables.values() if table.schema is None}
    models = {name: look_at_model(table, inspector.dialect) for name, table in wanted.items()}
    tables = answers.settle(
        "table",
        {
            name: look_at_whole(look_at_columns(inspector, name), place)
            for place, name in enumerate(sorted({*there} - {*wanted}))
        },
        {
            name: look_at_whole(models[name], place)
            for place, name in enumerate(sorted({*wanted} - {*there}))
        },
    )
    columns: dict[str, Renames] = {}
    for old in sorted(there):
        name = tables.get(old, old)
        if name in wanted:
            columns[old] = settle_columns(answers, inspector, old, models[name], tables)
    answers.refuse_open()
    if gradually.is_asked_for():  # what is left to do is found as if nothing were renamed
        gradually.note_renames(autogen, tables, columns, answers.deletes)
        return PriorityDispatchResult.CONTINUE
    upgrade.ops += [RenameTable(old, new) for old, new in tables.items()]
    for old, renames in columns.items():
        reflected = {column["name"]: column for column in inspector.get_columns(old)}
        for was, is_now in renames.items():
            model = metadata.tables[tables.get(old, old)].c[is_now]
            upgrade.ops.append(rename_column(model, was, reflected[was], inspector.dialect))
    if upgrade.ops:
        Renamed(tables, columns).patch_inspector(inspector)
    arguments = autogen.opts["template_args"]
    arguments["deletes"] = sorted({*arguments.get("deletes", []), *answers.deletes})
    return PriorityDispatchResult.CONTINUE


def rename_column(
    column: Column[Any], old: str, reflected: Mapping[str, Any], dialect: Dialect
) -> RenameColumn:
    """Return the rename of a column to that one of a model.

    MariaDB forgets what is not said again, so everything is said: as the model has it, for this
    database may know less of a type than the next one; and as the database has it where that is
    not the same, for it is changed after the rename, and before the way back.
    """
    table = column.table
    is_same = reflected["type"].compile(dialect) == column.type.compile(dialect)
    counts: Any = {"autoincrement": True} if table.autoincrement_column is column else {}
    default = column.server_default
    return RenameColumn(
        table.name,
        old,
        schema=table.schema,
        modify_name=column.name,
        existing_type=column.type if is_same else reflected["type"],
        existing_nullable=reflected["nullable"],
        existing_server_default=default if isinstance(default, DefaultClause) else False,
        existing_comment=column.comment,
        **counts,
    )


def settle_columns(
    answers: Answers, inspector: Inspector, table: str, model: dict[str, Looks], tables: Renames
) -> Renames:
    """Return which columns of a table were renamed to which. `tables` have new names."""
    there = look_at_columns(inspector, table, tables)
    name = tables.get(table, table)
    renames = answers.settle(
        "column",
        {f"{name}.{each}": looks for each, looks in there.items() if each not in model},
        {f"{name}.{each}": looks for each, looks in model.items() if each not in there},
    )
    return {was.rpartition(".")[2]: is_now.rpartition(".")[2] for was, is_now in renames.items()}


def list_tables(autogen: AutogenContext, inspector: Inspector) -> list[str]:
    """Return the names of the tables that are compared."""
    version_table = autogen.migration_context.version_table
    return [
        name
        for name in inspector.get_table_names()
        if name != version_table and autogen.run_name_filters(name, "table", {"schema_name": None})
    ]


def create_indexes_before_drops(
    _autogen: AutogenContext, upgrade: ops.UpgradeOps
) -> PriorityDispatchResult:
    """Make a renamed column's new index first: MariaDB keeps the last one under a foreign key."""
    if any(isinstance(each, RenameColumn | RenameTable) for each in upgrade.ops):
        for each in upgrade.ops:
            if isinstance(each, ops.ModifyTableOps):
                each.ops = put_creations_first(each.ops)
    return PriorityDispatchResult.CONTINUE


def put_creations_first(operations: list[Any]) -> list[Any]:
    """Return the operations on a table, with the new indexes first that nothing stands against."""
    dropped = {op.index_name.lower() for op in operations if isinstance(op, ops.DropIndexOp)}
    added = {op.column.name for op in operations if isinstance(op, ops.AddColumnOp)}

    def comes_later(operation: Any) -> bool:  # noqa: ANN401
        if not isinstance(operation, ops.CreateIndexOp) or not operation.index_name:
            return True
        same_name = operation.index_name.lower() in dropped
        return same_name or not added.isdisjoint(map(str, operation.columns))

    return sorted(operations, key=comes_later) if dropped else operations


def check_answers() -> None:
    """Raise CommandError for a `-x rename=` or `-x drop=` that nothing in any database matches."""
    answers: Answers | None = g.pop("renames", None)
    if answers and answers.unused:
        unused = ", ".join(f"-x {argument}" for argument in sorted(answers.unused))
        raise CommandError(
            f"Nothing matches {unused}; no migration was written. Write the old name as the "
            "database has it, and the new one as the models do: -x rename=users.username:users.name"
        )


_plugin = Plugin(PLUGIN)
_plugin.add_autogenerate_comparator(find_renames, "autogenerate", priority=DispatchPriority.FIRST)
_plugin.add_autogenerate_comparator(
    create_indexes_before_drops, "autogenerate", priority=DispatchPriority.LAST
)
