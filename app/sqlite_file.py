"""The file of an SQLite database: for its owner's eyes alone, and whole when the process ends.

What was committed last is at first in a write-ahead log beside it. Its last reader folds that in,
but servers end their processes without a goodbye: a copy of the file alone would lack those rows.
"""

import atexit
import os
import sqlite3
from contextlib import closing, suppress
from multiprocessing.util import Finalize
from pathlib import Path
from typing import Any

from sqlalchemy import Dialect

SECONDS_TO_WAIT = 1  # for others who write: the last of them folds their rows in

_opened: set[tuple[int, str]] = set()  # by which process, which file


def prepare_file(
    dialect: Dialect, _entry: object, arguments: list[str], options: dict[str, Any]
) -> None:
    """Make a file that is not there yet, and see to it when this process ends.

    Listens for SQLAlchemy's `do_connect`.
    """
    if dialect.name != "sqlite" or arguments[0] == ":memory:" or options.get("uri"):
        return
    opened = os.getpid(), arguments[0]
    if opened not in _opened:
        _opened.add(opened)
        make_private(Path(arguments[0]))
        atexit.register(checkpoint, arguments[0])
        Finalize(None, checkpoint, arguments, exitpriority=0)  # where servers skip atexit's


def make_private(path: Path) -> None:
    """Make a file that only its owner can read, unless it is there: SQLite's journals do alike.

    If it cannot be made, SQLite says why.
    """
    with suppress(OSError):
        os.close(os.open(path, os.O_CREAT, 0o600))


def checkpoint(path: str) -> None:
    """Write what the write-ahead log holds into the file, if it is there and nobody writes."""
    address = f"{Path(path).absolute().as_uri()}?mode=rw"
    with (
        suppress(sqlite3.Error),
        closing(sqlite3.connect(address, uri=True, timeout=SECONDS_TO_WAIT)) as connection,
    ):
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
