"""No migration destroys data by accident: each operation looks at the rows just before it runs.

What is meant is written into the revision, where it is reviewed with it:

    deletes = ["users.email", "posts"]

A downgrade that would destroy rows asks for `-x deletes=all`. SQL that a revision gives to
`op.execute` is not seen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, NamedTuple

from alembic.operations import Operations, ops, toimpl
from alembic.util import CommandError
from sqlalchemy import Column, Connection, Index, UniqueConstraint

from safe_schema.dialects import is_mariadb
from safe_schema.operations import named_types
from safe_schema.protection import counting, rules, untouched
from safe_schema.protection.column_types import resolve_type
from safe_schema.protection.conversions import Change

if TYPE_CHECKING:
    from alembic.runtime.migration import RevisionStep


class Watched(NamedTuple):
    """A revision that runs, and what it says that it deletes."""

    revision: str
    is_upgrade: bool
    deletes: frozenset[str]
    is_done: Callable[[], bool]

    def deletes_any(self, *names: str) -> bool:
        """Return whether the revision, or the operator, means to delete one of these."""
        return not self.deletes.isdisjoint({*names, "all"})

    def make_error(self, what: str, way_out: str) -> CommandError:
        """Return the error that ends the migration."""
        subject = "Revision" if self.is_upgrade else "The downgrade of revision"
        return CommandError(f"{subject} {self.revision} {what}. {way_out}")

    def get_deletion_hint(self, name: str) -> str:
        """Return what to do if that is to be deleted."""
        if self.is_upgrade:
            return f"If that is meant, write deletes = [{name!r}] in the revision file."
        return "If that is meant, run the downgrade with -x deletes=all."


_watched: ContextVar[Watched | None] = ContextVar("watched revision", default=None)


@contextmanager
def watching(
    step: RevisionStep,
    connection: Connection,
    options: dict[str, str],
    is_done: Callable[[], bool],
) -> Iterator[None]:
    """Check the operations of a step, and that it did nothing else. `options` are those of `-x`.

    `is_done` tells whether the operation was carried out before the step was interrupted.
    """
    revision = step.revision.revision
    deletes = getattr(step.revision.module, "deletes", [])
    if not isinstance(deletes, list | tuple):
        raise CommandError(f'In revision {revision}, deletes is no list: write deletes = ["..."]')
    if not step.is_upgrade:
        deletes = ["all"] if options.get("deletes") == "all" else []
    by = Watched(revision, step.is_upgrade, frozenset(deletes), is_done)
    token = _watched.set(by)
    try:
        with untouched.watch_columns(connection) as columns:
            yield
        check_untouched(columns, by)
        check_rules(columns, by)
    finally:
        _watched.reset(token)


def is_replaying() -> bool:
    """Return whether the next statement was carried out before the step was interrupted."""
    watched = _watched.get()
    return watched is not None and watched.is_done()


def allow_to_delete(name: str) -> None:
    """Let the rest of the present step drop a column: what it holds is elsewhere."""
    if watched := _watched.get():
        _watched.set(watched._replace(deletes=watched.deletes | {name}))


def refuse(what: str, way_out: str) -> None:
    """Raise CommandError if a step is watched: what it does would lose something."""
    if watched := _watched.get():
        raise watched.make_error(what, way_out)


def check_untouched(columns: untouched.Untouched, by: Watched) -> None:
    """Raise CommandError if the step changed what it does not name."""
    for name, change in columns.changes():
        if name in by.deletes:
            continue
        if is_mariadb(columns.connection.dialect):
            way_out = (
                "MariaDB has done that and cannot undo it: bring the column back by hand, and "
                "values that are lost from a copy. Running this again goes on after this step."
            )
        else:
            written = f", or write deletes = [{name!r}] in the revision file"
            way_out = f"Nothing was changed. Let an operation name it{written * by.is_upgrade}."
        raise by.make_error(f"changes {name}, which no operation says: it {change}", way_out)


def check_rules(columns: untouched.Untouched, by: Watched) -> None:
    """Raise CommandError if a table that was made anew lost a rule that the step does not name."""
    for table, rule in rules.lost(columns.rules, rules.find(columns.connection)):
        name = f"{table}: {rule}"
        if not by.deletes_any(name):
            raise by.make_error(
                f"makes table {table} anew, and its {rule} would be gone",
                "Nothing was changed. Drop it in the revision before, and create it again after; "
                "or pass it to batch_alter_table as table_args or table_kwargs. "
                f"{by.get_deletion_hint(name)}",
            )


def find_column(
    connection: Connection, operation: ops.DropColumnOp | ops.AlterColumnOp
) -> Column[Any] | None:
    """Return the column of an operation as it is in the database, or None if there is none."""
    table = counting.reflect(connection, operation.table_name, operation.schema)
    name = operation.column_name
    if table is None:
        return None
    if name in table.c or connection.dialect.name == "postgresql":
        return table.c.get(name)
    alike = [column for column in table.c if column.name.lower() == name.lower()]
    return alike[0] if alike else None


def check_drop_table(connection: Connection, operation: ops.DropTableOp, by: Watched) -> None:
    """Refuse to drop a table with rows."""
    name = operation.table_name
    table = counting.reflect(connection, name, operation.schema)
    if table is None or by.deletes_any(name):
        return
    if rows := counting.count(connection, table):
        raise by.make_error(f"drops table {name} with {rows} row(s)", by.get_deletion_hint(name))


def check_drop_column(connection: Connection, operation: ops.DropColumnOp, by: Watched) -> None:
    """Refuse to drop a column with values."""
    column = find_column(connection, operation)
    if column is None:
        return
    name = f"{column.table.name}.{column.name}"
    if by.deletes_any(name):
        return
    rows = counting.rows_where(connection, column.table, column.is_not(None))
    if rows.number:
        raise by.make_error(
            f"drops column {name} with {rows.number} value(s){rows}", by.get_deletion_hint(name)
        )


def check_add_column(connection: Connection, operation: ops.AddColumnOp, by: Watched) -> None:
    """Refuse to add a column NOT NULL without a default to a table with rows: MariaDB would."""
    column = operation.column
    fills_itself = column.server_default is not None or column.computed or column.identity
    table = counting.reflect(connection, operation.table_name, operation.schema)
    if column.nullable or fills_itself or table is None:
        return
    if rows := counting.count(connection, table):
        raise by.make_error(
            f"adds {table.name}.{column.name} NOT NULL without a server_default, and {table.name} "
            f"has {rows} row(s)",
            "Give it one, or add it nullable, fill it, and set NOT NULL then.",
        )


def check_alter_column(connection: Connection, operation: ops.AlterColumnOp, by: Watched) -> None:
    """Refuse NOT NULL over NULLs, and a type that some values do not fit into."""
    column = find_column(connection, operation)
    if column is None:
        return
    name = f"{column.table.name}.{column.name}"
    if operation.modify_nullable is False:
        rows = counting.rows_where(connection, column.table, column.is_(None))
        if rows.number:
            raise by.make_error(
                f"makes {name} NOT NULL, and {rows.number} row(s) hold NULL there{rows}",
                "Fill them first.",
            )
    if operation.modify_type is not None and not by.deletes_any(name):
        new = resolve_type(operation.modify_type, connection.dialect)
        using = operation.kw.get("postgresql_using")
        misfits = Change(connection, column, new, using).find_misfits()
        if misfits.rows.number:
            raise by.make_error(
                f"turns {name} into {new.compile(connection.dialect)}, and {misfits.rows.number} "
                f"value(s) {misfits.fault}{misfits.rows}",
                f"{misfits.way_out} {by.get_deletion_hint(name)}",
            )


def check_unique(
    connection: Connection, operation: ops.CreateIndexOp | ops.AddConstraintOp, by: Watched
) -> None:
    """Refuse uniqueness over duplicates, and a foreign key over orphans."""
    if isinstance(operation, ops.CreateForeignKeyOp):
        check_foreign_key(connection, operation, by)
        return
    if isinstance(operation, ops.CreateIndexOp):
        if not operation.unique or any(option.endswith("_where") for option in operation.kw):
            return
        made: Index | UniqueConstraint = operation.to_index()
    elif isinstance(operation, ops.CreateUniqueConstraintOp):
        made = operation.to_constraint()
    else:
        return
    table = counting.reflect(connection, operation.table_name, operation.schema)
    names = [str(getattr(column, "name", "")) for column in made.columns]
    if table is None or not names or not all(name in table.c for name in names):
        return
    columns = [table.c[name] for name in names]
    if number := counting.count_duplicates(connection, columns):
        listed = ", ".join(column.name for column in columns)
        raise by.make_error(
            f"makes {table.name} ({listed}) unique, and {number} value(s) occur more than once",
            f"Find them: SELECT {listed}, count(*) FROM {table.name} "  # noqa: S608  # for people
            f"GROUP BY {listed} HAVING count(*) > 1",
        )


def check_foreign_key(
    connection: Connection, operation: ops.CreateForeignKeyOp, by: Watched
) -> None:
    """Refuse a foreign key over rows that refer to nothing: SQLite would take them."""
    child = counting.reflect(connection, operation.source_table, operation.kw.get("source_schema"))
    parent = counting.reflect(
        connection, operation.referent_table, operation.kw.get("referent_schema")
    )
    own, referred = operation.local_cols, operation.remote_cols
    if child is None or parent is None:
        return
    if not all(name in child.c for name in own) or not all(name in parent.c for name in referred):
        return
    rows = counting.find_orphans(connection, child, own, parent, referred)
    if rows.number:
        raise by.make_error(
            f"adds a foreign key from {child.name} ({', '.join(own)}) to {parent.name}, and "
            f"{rows.number} row(s) refer to nothing{rows}",
            "Mend or delete them first.",
        )


def check_nothing(_connection: Connection, _operation: ops.MigrateOperation, _by: Watched) -> None:
    """Refuse nothing."""


Check = Callable[[Connection, Any, Watched], None]
CHECKS: list[tuple[type[ops.MigrateOperation], Check, Callable[[Operations, Any], Any]]] = [
    (ops.DropTableOp, check_drop_table, toimpl.drop_table),
    (ops.DropColumnOp, check_drop_column, toimpl.drop_column),
    (ops.AddColumnOp, check_add_column, toimpl.add_column),
    (ops.AlterColumnOp, check_alter_column, toimpl.alter_column),
    (ops.CreateIndexOp, check_unique, toimpl.create_index),
    (ops.AddConstraintOp, check_unique, toimpl.create_constraint),
    (ops.RenameTableOp, check_nothing, toimpl.rename_table),
    (ops.DropConstraintOp, check_nothing, toimpl.drop_constraint),
    (ops.DropIndexOp, check_nothing, toimpl.drop_index),
]


def _install(
    kind: type[ops.MigrateOperation], check: Check, run: Callable[[Operations, Any], Any]
) -> None:
    """Let Alembic check before it runs an operation of a kind."""

    @Operations.implementation_for(kind, replace=True)
    def _checked(operations: Operations, operation: ops.MigrateOperation) -> Any:  # noqa: ANN401
        watched = _watched.get()
        offline = operations.migration_context.as_sql
        if isinstance(operation, ops.AlterColumnOp) and not offline:
            named_types.create_missing(operations.get_bind(), operation)
        if watched and not offline and not watched.is_done():
            check(operations.get_bind(), operation, watched)
        untouched.follow(operation)
        return run(operations, operation)


for _kind, _check, _run in CHECKS:
    _install(_kind, _check, _run)
