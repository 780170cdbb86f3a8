"""A lock that is a file, which the system lets go of when whoever holds it ends, however that be.

SQLite's own lock is let go of with each transaction, and a migration may have several.
"""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

if sys.platform == "win32":
    import msvcrt

    def lock(file: int) -> None:
        """Lock an open file. Raise OSError if another process has locked it."""
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def lock(file: int) -> None:
        """Lock an open file. Raise OSError if another process has locked it."""
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def held(path: Path, wait_until: Callable[[Callable[[], bool]], None]) -> Iterator[None]:
    """Hold the lock of that file, which is there only meanwhile.

    Where no file can be made, nothing is locked: SQLite could not make its own there either.
    """
    files: list[int] = []

    def is_mine() -> bool:
        try:
            file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError:
            return True
        try:
            lock(file)
            # Whoever held it before may have removed it after it was opened here.
            is_this = os.path.samestat(os.fstat(file), path.stat())
        except (BlockingIOError, PermissionError, FileNotFoundError):
            is_this = False
        if is_this:
            files.append(file)
        else:
            os.close(file)
        return is_this

    wait_until(is_mine)
    try:
        yield
    finally:
        for file in files:
            with suppress(OSError):  # Windows removes no file that is open
                path.unlink()
            os.close(file)


def is_held(path: Path) -> bool:
    """Return whether somebody holds the lock of that file."""
    try:
        file = os.open(path, os.O_RDWR)
    except OSError:
        return False
    try:
        lock(file)
    except (BlockingIOError, PermissionError):
        return True
    finally:
        os.close(file)
    return False
