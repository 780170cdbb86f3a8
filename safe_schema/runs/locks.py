"""One migration at a time on each database, whichever process or host begins it."""

import hashlib
import logging
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from alembic.util import CommandError
from sqlalchemy import Connection, Engine, TextClause, text

from safe_schema.copies.sqlite import get_path
from safe_schema.runs import file_lock

log = logging.getLogger("alembic.runtime.migration")

SECONDS_TO_WAIT = 600  # for another migration
SECONDS_BETWEEN_TRIES = 0.2
SECONDS_TO_WAIT_FOR_A_TABLE = 5  # that a visitor uses: others would queue behind the migration


@contextmanager
def one_at_a_time(engine: Engine) -> Iterator[None]:
    """Hold the lock of a database. Raise CommandError if another migration holds it for too long.

    The lock has a connection or a file of its own, and dies with it.
    """
    if engine.dialect.name == "sqlite":
        with ExitStack() as stack:
            if path := get_lock_file(engine):
                stack.enter_context(file_lock.held(path, wait_until))
            yield
        return
    with connect_for_lock(engine) as connection:
        statement = make_request(engine)
        wait_until(lambda: bool(connection.scalar(statement)))
        yield


def is_held(engine: Engine) -> bool:
    """Return whether a migration or a copy holds the lock of a database. It waits for none."""
    if engine.dialect.name == "sqlite":
        path = get_lock_file(engine)
        return path is not None and file_lock.is_held(path)
    with connect_for_lock(engine) as connection:
        return not connection.scalar(make_request(engine))


def get_lock_file(engine: Engine) -> Path | None:
    """Return the path of the file that is locked for an SQLite database, if that has one."""
    path = get_path(engine.url)
    return path and path.with_name(f"{path.name}.lock")


@contextmanager
def connect_for_lock(engine: Engine) -> Iterator[Connection]:
    """Give a connection that is closed afterwards, which lets go of its locks."""
    with engine.connect() as connection:
        connection = connection.execution_options(isolation_level="AUTOCOMMIT")  # noqa: PLW2901
        connection.detach()
        yield connection


def make_request(engine: Engine) -> TextClause:
    """Return the SQL that takes the lock of a database, unless somebody holds it."""
    name = f"alembic:{engine.url.database}".encode()
    if engine.dialect.name == "postgresql":
        digest = hashlib.blake2b(name, digest_size=8).digest()
        key = int.from_bytes(digest, "big", signed=True)
        # Asked again and again, for CREATE INDEX CONCURRENTLY waits for whoever waits in SQL.
        return text("SELECT pg_try_advisory_lock(:key)").bindparams(key=key)
    lock = f"alembic:{hashlib.blake2b(name, digest_size=16).hexdigest()}"
    return text("SELECT GET_LOCK(:name, 0)").bindparams(name=lock)


def wait_until(succeeds: Callable[[], bool]) -> None:
    """Try again and again. Raise CommandError when it takes too long."""
    end = time.monotonic() + SECONDS_TO_WAIT
    is_logged = False
    while not succeeds():
        if not is_logged:
            log.info("Waiting for another migration or copy of this database to end ...")
            is_logged = True
        if time.monotonic() > end:
            raise CommandError(
                f"Another migration or copy has held this database for {SECONDS_TO_WAIT} seconds. "
                "Nothing was changed; run this again when that one has ended."
            )
        time.sleep(SECONDS_BETWEEN_TRIES)


def begin_writing(connection: sqlite3.Connection) -> None:
    """Begin SQLite's writing transaction, which there can be but one of."""

    def begins() -> bool:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
                return False
            raise
        return True

    wait_until(begins)


@contextmanager
def short_waits_for_tables(connection: Connection) -> Iterator[None]:
    """Give up soon on a table in use: whoever asks for it after the migration waits behind it."""
    if connection.dialect.name == "sqlite":
        yield
        return
    seconds = SECONDS_TO_WAIT_FOR_A_TABLE
    connection.exec_driver_sql(
        f"SET lock_timeout = '{seconds}s'"
        if connection.dialect.name == "postgresql"
        else f"SET SESSION lock_wait_timeout = {seconds}, innodb_lock_wait_timeout = {seconds}"
    )
    connection.commit()
    try:
        yield
    finally:
        connection.invalidate()  # the pool shall not hand it out so
