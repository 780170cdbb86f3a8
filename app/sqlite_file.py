"""The file of an SQLite database: for its owner's eyes alone, and whole when the process ends.

What was committed last is at first in a write-ahead log beside it. Its last reader folds that in,
but servers end their processes without a goodbye: a copy of the file alone would lack those rows.
"""

import atexit
import os
import shutil
import signal
import sqlite3
import sys
import threading
from contextlib import closing, suppress
from multiprocessing.util import Finalize
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Dialect

SECONDS_TO_WAIT = 1  # for others who write: the last of them folds their rows in

LEAST_ROOM = 10_000_000  # bytes on its disk, below which a write may fail at any time

_opened: set[tuple[int, str]] = set()  # by which process, which file
_opening = threading.Lock()


def prepare_file(
    dialect: Dialect, _entry: object, arguments: list[str], options: dict[str, Any]
) -> None:
    """Make a file that is not there yet, and see to it when this process ends.

    Listens for SQLAlchemy's `do_connect`.
    """
    if dialect.name != "sqlite" or arguments[0] == ":memory:" or options.get("uri"):
        return
    opened = os.getpid(), arguments[0]
    with _opening:  # nobody connects before the file is closed again: see `make_private`
        if opened in _opened:
            return
        _opened.add(opened)
        make_private(Path(arguments[0]))
        atexit.register(checkpoint, arguments[0])
        Finalize(None, checkpoint, arguments, exitpriority=0)  # where servers skip atexit's


def exit_when_terminated() -> None:
    """Let SIGTERM end this process as `sys.exit` does, unless a server has said what it is to do.

    By itself it ends a process on the spot, as of `flask run`, and nothing is folded in.
    """
    if threading.current_thread() is not threading.main_thread():
        return
    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))


def make_private(path: Path) -> None:
    """Make a file that only its owner can read, unless it is there: SQLite's journals do alike.

    One that is there is not opened. To close it again would let go of all locks that connections
    of this process hold on it, and another process that ends would take itself for the last one,
    and remove the write-ahead log: https://sqlite.org/howtocorrupt.html, 2.2.
    If it cannot be made, SQLite says why.
    """
    with suppress(OSError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL, 0o600))


def has_room(url: URL) -> bool:
    """Return whether the disk of a database has room for more; of a server's, nobody can tell."""
    free = free_bytes(url)
    return free is None or free >= LEAST_ROOM


def free_bytes(url: URL) -> int | None:
    """Return how much room a database's disk has, or None if that is not known."""
    if url.get_backend_name() != "sqlite" or url.database in {None, "", ":memory:"}:
        return None
    return shutil.disk_usage(Path(str(url.database)).absolute().parent).free


def checkpoint(path: str) -> None:
    """Write what the write-ahead log holds into the file, if it is there and nobody writes."""
    address = f"{Path(path).absolute().as_uri()}?mode=rw"
    with (
        suppress(sqlite3.Error),
        closing(sqlite3.connect(address, uri=True, timeout=SECONDS_TO_WAIT)) as connection,
    ):
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
