"""SQLite: a migration is one transaction, and no row loses its children to a table's rebuilding."""

import logging
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from typing import cast

from alembic.util import CommandError
from sqlalchemy import Connection, event
from sqlalchemy.exc import OperationalError

from safe_schema.runs.locks import begin_writing

log = logging.getLogger("alembic.runtime.migration")

ROWS_TO_NAME = 5
DROP = re.compile(
    r"""\s*DROP\s+(INDEX|TRIGGER)\s+(IF\s+EXISTS\s+)?["`\[]?(?P<name>\w+)""", re.IGNORECASE
)


def driver_connection(connection: Connection) -> sqlite3.Connection:
    """Return the connection of Python's own driver."""
    return cast("sqlite3.Connection", connection.connection.dbapi_connection)


@contextmanager
def whole_transactions(connection: Connection) -> Iterator[None]:
    """Begin each transaction as a writer, and before its first statement, whatever that is.

    The driver begins one before INSERT, UPDATE and DELETE alone, so that a migration that dies
    would leave the tables it has changed by then. Foreign keys are off meanwhile: a batch
    migration drops the old table, which would delete what refers to its rows.
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    driver = driver_connection(connection)
    if driver.in_transaction:
        raise CommandError("A transaction is open on this database; commit or roll it back first.")
    [foreign_keys] = driver.execute("PRAGMA foreign_keys").fetchone()
    driver.execute("PRAGMA foreign_keys = OFF")  # which does nothing within a transaction

    def begin(_connection: Connection) -> None:
        begin_writing(driver)

    event.listen(connection, "begin", begin)
    try:
        yield
    finally:
        event.remove(connection, "begin", begin)
        if not connection.invalidated:  # which Ctrl+C makes it
            driver.rollback()
            driver.execute(f"PRAGMA foreign_keys = {foreign_keys}")


@contextmanager
def no_new_orphans(connection: Connection) -> Iterator[None]:
    """Raise CommandError if rows refer to nothing afterwards that did not before."""
    if connection.dialect.name != "sqlite":
        yield
        return
    before = find_orphans(connection)
    yield
    after = find_orphans(connection)
    if len(after) > len(before):  # a table that is renamed or rebuilt gives old ones new names
        lost = sorted(set(after) - set(before))
        rows = "; ".join(f"{table} {row} to {parent}" for table, row, parent in lost[:ROWS_TO_NAME])
        raise CommandError(
            f"This migration leaves {len(after) - len(before)} row(s) that refer to nothing, and "
            f"so nothing was changed: {rows}"
        )


def find_orphans(connection: Connection) -> list[tuple[str, int, str]]:
    """Return the table, the row id and the missing parent's table of rows that refer to nothing."""
    try:
        rows = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    except OperationalError as error:
        log.warning("Foreign keys cannot be checked: %s.", error.orig)
        return []
    return [(table, row, parent) for table, row, parent, _number in rows]


@contextmanager
def nothing_forgotten(connection: Connection) -> Iterator[None]:
    """Raise CommandError if triggers or indexes over expressions went with a table's rebuilding.

    Alembic makes a table anew from what it knows of it, and these it does not know. One that the
    migration drops by its name is meant to go.
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    before = find_unreflected_objects(connection)
    dropped: set[str] = set()

    def listen(_connection: Connection, _cursor: object, statement: str, *_rest: object) -> None:
        if found := DROP.match(statement):
            dropped.add(found["name"].lower())

    event.listen(connection, "before_cursor_execute", listen)
    try:
        yield
    finally:
        event.remove(connection, "before_cursor_execute", listen)
    tables = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'")
    left = {name for (name,) in tables}
    forgotten = before.keys() - find_unreflected_objects(connection).keys()
    lost = [
        f"{name} of {before[name]}"
        for name in sorted(forgotten)
        if before[name] in left and name.lower() not in dropped
    ]
    if lost:
        raise CommandError(
            f"This migration rebuilds a table and so loses {', '.join(lost)}: a trigger, or an "
            "index over an expression. Nothing was changed. Drop it in the revision, and create it "
            "again after the change."
        )


def find_unreflected_objects(connection: Connection) -> dict[str, str]:
    """Return the names of triggers, and of indexes over expressions, with those of their tables."""
    rows = connection.exec_driver_sql(
        "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger' UNION "
        "SELECT m.name, tbl_name FROM sqlite_master m, pragma_index_xinfo(m.name) c "
        "WHERE m.type = 'index' AND c.cid = -2"
    )
    return dict(map(tuple, rows))


def find_unreflected_aspects(
    connection: Connection, only: str | None = None
) -> Iterator[tuple[str, str, str, str]]:
    """Tell each column's collation, and which count for ever, that SQLAlchemy does not see.

    SQLite tells the collations of an index, so one over all columns is made of an empty copy.
    """
    tables = connection.exec_driver_sql(
        "SELECT name, sql FROM sqlite_master WHERE sql LIKE 'CREATE TABLE%' "
        "AND coalesce(? = name COLLATE NOCASE, TRUE)",
        (only,),
    )
    for table, definition in tables.all():
        with closing(sqlite3.connect(":memory:")) as copy, suppress(sqlite3.OperationalError):
            copy.execute(definition)
            columns = copy.execute("SELECT name, pk FROM pragma_table_xinfo(?)", [table]).fetchall()
            names = ", ".join(quote_name(name) for name, _ in columns)
            copy.execute(f"CREATE INDEX unreflected ON {quote_name(table)} ({names})")
            for name, collation in copy.execute(
                "SELECT name, coll FROM pragma_index_xinfo('unreflected') WHERE key"
            ):
                yield table, name, "collation", f"COLLATE {collation}"
            if copy.execute(
                "SELECT 1 FROM sqlite_master WHERE name = 'sqlite_sequence'"
            ).fetchone():
                yield from ((table, name, "counts", "AUTOINCREMENT") for name, pk in columns if pk)


def quote_name(name: str) -> str:
    """Return a name as SQL has it, whatever is in it."""
    return '"' + name.replace('"', '""') + '"'
