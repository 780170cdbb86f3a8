"""The programs of PostgreSQL and MariaDB that make copies and bring them back."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import IO

from alembic.util import CommandError

from safe_schema.runs.journal import join_lines

LONGEST_REASON = 300  # characters of what a program says
NEWEST_FIRST = "/usr/lib/postgresql/*/bin"  # where Debian keeps each version


def find(names: Sequence[str], package: str, at_least: int | None = None) -> str:
    """Return the path of the first of these programs that is there.

    Raises CommandError, which names Debian's package, if there is none, or its major version is
    older than the server's.
    """
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        raise CommandError(
            f"The program {names[0]} is not installed; Debian's package {package} brings it. "
            "Nothing was changed."
        )
    if at_least:
        newer = Path("/").glob(f"{NEWEST_FIRST[1:]}/{names[0]}")
        for each in [found, *map(str, newer)]:
            if major_version(each) >= at_least:
                return each
        raise CommandError(
            f"{found} is of version {major_version(found)}, and the server of {at_least}; Debian's "
            f"package {package} brings one that is new enough. Nothing was changed."
        )
    return found


@cache
def major_version(program: str) -> int:
    """Return the first number that a program says of itself, or 0."""
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)  # noqa: S603  # found above
    number = re.search(r"\d+", said.stdout)
    return int(number.group()) if number else 0


def run(
    command: Sequence[str | Path],
    environment: Mapping[str, str] | None = None,
    read_from: IO[bytes] | None = None,
    write_to: IO[bytes] | None = None,
) -> bytes:
    """Run a program, and return what it printed. Raise CommandError, with its reason, if it fails.

    No password may be among its arguments: everyone on the machine can read them.
    """
    ended = subprocess.run(  # noqa: S603  # found by `find`
        command,
        env=os.environ | (environment or {}),
        stdin=read_from or subprocess.DEVNULL,
        stdout=write_to or subprocess.PIPE,
        stderr=subprocess.PIPE,
        check=False,
    )
    if ended.returncode:
        raise failed(command[0], ended.stderr)
    return ended.stdout or b""


@contextmanager
def reading(file: Path) -> Iterator[None]:
    """Let an error say which file could not be brought back."""
    try:
        yield
    except CommandError as error:
        raise CommandError(f"{file} cannot be restored: {error}") from None


def failed(program: str | Path, said: bytes) -> CommandError:
    """Return the error for a program that has failed, with what it said of it."""
    lines = [line for line in said.decode(errors="replace").splitlines() if line.strip()]
    reasons = [line for line in lines if re.search(r"error|fatal", line, re.IGNORECASE)] or lines
    reason = join_lines(reasons[0] if reasons else "it did not say why")
    reason = re.sub(rf"^{re.escape(Path(program).name)}:\s*", "", reason)
    return CommandError(
        f"{Path(program).name} failed: {reason[:LONGEST_REASON]}. Nothing was changed."
    )
