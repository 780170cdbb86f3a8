"""Two columns of a table that are kept equal, whichever of them is written: by triggers.

    op.keep_equal("users", "first_seen", "first_visit")
    op.stop_keeping_equal("users", "first_seen", "first_visit")

So code that knows the one and code that knows the other share the rows. Both columns allow NULL
meanwhile, and the second one has no default: what it holds, somebody has written.
"""

import hashlib
from typing import Any, NamedTuple

from alembic.autogenerate.api import AutogenContext
from alembic.autogenerate.render import renderers
from alembic.operations import MigrateOperation, Operations
from sqlalchemy import Boolean, Connection, Dialect, literal_column, text

from safe_schema.dialects import is_mariadb
from safe_schema.protection import counting, guard
from safe_schema.runs import journal

LONGEST_NAME = 63  # as PostgreSQL cuts it
DIGITS_OF_A_DIGEST = 8


class EqualColumns(MigrateOperation):
    """An operation on two columns of a table."""

    def __init__(self, table_name: str, source: str, follower: str, *, fill: bool = False) -> None:
        self.table_name = table_name
        self.source = source
        self.follower = follower
        self.fill = fill


@Operations.register_operation("keep_equal")
class KeepEqual(EqualColumns):
    """From now on, the two columns of each row that is written are equal.

    In the rows that are there, the follower is filled at once, or by another operation. Until then
    the source counts, unless the follower is written.
    """

    @classmethod
    def keep_equal(
        cls,
        operations: Operations,
        table_name: str,
        source: str,
        follower: str,
        *,
        fill: bool = False,
    ) -> None:
        """Keep two columns equal."""
        operations.invoke(cls(table_name, source, follower, fill=fill))


@Operations.register_operation("stop_keeping_equal")
class StopKeepingEqual(EqualColumns):
    """The end of it. Either column may be dropped then: what it holds is in the other one."""

    @classmethod
    def stop_keeping_equal(
        cls, operations: Operations, table_name: str, source: str, follower: str
    ) -> None:
        """Let each column be for itself. Raise CommandError if they differ in some row."""
        operations.invoke(cls(table_name, source, follower))


@renderers.dispatch_for(KeepEqual)
def _write_keep_equal(_context: AutogenContext, operation: KeepEqual) -> str:
    return _write("keep_equal", operation)


@renderers.dispatch_for(StopKeepingEqual)
def _write_stop_keeping_equal(_context: AutogenContext, operation: StopKeepingEqual) -> str:
    return _write("stop_keeping_equal", operation)


def _write(name: str, operation: EqualColumns) -> str:
    arguments = [*map(repr, (operation.table_name, operation.source, operation.follower))]
    return f"op.{name}({', '.join(arguments + ['fill=True'] * operation.fill)})"


@Operations.implementation_for(KeepEqual)
def _keep_equal(operations: Operations, operation: KeepEqual) -> None:
    connection = None if operations.migration_context.as_sql else operations.get_bind()
    names = name_parts(operation, operations.impl.dialect, connection)
    for statement in write_triggers(names, operations.impl.dialect):
        run(operations, statement)
    if operation.fill:
        change = f"SET {names.follower} = {names.source}"
        run(operations, f"UPDATE {names.table} {change}")  # names of the revision's


@Operations.implementation_for(StopKeepingEqual)
def _stop_keeping_equal(operations: Operations, operation: StopKeepingEqual) -> None:
    dialect = operations.impl.dialect
    names = name_parts(operation, dialect, None)
    if not (operations.migration_context.as_sql or guard.is_replaying()):
        check_equal(operations.get_bind(), operation, names)
    if dialect.name == "postgresql":
        run(operations, f"DROP TRIGGER IF EXISTS {names.trigger} ON {names.table}")
        run(operations, f"DROP FUNCTION IF EXISTS {names.trigger}()")
    else:
        for event in ("insert", "update"):
            run(operations, f"DROP TRIGGER IF EXISTS {names.trigger}_{event}")
    for column in (operation.source, operation.follower):
        guard.allow_to_delete(f"{operation.table_name}.{column}")


def run(operations: Operations, statement: str) -> None:
    """Run SQL that the revision does not write itself, or show it for `--sql`."""
    clause = text(statement.replace(":", "\\:"))
    operations.execute(clause.execution_options(**{journal.NOTED_AS: statement}))


class Names(NamedTuple):
    """What an operation is about, as SQL has it. `row` says which row of SQLite NEW is."""

    table: str
    source: str
    follower: str
    trigger: str
    row: str


def name_parts(operation: EqualColumns, dialect: Dialect, connection: Connection | None) -> Names:
    """Return the names in an operation, quoted where they need it."""
    quote = dialect.identifier_preparer.quote
    keys = ["rowid"]
    if connection is not None and dialect.name == "sqlite":
        table = counting.reflect(connection, operation.table_name)
        if table is not None and not table.dialect_options["sqlite"]["with_rowid"]:
            keys = [quote(column.name) for column in table.primary_key.columns]
    return Names(
        quote(operation.table_name),
        quote(operation.source),
        quote(operation.follower),
        name_trigger(operation),
        " AND ".join(f"{key} = NEW.{key}" for key in keys),
    )


