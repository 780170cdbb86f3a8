"""Copies of an SQLite file, made before a migration changes it, and the way back.

The copy is made by SQLite's own backup, which is right even while others write. Of the other
databases, the command that makes one is shown.
"""

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from alembic.util import CommandError
from sqlalchemy import URL, Connection, Dialect

log = logging.getLogger("alembic.runtime.migration")

COPIES_TO_KEEP = 5
COMMANDS = {
    "postgresql": "pg_dump --format=custom --file=before.dump {database}",
    "mariadb": "mariadb-dump --single-transaction --routines {database} > before.sql",
    "mysql": "mysqldump --single-transaction --routines {database} > before.sql",
}


def before_change(connection: Connection, heads: tuple[str, ...]) -> None:
    """Copy the SQLite file of a connection, or show how to copy another database."""
    url = connection.engine.url
    if path := file_of(url):
        copy = save(path, "-".join(heads))
        keep_the_newest(path)
        log.info("Saved a copy as %s; `flask db restore` brings it back.", copy)
    elif command := COMMANDS.get(name_of(connection.dialect)):
        how = command.format(database=url.database)
        log.info("This database is not copied. To have a copy, run this before an upgrade: %s", how)


def name_of(dialect: Dialect) -> str:
    """Return the name of the database, and `mariadb` of one that is called by MySQL's."""
    return "mariadb" if getattr(dialect, "is_mariadb", False) else dialect.name


def file_of(url: URL) -> Path | None:
    """Return the path of an SQLite database's file, or None if there is none."""
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        return None
    return None if url.database.startswith("file:") else Path(url.database)


def save(path: Path, label: str) -> Path:
    """Copy a database file beside it. Return the copy's path."""
    moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%f")
    copy = path.with_name(f"{path.name}.{moment}.{label}.bak")
    part = copy.with_name(f"{copy.name}.part")
    with read(path) as source, closing(sqlite3.connect(part)) as target:
        source.backup(target)
        target.execute("PRAGMA journal_mode = DELETE")  # so that the copy is this one file
    part.rename(copy)
    return copy


def keep_the_newest(path: Path) -> None:
    """Delete the older copies of a database file."""
    for old in sorted(path.parent.glob(f"{path.name}.*.bak"))[:-COPIES_TO_KEEP]:
        old.unlink()


def restore(copy: Path, path: Path) -> Path | None:
    """Bring a copy back into the live file, which stays open to others.

    Returns the path of a copy of what the file held before, or None if there was no file.

    Raises CommandError if the copy is damaged, or no SQLite file, and changes nothing then.
    """
    if not copy.is_file():
        raise CommandError(f"There is no file {copy}.")
    try:
        with read(copy) as source:
            [answer] = source.execute("PRAGMA integrity_check").fetchone()
            if answer != "ok":
                raise CommandError(f"{copy} is damaged: {answer}. Nothing was changed.")
            saved = save(path, "before-restore") if path.exists() else None
            with closing(sqlite3.connect(path, timeout=30)) as target:
                source.backup(target)
    except sqlite3.DatabaseError as error:
        raise CommandError(f"{copy} cannot be restored: {error}. Nothing was changed.") from None
    return saved


@contextmanager
def read(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a database file to be read alone."""
    uri = f"{path.absolute().as_uri()}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True, timeout=30)) as connection:
        yield connection
