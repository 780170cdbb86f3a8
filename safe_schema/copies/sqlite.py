"""Copies of an SQLite file, by SQLite's own backup, which is right even while others write."""

import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from alembic.util import CommandError
from sqlalchemy import URL, Engine

from safe_schema.copies import files

SUFFIX = "backup"  # of `flask db backup`; what a migration makes ends with .bak, and fades
FIRST_BYTES = b"SQLite format 3\0"
SECONDS_TO_WAIT = 30  # for others who write
SECONDS_BETWEEN_TRIES = 0.001  # of one among many who write
STEPS = 20  # in which a copy comes back
NO_DATABASE = {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT}
BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}

Progress = Callable[[int, int, int], None]


def get_path(url: URL) -> Path | None:
    """Return the path of an SQLite database's file, or None if there is none."""
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        return None
    return None if url.database.startswith("file:") else Path(url.database)


def write(engine: Engine, part: Path) -> None:
    """Copy the file of a database, whole and sound, into another one."""
    path = get_path(engine.url)
    assert path  # noqa: S101
    copy_file(path, part)
    with read(part) as connection:
        check_content(connection, path)


def save(path: Path, copy: Path) -> None:
    """Copy a database file."""
    with files.new_file(copy) as part:
        copy_file(path, part)


def copy_file(path: Path, part: Path) -> None:
    """Copy a database file into an empty one, as others see it."""
    with read(path) as source:
        copy_all(source, part)


def copy_all(source: sqlite3.Connection, part: Path) -> None:
    """Copy what a connection sees into an empty file."""
    with closing(sqlite3.connect(part)) as target:
        source.backup(target, progress=deadline())
        target.execute("PRAGMA journal_mode = DELETE")  # so that the copy is this one file


def check(file: Path) -> None:
    """Raise CommandError if a file is no SQLite database."""
    with file.open("rb") as opened:
        if opened.read(len(FIRST_BYTES)) != FIRST_BYTES:
            raise CommandError(f"{file} is no SQLite database. Nothing was changed.")


def check_content(connection: sqlite3.Connection, path: Path) -> None:
    """Raise CommandError if the file that a connection reads is damaged."""
    [answer] = connection.execute("PRAGMA integrity_check").fetchone()
    if answer != "ok":
        raise CommandError(f"{path} is damaged: {answer}. Nothing was changed.")


def read_revisions(_engine: Engine, file: Path) -> set[str]:
    """Return the revisions that a copy is at. Raise CommandError if it is not sound."""
    with explain(file), read(file) as connection:
        check_content(connection, file)
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
        if not tables:
            raise CommandError(f"{file} is empty. Nothing was changed.")
        if "alembic_version" not in tables:
            return set()
        return {str(each) for (each,) in connection.execute("SELECT * FROM alembic_version")}


def restore(engine: Engine, file: Path) -> Path | None:
    """Bring a copy back into the live file, which stays open to others.

    Returns the path of a copy of what the file held until then, or None if there was no file. Each
    row that was ever committed to it is in one of the two. Raises CommandError, and changes
    nothing then, if others write all the time.
    """
    path = get_path(engine.url)
    assert path  # noqa: S101
    with explain(file), read(file) as source:
        if path.exists() and is_database(path):
            copy = files.name(path.name, files.BEFORE_RESTORE, "bak")
            saved = path.with_name(copy)
            replace(source, path, saved)
            return saved
        real = path.resolve()  # a link stays one
        with files.unfinished(real) as part:
            copy_all(source, part)
            aside = move_aside(real)
            files.finish(part, real)
        return aside


def is_database(path: Path) -> bool:
    """Return whether SQLite can read a file. Raise CommandError if it cannot be opened."""
    try:
        with closing(sqlite3.connect(path, timeout=SECONDS_TO_WAIT)) as live:
            live.execute("SELECT 1 FROM sqlite_master").fetchall()
    except sqlite3.OperationalError as error:
        raise in_use(path, error) from None
    except sqlite3.DatabaseError:
        return False
    return True


