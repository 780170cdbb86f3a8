"""Which values a new type would change: each database is asked to convert them, there and back.

What comes back as it was has lost nothing on the way. MariaDB converts as in an ALTER TABLE only in
a table, so it has a temporary one; PostgreSQL in a query, with the USING of the revision; SQLite in
a CAST.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from alembic.util import CommandError
from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    and_,
    cast,
    func,
    literal_column,
    or_,
    select,
    text,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import DataError, ProgrammingError
from sqlalchemy.types import Boolean, Float, Integer, Numeric, Text, TypeEngine

from safe_schema.dialects import is_mariadb
from safe_schema.protection.column_types import (
    BYTES,
    NUMBER,
    TEXT,
    describe_type,
    get_kind,
    is_fixed,
)
from safe_schema.protection.counting import ROWS_TO_NAME, Rows, name_row, rows_where
from safe_schema.runs import journal

CANNOT_COERCE = "42846"  # cannot_coerce, in PostgreSQL's manual, appendix A
ZONE = re.compile(
    r"\s*(?P<quote>\"?)(?P<name>\w+)(?P=quote)\s+AT\s+TIME\s+ZONE\s+(?P<zone>'[^']+')\s*",
    re.IGNORECASE,
)
UNCHECKED = {journal.NOTED_AS: ""}  # execution options: no statement of the revision


def find_changed(
    connection: Connection, column: Column[Any], new: TypeEngine[Any], using: str | None
) -> Rows:
    """Return the rows whose value does not come back from a type as it is."""
    if is_mariadb(connection.dialect):
        return find_changed_on_mariadb(connection, column, new)
    if connection.dialect.name == "postgresql":
        return find_changed_on_postgresql(connection, column, new, using)
    back = cast(cast(column, new), column.type)
    return rows_where(connection, column.table, back.is_distinct_from(column))


def find_changed_on_postgresql(
    connection: Connection, column: Column[Any], new: TypeEngine[Any], using: str | None
) -> Rows:
    """Return the rows that PostgreSQL would convert to something else, or could not convert."""
    holds = column.is_not(None)
    changes = is_changed_on_postgresql(column, new, using)
    is_open = connection.get_isolation_level() != "AUTOCOMMIT"
    try:
        with connection.begin_nested() if is_open else nullcontext():
            return rows_where(connection, column.table, and_(holds, changes))
    except DataError:
        pass  # as yet nobody knows for which row
    except ProgrammingError as error:
        if getattr(error.orig, "sqlstate", "") != CANNOT_COERCE:
            raise
        return rows_where(connection, column.table, holds)
    with asking_row_by_row(connection, column, changes) as changes_row:
        return rows_where(connection, column.table, and_(holds, changes_row))


def is_changed_on_postgresql(
    column: Column[Any], new: TypeEngine[Any], using: str | None
) -> ColumnElement[bool]:
    """Return the condition that a value, converted and converted back, is not what it is."""
    made: ColumnElement[Any] = cast(literal_column(using) if using else column, new)
    match get_kind(column.type), get_kind(new):
        case _, "text":
            changes = as_text(made).is_distinct_from(as_text(column))
            blanks = func.octet_length(made) != func.octet_length(as_text(made))
            return or_(changes, blanks) if is_fixed(new) else changes
        case "text", "number" if isinstance(new, Boolean):
            return made.is_distinct_from(cast(column, new))
        case "text", "number":  # 1.5 says the same as 1.50
            return as_number(made).is_distinct_from(as_number(column))
        case "number", "number":
            return is_changed_number(column, made, new)
    if isinstance(new, postgresql.JSONB):
        return made.is_distinct_from(cast(column, new))
    zone = ZONE.fullmatch(using or "")
    if zone and zone["name"].lower() == column.name.lower():
        made = made.op("AT TIME ZONE")(literal_column(zone["zone"]))
    return as_text(cast(made, column.type)).is_distinct_from(as_text(column))


def is_changed_number(
    column: Column[Any], made: ColumnElement[Any], new: TypeEngine[Any]
) -> ColumnElement[bool]:
    """Return the condition that PostgreSQL makes another number of one, or shows another one.

    A single 0.1 is a double 0.10000000149012.
    """
    if isinstance(column.type, Boolean):
        return made.is_distinct_from(cast(cast(column, Integer), new))
    if isinstance(new, Boolean):
        return made.is_distinct_from(column == 1)
    changes = cast(made, column.type).is_distinct_from(column)
    if Float not in {*type(column.type).__mro__, *type(new).__mro__}:
        return changes
    return or_(changes, as_number(made).is_distinct_from(as_number(column)))


def as_number(value: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return the number that is shown of a value."""
    return cast(cast(value, Text), Numeric)


