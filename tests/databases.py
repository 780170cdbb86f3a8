"""Empty databases on SQLite, PostgreSQL and MariaDB, one for each test that asks."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine, make_url
from sqlalchemy.pool import NullPool

from settings import read_database_url
from tests.requirements import missing

DATABASES = ["sqlite", "postgresql", "mariadb"]

# Addresses of servers on which the tests may create databases.
SERVERS = {"postgresql": "TEST_POSTGRESQL_URL", "mariadb": "TEST_MARIADB_URL"}


@contextmanager
def create_database(kind: str, folder: Path) -> Iterator[str]:
    """Create an empty database, give its address, and drop it afterwards."""
    if kind == "sqlite":
        yield f"sqlite:///{folder}/data.sqlite"
        return
    server = os.environ.get(SERVERS[kind])
    if not server:
        missing(f"{SERVERS[kind]} is not set, so nothing runs on {kind}")
    name = f"flasky_test_{secrets.token_hex(8)}"
    url = make_url(read_database_url(server))
    engine = create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    try:
        yield url.set(database=name).render_as_string(hide_password=False)
    finally:
        with engine.connect() as connection:
            force = "WITH (FORCE)" if kind == "postgresql" else ""
            connection.exec_driver_sql(f"DROP DATABASE {name} {force}")
