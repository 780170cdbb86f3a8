"""What a check is.

One is added like this, and a row in docs/doctor.md:

    @check("F099", needs=["F020"])
    def find_moon() -> Finding:
        if is_full():
            return warn("the moon is full", "wait for a day")
        return ok("the moon is not full")

It runs in an application context. Without `needs` it is made whenever the settings can be read. A
number is for good: another check never gets it.
"""

from collections.abc import Callable, Sequence
from enum import IntEnum
from typing import NamedTuple

SECONDS = 6  # that a check may take

SETTINGS_CAN_BE_READ = "F001"


class Level(IntEnum):
    """How bad it is; the worst of all is the exit status."""

    OK = 0
    WARN = 1
    FAIL = 2


class Finding(NamedTuple):
    """What is seen, and what to do."""

    level: Level
    seen: str
    to_do: str = ""


# None, where there is nothing to look at: SQLite's file, of a site on PostgreSQL.
Examine = Callable[[], Finding | None]


class Check(NamedTuple):
    """A check, by its number."""

    number: str
    examine: Examine
    needs: Sequence[str]  # the numbers of checks that must not have failed
    seconds: float


CHECKS: dict[str, Check] = {}


def check(
    number: str, *, needs: Sequence[str] = (SETTINGS_CAN_BE_READ,), seconds: float = SECONDS
) -> Callable[[Examine], Examine]:
    """Let `flask doctor` make a check."""

    def register(examine: Examine) -> Examine:
        assert number not in CHECKS, f"{number} is taken"  # noqa: S101
        CHECKS[number] = Check(number, examine, needs, seconds)
        return examine

    return register


def ok(seen: str) -> Finding:
    """Return that all is well."""
    return Finding(Level.OK, seen)


def warn(seen: str, to_do: str) -> Finding:
    """Return what is not as it should be, though the site works."""
    return Finding(Level.WARN, seen, to_do)


def fail(seen: str, to_do: str) -> Finding:
    """Return what keeps the site from working, or from being safe."""
    return Finding(Level.FAIL, seen, to_do)
