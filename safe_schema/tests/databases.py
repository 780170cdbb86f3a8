"""Empty databases on SQLite, PostgreSQL and MariaDB, each a test's own for a while."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NoReturn

import pytest
from sqlalchemy import URL, Connection, create_engine, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

DATABASES = ["sqlite", "postgresql", "mariadb"]
# Set where nothing may be missing, as on CI: a test that cannot run has failed there.
EVERYTHING_IS_REQUIRED = bool(os.environ.get("TEST_EVERYTHING"))
# The variables with addresses of servers on which the tests may create databases.
SERVERS = {"postgresql": "TEST_POSTGRESQL_URL", "mariadb": "TEST_MARIADB_URL"}
ADDRESSES = {
    "postgresql": "postgresql://postgres:password@localhost/postgres",
    "mariadb": "mysql://root:password@localhost/mysql",
}
LOOPBACK = {"localhost", "127.0.0.1", "::1"}
DRIVERS = {
    "postgresql": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mariadb": "mariadb+pymysql",
}


@contextmanager
def create_database(kind: str, folder: Path) -> Iterator[str]:
    """Create an empty database, give its address, and drop it afterwards."""
    if kind == "sqlite":
        yield f"sqlite:///{folder}/data.sqlite"
        return
    url = find_server(kind)
    name = f"test_{secrets.token_hex(8)}"
    engine = create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    try:
        yield url.set(database=name).render_as_string(hide_password=False)
    finally:
        with engine.connect() as connection:
            drop_database(connection, name)


def drop_database(connection: Connection, name: str) -> None:
    """Drop a database, and end what a test left connected to it: or this would wait for that."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
        return
    find = "SELECT id FROM information_schema.processlist WHERE db = %s"
    for number in connection.exec_driver_sql(find, (name,)).scalars().all():
        with suppress(DBAPIError):  # it may have ended meanwhile
            connection.exec_driver_sql(f"KILL {number}")
    connection.exec_driver_sql(f"DROP DATABASE {name}")


def find_server(kind: str) -> URL:
    """Return the address of a server, with its driver. Skip the test if there is none."""
    address = os.environ.get(SERVERS[kind])
    if not address:
        missing(f"there is no {kind}: {how_to_have(kind)}")
    url = make_url(address)
    url = url.set(drivername=DRIVERS.get(url.drivername, url.drivername))
    if kind == "mariadb":
        url = url.update_query_dict({"charset": "utf8mb4"})
        if url.host in LOOPBACK:  # to read certificates is what a connection costs most
            url = url.update_query_dict({"ssl_disabled": "true"})
    return url


def missing(reason: str) -> NoReturn:
    """Skip the test, or let it fail where everything is required. The reason says what to do."""
    if EVERYTHING_IS_REQUIRED:
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def how_to_have(kind: str) -> str:
    """Return the line that makes tests run on that kind of server."""
    return f"export {SERVERS[kind]}={ADDRESSES[kind]}"
