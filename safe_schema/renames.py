"""`flask db migrate` asks whether a column or a table was renamed.

Autogenerate sees that one is gone and another is new, and would drop the one, with its data, and
add the other. On a terminal it asks, as Django does; without one it writes nothing and shows the
`-x` options to choose from.
"""

import sys
from collections.abc import Mapping
from typing import Any, NamedTuple

import click
from alembic.autogenerate.api import AutogenContext
from alembic.autogenerate.render import renderers
from alembic.operations import ops
from alembic.runtime.plugins import Plugin
from alembic.util import CommandError, DispatchPriority, PriorityDispatchResult
from flask import g
from sqlalchemy import Column, DefaultClause, Dialect, Inspector, MetaData, Table

from safe_schema.renamed import Renamed, Renames

PLUGIN = "flasky.schema.renames"


class Pair(NamedTuple):
    """What is gone, and what is new: `users.username` and `users.name`, or two tables."""

    kind: str
    gone: str
    new: str


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


class Answers:
    """What the operator says was renamed or dropped, by `-x` or on the terminal."""

    def __init__(self, arguments: list[str]) -> None:
        options = [argument.partition("=") for argument in arguments]
        self.renamed = [value.partition(":")[::2] for name, _, value in options if name == "rename"]
        self.dropped = [value for name, _, value in options if name == "drop"]
        self.unused = {f"rename={gone}:{new}" for gone, new in self.renamed}
        self.unused |= {f"drop={gone}" for gone in self.dropped}
        self.open: list[Pair] = []
        self.deletes: list[str] = []

    def settle(self, kind: str, gone: dict[str, Any], new: dict[str, Any]) -> Renames:
        """Return which of what is gone became which of what is new; values say what is alike."""
        renames: Renames = {}
        for name in sorted(gone):
            if name in self.dropped:
                self.unused.discard(f"drop={name}")
                self.deletes.append(name)
                continue
            left = [other for other in sorted(new) if other not in renames.values()]
            for other in left:
                if (name, other) in self.renamed:
                    self.unused.discard(f"rename={name}:{other}")
                    renames[name] = other
            answered = {was for was, _ in self.renamed} | {is_now for _, is_now in self.renamed}
            alike = [other for other in left if gone[name] == new[other] and other not in answered]
            if name not in answered and self._ask_each(kind, name, alike, renames):
                self.deletes.append(name)
        return renames

    def _ask_each(self, kind: str, gone: str, alike: list[str], renames: Renames) -> bool:
        """Ask for each pair until one is it. Return whether the answer was no to all of them."""
        if not is_terminal():
            self.open += [Pair(kind, gone, other) for other in alike]
            return False
        for other in alike:
            if click.confirm(f"Was the {kind} {gone} renamed to {other}?", default=False):
                renames[gone] = other
                return False
        return bool(alike)

    def refuse_open(self) -> None:
        """Raise CommandError if something can be answered by the operator alone."""
        if not self.open:
            return
        questions = " ".join(
            f"The {pair.kind} {pair.gone} is gone from the models, and {pair.new} is new."
            for pair in self.open
        )
        apart: Renames = {}  # each name once, as a command can have it
        for pair in self.open:
            if pair.gone not in apart and pair.new not in apart.values():
                apart[pair.gone] = pair.new
        renames = " ".join(f"-x rename={gone}:{new}" for gone, new in apart.items())
        drops = " ".join(f"-x drop={name}" for name in dict.fromkeys(p.gone for p in self.open))
        g.pop("renames")
        raise CommandError(
            f"This looks like a rename; no migration was written. {questions} Renamed, or dropped "
            f"with its data? Say which: `flask db migrate {renames}` or `flask db migrate {drops}`"
        )


def is_terminal() -> bool:
    """Return whether there is somebody to ask."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def find_renames(autogen: AutogenContext, upgrade: ops.UpgradeOps) -> PriorityDispatchResult:
    """Find what was renamed, write that, and let the rest be compared as if it were done."""
    config = autogen.migration_context.environment_context
    command = config.config.cmd_opts if config else None
    if not getattr(command, "autogenerate", False):
        return PriorityDispatchResult.CONTINUE  # `flask db check` asks nothing
    answers: Answers = g.setdefault("renames", Answers(getattr(command, "x", None) or []))
    metadata, inspector = autogen.metadata, autogen.inspector
    assert isinstance(metadata, MetaData)  # noqa: S101
    there = describe_database(autogen, inspector)
    models = [table for table in metadata.tables.values() if table.schema is None]
    wanted = {table.name: describe_model(table) for table in models}
    tables = answers.settle(
        "table",
        {name: there[name] for name in there.keys() - wanted.keys()},
        {name: wanted[name] for name in wanted.keys() - there.keys()},
    )
    columns: dict[str, Renames] = {}
    for old in sorted(there):
        name = tables.get(old, old)
        if name not in wanted:
            continue
        gone = {f"{name}.{c}": kind for c, kind in there[old].items() if c not in wanted[name]}
        new = {f"{name}.{c}": kind for c, kind in wanted[name].items() if c not in there[old]}
        renames = answers.settle("column", gone, new)
        columns[old] = {
            was.rpartition(".")[2]: is_now.rpartition(".")[2] for was, is_now in renames.items()
        }
    answers.refuse_open()
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


def describe_database(autogen: AutogenContext, inspector: Inspector) -> dict[str, dict[str, Any]]:
    """Return each table's columns, with what kind of type they have."""
    version_table = autogen.migration_context.version_table
    return {
        name: {c["name"]: c["type"]._type_affinity for c in inspector.get_columns(name)}  # noqa: SLF001
        for name in inspector.get_table_names()
        if name != version_table and autogen.run_name_filters(name, "table", {"schema_name": None})
    }


def describe_model(table: Table) -> dict[str, Any]:
    """Return a table's columns, with what kind of type they have."""
    return {column.name: column.type._type_affinity for column in table.columns}  # noqa: SLF001


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
