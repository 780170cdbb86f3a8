"""`flask db backup`, and the copy of an SQLite file before a migration changes it."""

import logging
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol, cast

import click
from alembic.runtime.migration import MigrationContext
from alembic.util import CommandError
from sqlalchemy import Connection, Engine

from safe_schema.copies import files, mariadb, postgresql, sqlite
from safe_schema.dialects import is_known, is_mariadb
from safe_schema.runs.locks import one_at_a_time

log = logging.getLogger("alembic.runtime.migration")

KILOBYTE = 1000


class Kind(Protocol):
    """What is the same of each kind of database, in a module of its own."""

    SUFFIX: str

    def write(self, engine: Engine, part: Path) -> None:
        """Write a copy into an empty file, and look whether it is whole."""

    def check(self, file: Path) -> None:
        """Raise CommandError if a file is no copy of this kind."""

    def read_revisions(self, engine: Engine, file: Path) -> set[str]:
        """Return the revisions that a copy is at. Raise CommandError if it is not sound."""

    def restore(self, engine: Engine, file: Path) -> Path | None:
        """Bring a copy back. Return the path of what was there, if anything was."""


def find_kind(engine: Engine) -> Kind:
    """Return how databases of this kind are copied. Raise CommandError if nobody knows."""
    if not is_known(engine.dialect):
        raise CommandError(f"{engine.dialect.name} is copied by its own tools.")
    if engine.dialect.name == "postgresql":
        return cast("Kind", postgresql)
    if is_mariadb(engine.dialect):
        return cast("Kind", mariadb)
    if sqlite.get_path(engine.url) is None:
        raise CommandError("The database is in memory: there is no file.")
    return cast("Kind", sqlite)


def get_name(engine: Engine) -> str:
    """Return what a message calls a database."""
    return str(sqlite.get_path(engine.url) or engine.url.database)


def back_up(engine: Engine, file: Path | None, keep: int | None = None) -> None:
    """Write a copy of a database, while others use it, and tell.

    Without a name, or in a folder, it is called after the database, the moment and the revision;
    of copies with such a name, `keep` can say how many are to be left.
    """
    kind = find_kind(engine)
    begun = time.monotonic()
    live = sqlite.get_path(engine.url)
    if live and not live.is_file():
        raise CommandError(f"There is no file {live} to be copied.")
    with one_at_a_time(engine):
        revisions = read_revisions(engine)
        if file is None or file.is_dir():
            folder = file or (live.parent if live else Path.cwd())
            database = live.name if live else engine.url.database or ""
            file = folder / files.name(database, join(revisions), kind.SUFFIX)
        with explain(live), files.new_file(file) as part:
            kind.write(engine, part)
        if keep:
            files.keep_the_newest(file, keep)
    size = format_size(file.stat().st_size)
    seconds = time.monotonic() - begun
    click.echo(f"Saved {file}: {size}, revision {join(revisions)}, {seconds:.1f} s.")


def read_revisions(engine: Engine) -> set[str]:
    """Return the revisions that a database is at."""
    with engine.connect() as connection:
        return set(MigrationContext.configure(connection).get_current_heads())


def join(revisions: set[str]) -> str:
    """Return revisions as the name of a copy has them."""
    return "-".join(sorted(revisions)) or "none"


def format_size(size: int) -> str:
    """Return a number of bytes as people read it."""
    figure, units = float(size), ["bytes", "kB", "MB", "GB", "TB"]
    while figure >= KILOBYTE and len(units) > 1:
        figure, units = figure / KILOBYTE, units[1:]
    return f"{figure:.0f} {units[0]}" if units[0] == "bytes" else f"{figure:.1f} {units[0]}"


@contextmanager
def explain(database: object) -> Iterator[None]:
    """Turn what ends a copying into one line."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        reason = getattr(error, "strerror", None) or error
        raise CommandError(f"No copy of {database} could be made: {reason}.") from None


class MadeCopy:
    """A copy of an SQLite file, and whether it is still the same."""

    def __init__(self, live: Path, path: Path) -> None:
        self.path = path
        uri = f"{live.absolute().as_uri()}?mode=ro"
        self.witness = sqlite3.connect(uri, uri=True, timeout=sqlite.SECONDS_TO_WAIT)
        self.version = self._read_version()
        sqlite.save(live, path)

    def _read_version(self) -> int:
        """Return a number that changes whenever another connection commits."""
        version: int = self.witness.execute("PRAGMA data_version").fetchone()[0]
        return version

    def delete_if_the_same(self) -> None:
        """Delete a copy of what is there still, and say so: a message has named it."""
        with suppress(OSError, sqlite3.Error):  # another error is on its way
            if self._read_version() == self.version:
                self.path.unlink()
                log.info("Nothing was changed, and so the copy %s was deleted again.", self.path)
            else:
                log.info("Something was committed; the copy %s stays.", self.path)


def before_change(connection: Connection, heads: tuple[str, ...]) -> list[MadeCopy]:
    """Copy the SQLite file of a connection, or tell how to copy another database.

    Returns the copy, if there is one. Raises CommandError if it cannot be made.
    """
    if path := sqlite.get_path(connection.engine.url):
        copy = path.with_name(files.name(path.name, "-".join(heads), "bak"))
        try:
            made = MadeCopy(path, copy)
        except (sqlite3.Error, OSError) as error:
            raise CommandError(f"No copy could be made: {error}. Nothing was changed.") from None
        log.info("Saved a copy as %s; `flask db restore` brings it back.", copy)
        return [made]
    if connection.dialect.name != "sqlite":
        log.info(
            "This database is not copied. To have a copy, run `flask db backup` before an upgrade."
        )
    return []


@contextmanager
def keep_on_success() -> Iterator[list[MadeCopy]]:
    """Give a list for the copies that are made; where nothing was changed, none is kept."""
    made: list[MadeCopy] = []
    try:
        yield made
    except BaseException:
        for copy in made:
            copy.delete_if_the_same()
            copy.witness.close()
        raise
    keep(made)


def keep(made: list[MadeCopy]) -> None:
    """Keep these copies, whatever becomes of the migration, and not too many others."""
    for copy in made:
        files.keep_the_newest(copy.path)
        copy.witness.close()
    made.clear()