def as_text(value: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return a value as a text that is compared byte by byte."""
    return cast(value, Text).collate("C")


@contextmanager
def asking_row_by_row(
    connection: Connection, column: Column[Any], changes: ColumnElement[bool]
) -> Iterator[ColumnElement[bool]]:
    """Make a function that also answers for a row where PostgreSQL can only complain."""
    row = select(changes).select_from(column.table).where(text("ctid = $1"))
    compiled = row.compile(connection, compile_kwargs={"literal_binds": True})
    connection.exec_driver_sql(
        "CREATE FUNCTION pg_temp.would_change(tid) RETURNS boolean LANGUAGE plpgsql AS "
        f"$safe_schema$ BEGIN RETURN ({compiled}); EXCEPTION WHEN others THEN RETURN true; "
        "END $safe_schema$",
        execution_options=UNCHECKED,
    )
    yield func.pg_temp.would_change(literal_column("ctid"), type_=Boolean)
    connection.exec_driver_sql(
        "DROP FUNCTION pg_temp.would_change(tid)", execution_options=UNCHECKED
    )


def find_changed_on_mariadb(
    connection: Connection, column: Column[Any], new: TypeEngine[Any]
) -> Rows:
    """Return the rows that MariaDB would convert to something else.

    Not in its strict mode, which only says that it cannot convert some value. Nobody who listens to
    the connection hears of it, neither the journal.
    """
    quote = connection.dialect.identifier_preparer.quote
    table, name = (
        connection.dialect.identifier_preparer.format_table(column.table),
        quote(column.name),
    )
    keys = list(column.table.primary_key.columns)
    listed = "".join(f", {quote(key.name)} AS k{number}" for number, key in enumerate(keys))
    cursor = connection.connection.cursor()

    def ask(statement: str) -> list[Any]:
        try:
            cursor.execute(statement)
        except connection.dialect.loaded_dbapi.Error as error:
            raise CommandError(
                f"What becomes of the values of {column.table.name}.{column.name} could not be "
                f"tried in a temporary table (error {error.args[0]}), which needs the privilege "
                "CREATE TEMPORARY TABLES. Nothing was changed by this operation."
            ) from error
        return list(cursor.fetchall() or ())

    [[mode]] = ask("SELECT @@SESSION.sql_mode")
    try:
        ask("SET SESSION sql_mode = ''")
        ask("DROP TEMPORARY TABLE IF EXISTS alembic_trial")
        definition = define(connection, column, new)
        ask(  # names that the database has told
            f"CREATE TEMPORARY TABLE alembic_trial (made {definition} NULL) "  # noqa: S608
            f"SELECT {name} AS was, {name} AS made, {name} AS back{listed} FROM {table} "
            f"WHERE {name} IS NOT NULL"
        )
        ask("UPDATE alembic_trial SET back = made")
        changed = f"FROM alembic_trial WHERE {is_changed_on_mariadb(column.type, new)}"
        [[number]] = ask(f"SELECT count(*) {changed}")
        order = ", ".join(f"k{number}" for number in range(len(keys)))
        found = (
            ask(f"SELECT {order} {changed} ORDER BY {order} LIMIT {ROWS_TO_NAME}") if keys else []
        )
        ask("DROP TEMPORARY TABLE alembic_trial")
    finally:
        cursor.execute("SET SESSION sql_mode = %s", [mode])
        cursor.close()
    return Rows(number, [name_row(keys, row) for row in found])


def define(connection: Connection, column: Column[Any], new: TypeEngine[Any]) -> str:
    """Return MariaDB's words for the column with its new type."""
    collation = connection.scalar(
        text(
            "SELECT collation_name FROM information_schema.columns WHERE table_schema = "
            "coalesce(:schema, database()) AND table_name = :table AND column_name = :column"
        ),
        {"schema": column.table.schema, "table": column.table.name, "column": column.name},
    )
    return " ".join(describe_type(new, collation, connection.dialect))


def is_changed_on_mariadb(old: TypeEngine[Any], new: TypeEngine[Any]) -> str:
    """Return the condition that a value of the trial is not what it was."""
    kinds = get_kind(old), get_kind(new)
    if kinds == (TEXT, TEXT):
        return f"NOT ({of_bytes('was')} <=> {of_bytes('made')})"
    if kinds == (BYTES, BYTES):
        return "NOT (was <=> made)"
    if kinds == (TEXT, NUMBER):  # 1.5 says the same as 1.50
        return "made IS NULL OR NOT (was + 0 <=> made)"
    if kinds == (NUMBER, NUMBER):  # a FLOAT shows less than it holds
        shown = "CONCAT(was) + 0 <=> CONCAT(made) + 0"
        return f"made IS NULL OR NOT (was <=> back) OR NOT ({shown})"
    if kinds[0] == TEXT:
        return f"NOT ({of_bytes('was')} <=> {of_bytes('back')})"
    return "made IS NULL OR NOT (was <=> back)"


def of_bytes(name: str) -> str:
    """Return the SQL for the bytes of a text: equal texts may differ in capitals, and blanks."""
    return f"CAST(CONVERT({name} USING utf8mb4) AS BINARY)"
