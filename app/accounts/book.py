"""The database of the book's own flasky, of any chapter: it is read, and nothing in it is changed.

Its history is another one's: `flask db` cannot go on from there, and `flask user import` reads it.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import (
    URL,
    Connection,
    StaticPool,
    column,
    create_engine,
    func,
    inspect,
    make_url,
    null,
    select,
    table,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from app.database import describe_outage
from settings import read_database_url

TAKEN = {"id", "username", "role_id"}  # of a user
ROWS_AT_ONCE = 1000
READ_ONLY = {
    "postgresql": "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
    "mysql": "SET SESSION TRANSACTION READ ONLY",
    "mariadb": "SET SESSION TRANSACTION READ ONLY",
}


class SourceError(ValueError):
    """There is no database of the book's at that address."""


class OldUser(NamedTuple):
    """A row of the book's table. A name can be anything there: NULL, empty, of any length."""

    id: int
    name: Any
    role: str | None


@contextmanager
def open_source(address: str) -> Iterator[Connection]:
    """Connect to a database at an address, or in a file, to read it. Raise SourceError."""
    url = parse_source(address)
    engine = (
        create_engine("sqlite://", poolclass=StaticPool, creator=lambda: copy_file(url))
        if url.get_backend_name() == "sqlite"
        else create_engine(url, poolclass=NullPool, isolation_level="REPEATABLE READ")
    )
    try:
        with engine.connect() as connection:
            if statement := READ_ONLY.get(engine.dialect.name):
                connection.exec_driver_sql(statement)
                connection.commit()
            check_tables(connection, url)
            yield connection
    except DBAPIError as error:
        reason = describe_outage(error) or " ".join(str(error.orig).split())
        raise SourceError(f"{url}: {reason}.") from error
    finally:
        engine.dispose()


def parse_source(address: str) -> URL:
    """Return the address of a database; what has no :// is a file. Raise SourceError."""
    if "://" not in address:
        return URL.create("sqlite", database=str(Path(address).absolute()))
    try:
        return make_url(read_database_url(address))
    except ValueError as error:
        raise SourceError(f"SOURCE cannot be read: {error}.") from None


def copy_file(url: URL) -> sqlite3.Connection:
    """Return a copy of an SQLite file, in memory: the file is opened to be read alone."""
    path = Path(url.database or "")
    if not path.is_file():
        raise SourceError(f"There is no file {path}.")
    copy = sqlite3.connect(":memory:", check_same_thread=False)
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as file:
            file.backup(copy)
    except sqlite3.Error as error:
        copy.close()
        raise SourceError(f"{path} cannot be read: {error}.") from None
    # Bytes that are no text become what no name can hold, instead of an end.
    copy.text_factory = lambda raw: raw.decode(errors="surrogateescape")
    return copy


def check_tables(connection: Connection, url: URL) -> None:
    """Raise SourceError for a database that is not like the book's."""
    there = inspect(connection)
    columns = list_columns(connection, "users") if there.has_table("users") else set()
    if "username_key" in columns:
        raise SourceError(f"{url} is a database of this Flasky, not of the book's.")
    if not columns >= {"id", "username"}:
        raise SourceError(f"{url} has no table of users with usernames.")


def list_columns(connection: Connection, name: str) -> set[str]:
    """Return the names of a table's columns."""
    return {each["name"] for each in inspect(connection).get_columns(name)}


def read_users(connection: Connection) -> Iterator[OldUser]:
    """Yield the users, from the first to the last that came."""
    users = table("users", column("id"), column("username"), column("role_id"))
    roles = table("roles", column("id"), column("name"))
    wanted = select(users.c.id, users.c.username, null()).order_by(users.c.id)
    has_roles = inspect(connection).has_table("roles")
    if has_roles and "role_id" in list_columns(connection, "users"):
        wanted = select(users.c.id, users.c.username, roles.c.name).order_by(users.c.id)
        wanted = wanted.outerjoin_from(users, roles, roles.c.id == users.c.role_id)
    for row in connection.execute(wanted, execution_options={"yield_per": ROWS_AT_ONCE}):
        yield OldUser(*row)


def count_users(connection: Connection) -> int:
    """Return how many users there are."""
    return connection.scalar(select(func.count()).select_from(table("users"))) or 0


def list_what_stays(connection: Connection) -> list[str]:
    """Return what holds something that is not taken over, as `users.email (7)`, `posts (12)`."""
    found = [
        (f"users.{name}", select(func.count(column(name))).select_from(table("users")))
        for name in sorted(list_columns(connection, "users") - TAKEN)
    ]
    others = set(inspect(connection).get_table_names()) - {"users", "roles", "alembic_version"}
    found += [(name, select(func.count()).select_from(table(name))) for name in sorted(others)]
    counted = [(name, connection.scalar(count)) for name, count in found]
    return [f"{name} ({number})" for name, number in counted if number]
