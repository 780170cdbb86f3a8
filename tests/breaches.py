"""Lists of breached passwords, as Have I Been Pwned's downloader makes them."""

import hashlib
from collections.abc import Iterable
from pathlib import Path


def hash_of(password: str) -> str:
    return hashlib.sha1(password.encode()).hexdigest().upper()  # noqa: S324


def lines_of(passwords: Iterable[str]) -> list[str]:
    """Return a line for each password, with counts of all lengths, sorted by hash."""
    return sorted(f"{hash_of(one)}:{10 ** (number % 9)}" for number, one in enumerate(passwords))


def write_list(file: Path, passwords: Iterable[str], end: str = "\n") -> None:
    file.write_bytes("".join(f"{line}{end}" for line in lines_of(passwords)).encode())