def replace(source: sqlite3.Connection, path: Path, saved: Path) -> None:
    """Save what a live file holds and write the source into it: nobody else writes in between."""
    with closing(sqlite3.connect(path, timeout=SECONDS_TO_WAIT, isolation_level=None)) as live:
        [mode] = live.execute("PRAGMA journal_mode").fetchone()
        check_page_size(source, live)
        live.execute("PRAGMA busy_timeout = 20")  # milliseconds: it asks ever more seldom
        wait = deadline()

        def save_when_locked(status: int, remaining: int, total: int) -> None:
            wait(status, remaining, total)
            if status not in BUSY and not saved.exists():
                save(path, saved)  # which reads what was there when the first step locked it

        if mode != "wal":  # there, who writes lets nobody read, but by the same connection
            lock(live, path)
            with files.new_file(saved) as part:
                copy_all(live, part)
        [pages] = source.execute("PRAGMA page_count").fetchone()
        try:
            source.backup(
                live,
                pages=max(1, pages // STEPS),
                progress=save_when_locked,
                sleep=SECONDS_BETWEEN_TRIES,
            )
        except sqlite3.Error as error:
            if not saved.exists():
                raise
            raise CommandError(
                f"{path} cannot be written: {error}. Nothing was changed, and {saved} is the same."
            ) from None


def lock(live: sqlite3.Connection, path: Path) -> None:
    """Let nobody else read or write a file without a write-ahead log, beyond a transaction."""
    end = time.monotonic() + SECONDS_TO_WAIT
    while True:
        try:
            live.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF not in BUSY or time.monotonic() > end:
                raise in_use(path, error) from None
            time.sleep(SECONDS_BETWEEN_TRIES)
        else:
            break
    live.execute("PRAGMA locking_mode = EXCLUSIVE")  # earlier, it would keep what others wait for
    live.execute("COMMIT")


def deadline() -> Progress:
    """Return what ends a copying that others keep from beginning."""
    end = time.monotonic() + SECONDS_TO_WAIT

    def look(status: int, _remaining: int, _total: int) -> None:
        if status in BUSY and time.monotonic() > end:
            raise CommandError(
                "The database is in use. Nothing was changed; stop what writes to it."
            )

    return look


def check_page_size(source: sqlite3.Connection, live: sqlite3.Connection) -> None:
    """Raise CommandError if pages of one file do not fit into the other."""
    sizes = [each.execute("PRAGMA page_size").fetchone()[0] for each in (source, live)]
    [pages] = live.execute("PRAGMA page_count").fetchone()
    if pages and sizes[0] != sizes[1]:
        raise CommandError(
            f"The copy has pages of {sizes[0]} bytes, and the database of {sizes[1]}. Nothing was "
            "changed; stop the site, move the database away, and run this again."
        )


def move_aside(path: Path) -> Path | None:
    """Rename a file that is no database, with all that SQLite keeps beside it."""
    broken = path.with_name(files.name(path.name, files.BROKEN, "bak"))
    found = None
    for end in (*files.COMPANIONS, ""):
        file = path.with_name(path.name + end)
        if file.exists():
            found = broken.with_name(broken.name + end)
            file.rename(found)
    return found


def in_use(path: Path, error: sqlite3.Error) -> CommandError:
    """Return the error for a live file that cannot be had."""
    if getattr(error, "sqlite_errorcode", 0) & 0xFF in BUSY:
        return CommandError(
            f"{path} is in use: {error}. Nothing was changed; stop what writes to it."
        )
    return CommandError(f"{path} cannot be written: {error}. Nothing was changed.")


@contextmanager
def explain(file: Path) -> Iterator[None]:
    """Turn what SQLite says while a copy is restored into one line."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        reason = getattr(error, "strerror", None) or error
        raise CommandError(f"{file} cannot be restored: {reason}. Nothing was changed.") from None


@contextmanager
def read(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a database file to be read alone."""
    uri = f"{path.absolute().as_uri()}?mode=ro"
    if not (os.access(path.parent, os.W_OK) or path.with_name(f"{path.name}-wal").exists()):
        uri += "&immutable=1"  # or it would want to make files beside it
    with closing(sqlite3.connect(uri, uri=True, timeout=SECONDS_TO_WAIT)) as connection:
        yield connection
