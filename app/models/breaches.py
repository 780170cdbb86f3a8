"""Passwords that are known from breaches: they are looked up in the file BREACHED_PASSWORDS.

It is as the downloader of Have I Been Pwned makes it: about 40 GB of lines `SHA1:COUNT`, sorted.
"""

import hashlib
import logging
import re
from pathlib import Path
from typing import BinaryIO

from flask import Flask, current_app

from settings import ConfigError

log = logging.getLogger(__name__)

# The downloader of July 2026 may put a byte order mark before any of the ranges that it fetches.
LINE = re.compile(rb"(?:\xef\xbb\xbf)?([0-9A-F]{40}):\d+\r?\n?")
LONGEST_LINE = 80  # bytes
AFTER_ALL = b"G"  # sorts behind every hash
SAMPLES = 16  # hashes that are looked at before the file is trusted


class NoListError(ValueError):
    """A file is no list of breached passwords; the message says why."""


def init_app(app: Flask) -> None:
    """Raise ConfigError if the file that the settings name is not a list of breached passwords."""
    path = app.config["BREACHED_PASSWORDS"]
    if not path:
        return
    try:
        with Path(path).open("rb") as file:
            _check(file)
    except OSError as error:
        reason = f"{path} cannot be read: {error.strerror or error}"
        raise ConfigError(f"BREACHED_PASSWORDS: {reason}") from None
    except NoListError as error:
        raise ConfigError(f"BREACHED_PASSWORDS: {path} cannot be used: {error}") from None


def is_known(password: str) -> bool:
    """Return whether a password is in the file.

    Without one, as outside of an application, and while it cannot be read, which the log tells, no
    password is.
    """
    path = current_app.config["BREACHED_PASSWORDS"] if current_app else None
    if not path:
        return False
    wanted = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper().encode()
    try:
        with Path(path).open("rb") as file:
            _check_first_line(file)
            return _holds(file, wanted)
    except (OSError, NoListError):
        log.exception("BREACHED_PASSWORDS cannot be read, so no password is looked up there.")
        return False


def _check(file: BinaryIO) -> None:
    """Raise NoListError for a file of another form, or sorted otherwise, as by count."""
    _check_first_line(file)
    size = file.seek(0, 2)
    samples = [_hash_from(file, size * number // SAMPLES) for number in range(SAMPLES)]
    if samples != sorted(samples):
        raise NoListError("its lines are not sorted by their hashes; download the list anew")


def _check_first_line(file: BinaryIO) -> None:
    if _hash_from(file, 0) == AFTER_ALL:
        raise NoListError(
            "its first line is not like 000000005AD76BD555C1D6D771DE417A4B87E4B4:10; download the "
            "list as docs/security.md says"
        )


def _holds(file: BinaryIO, wanted: bytes) -> bool:
    """Return whether a hash is in the file, after some 36 looks into it."""
    low, high = 0, file.seek(0, 2)
    while low < high:
        middle = (low + high) // 2
        if _hash_from(file, middle) < wanted:
            low = middle + 1
        else:
            high = middle
    return _hash_from(file, low) == wanted


def _hash_from(file: BinaryIO, position: int) -> bytes:
    """Return the hash in the next line, at 0 in the first one; AFTER_ALL if there is none."""
    file.seek(position)
    if position:
        file.readline(LONGEST_LINE)  # the rest of a line
    line = LINE.fullmatch(file.readline(LONGEST_LINE))
    return line[1] if line else AFTER_ALL
