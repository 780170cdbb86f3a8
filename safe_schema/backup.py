"""Copies of an SQLite file, made before a migration changes it, and the way back.

The copy is made by SQLite's own backup, which is right even while others write. Of the other
databases, the command that makes one is shown.
"""

import logging
import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from alembic.util import CommandError
from sqlalchemy import URL, Connection, Dialect

log = logging.getLogger("alembic.runtime.migration")

COPIES_TO_KEEP = 5
SECONDS_TO_WAIT = 30  # for others who write
MOMENT = r"\d{8}T\d{6}\.\d{6}"  # in the name of a copy
COMMANDS = {
    "postgresql": "pg_dump --format=custom --file=before.dump {database}",
    "mariadb": "mariadb-dump --single-transaction --routines {database} > before.sql",
    "mysql": "mysqldump --single-transaction --routines {database} > before.sql",
}


def before_change(connection: Connection, heads: tuple[str, ...]) -> list[Path]:
    """Copy the SQLite file of a connection, or show how to copy another database.

    Returns the path of the copy, if there is one. Raises CommandError if it cannot be made.
    """
    url = connection.engine.url
    if path := get_sqlite_path(url):
        try:
            copy = save(path, "-".join(heads))
        except (sqlite3.Error, OSError) as error:
            raise CommandError(f"No copy could be made: {error}. Nothing was changed.") from None
        log.info("Saved a copy as %s; `flask db restore` brings it back.", copy)
        return [copy]
    if command := COMMANDS.get(get_dialect_name(connection.dialect)):
        how = command.format(database=url.database)
        log.info("This database is not copied. To have a copy, run this before an upgrade: %s", how)
    return []


@contextmanager
def keep_on_success() -> Iterator[list[Path]]:
    """Give a list for the copies that are made; of a migration that fails none is kept."""
    copies: list[Path] = []
    try:
        yield copies
    except BaseException:
        for copy in copies:
            copy.unlink()
        raise
    for copy in copies:
        keep_the_newest(copy)


def get_dialect_name(dialect: Dialect) -> str:
    """Return the name of the database, and `mariadb` of one that is called by MySQL's."""
    return "mariadb" if getattr(dialect, "is_mariadb", False) else dialect.name


def get_sqlite_path(url: URL) -> Path | None:
    """Return the path of an SQLite database's file, or None if there is none."""
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        return None
    return None if url.database.startswith("file:") else Path(url.database)


def save(path: Path, label: str) -> Path:
    """Copy a database file beside it. Return the copy's path."""
    moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%f")
    copy = path.with_name(f"{path.name}.{moment}.{label}.bak")
    part = copy.with_name(f"{copy.name}.part")
    try:
        part.touch(mode=0o600)
        with read(path) as source, closing(sqlite3.connect(part)) as target:
            source.backup(target)
            target.execute("PRAGMA journal_mode = DELETE")  # so that the copy is this one file
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    part.rename(copy)
    return copy


def keep_the_newest(copy: Path) -> None:
    """Delete the older ones among the copies of the file that this is one of."""
    [name, _] = re.split(rf"\.{MOMENT}\.", copy.name)
    alike = re.compile(rf"{re.escape(name)}\.{MOMENT}\..*\.bak")
    copies = sorted(file for file in copy.parent.iterdir() if alike.fullmatch(file.name))
    for old in copies[:-COPIES_TO_KEEP]:
        old.unlink()


def restore(copy: Path, path: Path) -> Path | None:
    """Bring a copy back into the live file, which stays open to others.

    Returns the path of a copy of what the file held before, or None if there was no file. Raises
    CommandError if the copy is damaged, or others write all the time, and changes nothing then.
    """
    if not copy.is_file():
        raise CommandError(f"There is no file {copy}.")
    try:
        with read(copy) as source:
            [answer] = source.execute("PRAGMA integrity_check").fetchone()
            if answer != "ok":
                raise CommandError(f"{copy} is damaged: {answer}. Nothing was changed.")
            if not source.execute("SELECT 1 FROM sqlite_master").fetchone():
                raise CommandError(f"{copy} is empty. Nothing was changed.")
            saved = put_aside(path) if path.exists() else None
            path.touch(mode=0o600)
            with closing(sqlite3.connect(path, timeout=SECONDS_TO_WAIT)) as target:
                source.backup(target, progress=backup_deadline())
    except sqlite3.DatabaseError as error:
        raise CommandError(f"{copy} cannot be restored: {error}. Nothing was changed.") from None
    return saved


def put_aside(path: Path) -> Path:
    """Copy what a file holds while nobody writes; a file that is no database is moved aside."""
    try:
        with closing(sqlite3.connect(path, timeout=SECONDS_TO_WAIT)) as live:
            live.execute("BEGIN IMMEDIATE")
            return save(path, "before-restore")
    except sqlite3.OperationalError as error:
        raise CommandError(
            f"{path} is in use: {error}. Nothing was changed; stop what writes to it."
        ) from None
    except sqlite3.DatabaseError:
        broken = path.with_name(f"{path.name}.{datetime.now(UTC):%Y%m%dT%H%M%S.%f}.broken.bak")
        path.rename(broken)
        for rest in ("-wal", "-shm"):
            path.with_name(path.name + rest).unlink(missing_ok=True)
        return broken


def backup_deadline() -> Callable[[int, int, int], None]:
    """Return what ends a copying that others keep from beginning."""
    end = time.monotonic() + SECONDS_TO_WAIT

    def check(status: int, _remaining: int, _total: int) -> None:
        if status in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED} and time.monotonic() > end:
            raise CommandError("The database is in use. Nothing was changed; stop what writes.")

    return check


@contextmanager
def read(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a database file to be read alone."""
    uri = f"{path.absolute().as_uri()}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True, timeout=30)) as connection:
        yield connection
