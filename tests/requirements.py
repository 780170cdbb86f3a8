"""What a test needs of the machine, and what happens where it is missing."""

import os
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from safe_schema.tests.databases import EVERYTHING_IS_REQUIRED, SERVERS, how_to_have

ABSENT = [kind for kind, variable in SERVERS.items() if not os.environ.get(variable)]

# They start processes, or upgrade databases step by step.
SLOW = (
    "safe_schema/tests/",
    "tests/api/test_schemathesis.py",
    "tests/browser/",
    "tests/cli/",
    "tests/front/",
    "tests/judges/",
    "tests/mail/test_development.py",
    "tests/mail/test_worker.py",
    "tests/migrations/",
    "tests/server/",
    "tests/test_bench.py",
    "tests/test_documents.py",
    "tests/test_make_it_yours.py",
    "tests/web/test_hostile_requests.py",
)

# Each takes up to a minute, for which nobody should wait at the end.
LONG = (
    "safe_schema/tests/test_pairs.py",
    "tests/test_documents.py",
    "tests/test_make_it_yours.py",
)

RAN = ("passed", "failed", "error")  # pytest's words for the ends of tests


def name_of(nodeid: str) -> str:
    """Return a test's name without its parameters."""
    return nodeid.partition("[")[0]


def leave_out_absent_databases(items: list[pytest.Item]) -> None:
    """Leave out what would be skipped on one database, and runs on another."""
    if EVERYTHING_IS_REQUIRED:
        return
    elsewhere = {name_of(item.nodeid) for item in items if _database(item) not in ABSENT}
    items[:] = [
        item
        for item in items
        if _database(item) not in ABSENT or name_of(item.nodeid) not in elsewhere
    ]


def leave_out_slow(items: list[pytest.Item]) -> None:
    """Leave one of each test that is not slow: the one with the first parameters."""
    first = {
        name_of(item.nodeid): item for item in reversed(items) if not item.nodeid.startswith(SLOW)
    }
    items[:] = [item for item in items if first.get(name_of(item.nodeid)) is item]


def _database(item: pytest.Item) -> Any:
    callspec = getattr(item, "callspec", None)
    return callspec.params.get("database_url") if callspec else None


def what_did_not_run(stats: dict[str, list[Any]]) -> Iterator[str]:
    """Tell in a line for each reason how many tests did not run, whatever their parameters."""
    ran = {report.nodeid for state in RAN for report in stats.get(state, [])}
    names = {name_of(nodeid) for nodeid in ran}
    reasons = {name_of(report.nodeid): report.longrepr[2] for report in stats.get("skipped", [])}
    left = {name: reason for name, reason in reasons.items() if name not in names}
    for reason, number in Counter(left.values()).items():
        total = len(names | left.keys())
        yield f"{number} of {total} tests did not run: {reason.removeprefix('Skipped: ')}"
    on_sqlite = {name_of(nodeid) for nodeid in ran if re.search(r"\[sqlite[-\]]|-sqlite\]", nodeid)}
    for kind in ABSENT if on_sqlite else []:
        yield f"{len(on_sqlite)} tests ran on SQLite, and not on {kind}: {how_to_have(kind)}"
