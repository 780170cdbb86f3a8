"""A database of the book's own flasky, tag 7a, as its migration makes it."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import (
    Column,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    create_engine,
    insert,
    make_url,
)
from sqlalchemy.pool import NullPool

from safe_schema.tests.databases import create_database

USERS = 1000
ROLES = ["Admin", "Administrator", "User", "x" * 3 + " "]
ODD = {
    1: "John",
    2: "Ｊｏｈｎ",  # the same name as the first
    3: "Anna Maria",
    4: "Anna  Maria",  # the same as the third
    5: "",
    6: "\N{IDEOGRAPHIC SPACE}",
    7: None,
    8: None,
    9: " susan",
    10: "李小龍",
    11: "..",
    12: "x" * 64,
    14: "a\N{ZERO WIDTH SPACE}b",
}
LONG = {13: "y" * 300}  # which SQLite takes
JOHN_AGAIN = {15: "john"}  # which MariaDB takes for John


@contextmanager
def old_database(kind: str, folder: Path, users: int = USERS) -> Iterator[str]:
    """Create a database of 7a with that many users, give its address, and drop it afterwards."""
    folder.mkdir()
    with create_database(kind, folder) as url:
        fill(url, users)
        if kind == "sqlite":  # as the book's leaves it; here, each that is opened gets a log
            with closing(sqlite3.connect(make_url(url).database or "")) as file:
                file.execute("PRAGMA journal_mode = DELETE")
        yield url


def names_in(kind: str) -> dict[int, str | None]:
    """Return the odd names that a kind of database keeps, by their rows."""
    more = {"sqlite": LONG | JOHN_AGAIN, "postgresql": JOHN_AGAIN, "mariadb": {}}[kind]
    return ODD | more


def fill(url: str, users: int) -> None:
    """Make 7a's tables, with its history."""
    old = MetaData()
    roles = Table(
        "roles",
        old,
        Column("id", Integer, primary_key=True),
        Column("name", String(64), unique=True),
    )
    people = Table(
        "users",
        old,
        Column("id", Integer, primary_key=True),
        Column("username", String(64), unique=True, index=True),
        Column("role_id", Integer, ForeignKey("roles.id")),
        mariadb_charset="utf8mb4",
    )
    version = Table("alembic_version", old, Column("version_num", String(32), primary_key=True))
    engine = create_engine(url, poolclass=NullPool)
    kind = {"mysql": "mariadb"}.get(make_url(url).get_backend_name(), engine.dialect.name)
    odd = names_in(kind)
    with engine.begin() as connection:
        old.create_all(connection)
        connection.execute(insert(version).values(version_num="38c4e85512a9"))
        connection.execute(
            insert(roles), [{"id": n, "name": name} for n, name in enumerate(ROLES, 1)]
        )
        rows = [
            {
                "id": number,
                "username": odd.get(number, f"user{number}"),
                "role_id": number % len(ROLES) + 1 if number % 7 else None,
            }
            for number in range(1, users + 1)
        ]
        connection.execute(insert(people), rows)


def grow(url: str) -> None:
    """Add some of what later chapters have."""
    later = MetaData()
    Table("posts", later, Column("id", Integer, primary_key=True), Column("body", String(100)))
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE users ADD COLUMN email VARCHAR(64)")
        connection.exec_driver_sql("ALTER TABLE users ADD COLUMN location VARCHAR(64)")
        connection.exec_driver_sql("UPDATE users SET email = 'john@example.com' WHERE id = 1")
        later.create_all(connection)
        connection.execute(insert(later.tables["posts"]), [{"body": "hello"}, {"body": "again"}])