def name_trigger(operation: EqualColumns) -> str:
    """Return the name of the triggers, whichever of the columns is the source.

    PostgreSQL runs triggers in the order of their names, and others may change these columns.
    """
    words = [operation.table_name, *sorted((operation.source, operation.follower))]
    name = "_".join(filter(str.isidentifier, ("zz_equal", *words)))
    digest = hashlib.md5("\n".join(words).encode(), usedforsecurity=False).hexdigest()
    end = f"_{digest[:DIGITS_OF_A_DIGEST]}"
    longest = LONGEST_NAME - len(end) - len("_insert")
    return name.encode("ascii", "replace").decode().replace("?", "_").lower()[:longest] + end


def write_triggers(names: Names, dialect: Dialect) -> list[str]:
    """Return the SQL that makes the triggers.

    Of a new row, the follower counts if it was said, for the source may have a default. Of a row
    that changes, the follower counts if it changes, and else the source.
    """
    _table, source, follower, _trigger, _row = names
    differ = f"NOT ({equals(dialect, f'NEW.{source}', f'NEW.{follower}')})"
    changes = f"NOT ({equals(dialect, f'NEW.{follower}', f'OLD.{follower}')})"
    if dialect.name == "postgresql":
        return write_for_postgresql(names, differ, changes)
    if is_mariadb(dialect):
        return write_for_mariadb(names, changes)
    return write_for_sqlite(names, differ, changes)


def write_for_postgresql(names: Names, differ: str, changes: str) -> list[str]:
    """Return the SQL for a function, and for what calls it when there is something to do."""
    table, source, follower, trigger, _row = names
    function = f"""CREATE FUNCTION {trigger}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' AND NEW.{follower} IS NOT NULL THEN
        NEW.{source} := NEW.{follower};
    ELSIF TG_OP = 'UPDATE' AND {changes} THEN
        NEW.{source} := NEW.{follower};
    ELSE
        NEW.{follower} := NEW.{source};
    END IF;
    RETURN NEW;
END $$"""
    calls = f"""CREATE TRIGGER {trigger} BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW
    WHEN ({differ}) EXECUTE FUNCTION {trigger}()"""
    return [function, calls]


def write_for_mariadb(names: Names, changes: str) -> list[str]:
    """Return the SQL for two triggers, which MariaDB has no WHEN for."""
    table, source, follower, trigger, _row = names
    body = f"""THEN
    SET NEW.{source} = NEW.{follower};
ELSE
    SET NEW.{follower} = NEW.{source};
END IF"""
    return [
        f"CREATE TRIGGER {trigger}_{event} BEFORE {event.upper()} ON {table} FOR EACH ROW\n"
        f"IF {is_written} {body}"
        for event, is_written in (("insert", f"NEW.{follower} IS NOT NULL"), ("update", changes))
    ]


def write_for_sqlite(names: Names, differ: str, changes: str) -> list[str]:
    """Return the SQL for two triggers that mend a row after it was written."""
    table, source, follower, trigger, row = names
    values = {
        "insert": f"coalesce(NEW.{follower}, NEW.{source})",
        "update": f"CASE WHEN {changes} THEN NEW.{follower} ELSE NEW.{source} END",
    }
    return [
        f"""CREATE TRIGGER {trigger}_{event} AFTER {event.upper()} ON {table} WHEN {differ}
BEGIN
    UPDATE {table} SET {source} = {value}, {follower} = {value} WHERE {row};
END"""  # noqa: S608  # names of the revision's
        for event, value in values.items()
    ]


def equals(dialect: Dialect, one: str, other: str) -> str:
    """Return the SQL for two values that are the same in each letter, or both NULL.

    Whatever a collation takes for equal; and also for types that have no comparison.
    """
    if is_mariadb(dialect):
        return f"{one} <=> {other} AND BINARY {one} <=> BINARY {other}"
    if dialect.name == "postgresql":
        return f'{one}::text COLLATE "C" IS NOT DISTINCT FROM {other}::text COLLATE "C"'
    return f"{one} COLLATE BINARY IS {other}"


def check_equal(connection: Connection, operation: EqualColumns, names: Names) -> None:
    """Raise CommandError if the columns differ in some row."""
    table: Any = counting.reflect(connection, operation.table_name)
    if table is None or not {operation.source, operation.follower} <= set(table.c.keys()):
        return  # the operations that follow say so
    is_same = equals(connection.dialect, names.source, names.follower)
    rows = counting.rows_where(connection, table, literal_column(f"NOT ({is_same})", Boolean))
    if rows.number:
        guard.refuse(
            f"ends what keeps {operation.table_name}.{operation.source} and "
            f"{operation.table_name}.{operation.follower} equal, and they differ in "
            f"{rows.number} row(s){rows}",
            "Fill the one from the other first.",
        )
