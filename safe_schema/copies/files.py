"""Files that hold a copy: what they are called, how they get their name, and which ones fade."""

import os
import re
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import NoReturn

from alembic.util import CommandError

COPIES_TO_KEEP = 5  # of those that migrations made; `flask db backup --keep` says another number
MOMENT = r"\d{8}T\d{6}\.\d{6}"  # in the name of a copy
BEFORE_RESTORE, BROKEN = "before-restore", "broken"  # where a revision stands in other names
COMPANIONS = ("-wal", "-shm", "-journal")  # what SQLite keeps beside a file
SIGNALS = ("SIGTERM", "SIGHUP")  # which would end the process without a word


def name(database: str, label: str, suffix: str) -> str:
    """Return the name of a copy that begins now. Names sort as their moments do."""
    return f"{database}.{datetime.now(UTC):%Y%m%dT%H%M%S.%f}.{label}.{suffix}"


@contextmanager
def new_file(file: Path) -> Iterator[Path]:
    """Give a path to write to, of a file for its owner alone, which gets its name when it is done.

    Nothing is left of what was not finished. Raises CommandError if there is a file of that name,
    or none can be made.
    """
    if file.exists():
        raise CommandError(f"{file} exists already. Nothing was changed; choose another name.")
    with unfinished(file) as part:
        yield part
        finish(part, file)


@contextmanager
def unfinished(file: Path) -> Iterator[Path]:
    """Give an empty file beside another one, and delete it afterwards."""
    with ended_by_exceptions():
        try:
            handle, path = tempfile.mkstemp(".part", f"{file.name}.", file.parent)
        except OSError as error:
            raise CommandError(
                f"{file} cannot be written: {error.strerror}. Nothing was changed."
            ) from None
        try:
            os.close(handle)
            yield Path(path)
        finally:
            remove(Path(path))


def finish(part: Path, file: Path) -> None:
    """Give a file its name, once it is on the disk."""
    flush(part)
    give_name(part, file)
    flush(file.parent)


def give_name(part: Path, file: Path) -> None:
    """Give a finished file its name, and never that of another one."""
    try:
        os.link(part, file)
    except FileExistsError:
        raise CommandError(f"{file} exists already, by now. It stays as it is.") from None
    except OSError:  # not every file system has links
        part.rename(file)


def flush(path: Path) -> None:
    """Let a file, or the names in a folder, be on the disk before anything else is done."""
    with suppress(PermissionError):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def remove(file: Path) -> None:
    """Delete a database file with all that is beside it, as far as it is there."""
    for each in (file, *(file.with_name(file.name + end) for end in COMPANIONS)):
        each.unlink(missing_ok=True)


@contextmanager
def ended_by_exceptions() -> Iterator[None]:
    """Let the signals that end a process raise SystemExit, so that it tidies up as after Ctrl+C."""

    def end(number: int, _frame: FrameType | None) -> NoReturn:
        raise SystemExit(128 + number)

    before = {}
    with suppress(ValueError):  # of a thread that is not the main one
        for each in SIGNALS:
            number = getattr(signal, each, None)
            if number and signal.getsignal(number) is signal.SIG_DFL:  # not under nohup
                before[number] = signal.signal(number, end)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def keep_the_newest(copy: Path, most: int = COPIES_TO_KEEP) -> None:
    """Delete all but that many of the copies like this one, which is the newest, in its folder.

    One that was restored counts from then. What a restore or a person put there may hold what is
    nowhere else, and stays.
    """
    [database, _] = re.split(rf"\.{MOMENT}\.", copy.name)
    labels = rf"(?!({BEFORE_RESTORE}|{BROKEN})\.).*"
    alike = re.compile(rf"{re.escape(database)}\.{MOMENT}\.{labels}{re.escape(copy.suffix)}")
    made = [
        file
        for file in copy.parent.iterdir()
        if alike.fullmatch(file.name) and file.is_file() and file.name != copy.name
    ]
    made.sort(key=lambda file: (file.stat().st_mtime_ns, file.name), reverse=True)
    for old in made[most - 1 :]:
        old.unlink(missing_ok=True)


def was_restored(copy: Path) -> None:
    """Let a copy count as new among those that fade."""
    with suppress(OSError):  # of somebody else, or where nothing can be written
        os.utime(copy)
