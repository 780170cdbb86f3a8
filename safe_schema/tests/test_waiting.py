"""Nobody waits for a migration longer than is allowed."""

import threading
import time

import pytest

from safe_schema.runs import waiting
from safe_schema.tests.small import Small

ON_SERVERS = pytest.mark.parametrize("database_url", ["postgresql", "mariadb"], indirect=True)
SLOW = {  # statements that hold a lock of the table, or of its rows, for long
    "postgresql": "LOCK TABLE t; SELECT pg_sleep(20)",
    "mariadb": "UPDATE t SET s = benchmark(30000000, md5('a'))",
    "sqlite": "WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 100000000)"
    " SELECT max(n) FROM c",
}


@pytest.fixture
def begun(small: Small, monkeypatch: pytest.MonkeyPatch) -> Small:
    """A database with a row, and a revision that takes twenty seconds."""
    monkeypatch.setattr(waiting, "SECONDS_BETWEEN_LOOKS", 0.15)
    small.revision(
        1,
        "op.create_table('t', sa.Column('id', sa.Integer, primary_key=True), "
        "sa.Column('s', sa.String(20)))",
    )
    small.db("upgrade")
    small.run("INSERT INTO t VALUES (1, 'a')")
    kind = small.url.partition("+")[0].partition(":")[0]
    small.revision(2, f"op.execute({SLOW[kind]!r})")
    return small


def visit(small: Small, waits: list[float], is_over: threading.Event) -> None:
    """Write to the row again and again."""
    while not is_over.wait(0.2):
        began = time.monotonic()
        small.run("UPDATE t SET s = 'visited' WHERE id = 1")
        waits.append(time.monotonic() - began)


@ON_SERVERS
def test_a_migration_that_keeps_a_visitor_waiting_is_stopped(begun: Small) -> None:
    waits: list[float] = []
    is_over = threading.Event()
    visitor = threading.Thread(target=visit, args=[begun, waits, is_over])
    visitor.start()
    said = begun.db("upgrade", "-x", "longest-wait=0.3", fails=True)
    is_over.set()
    visitor.join()
    assert "The upgrade to 0002 was stopped, for it kept others waiting for " in said
    assert "and 0.3 are allowed." in said
    assert "op.update_in_batches" in said
    assert max(waits) < 10
    assert begun.version() == "0001"
    assert begun.rows("SELECT s FROM t") == [("visited",)]
    assert not [each for each in threading.enumerate() if "_watch" in each.name]


@ON_SERVERS
def test_a_table_that_nobody_waits_for_may_take_long(
    begun: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "LONGEST_WAIT", 0.2)
    begun.revision(2, "op.execute('SELECT 1')\nimport time\ntime.sleep(1)")
    begun.db("upgrade")
    assert begun.version() == "0002"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_transaction_of_sqlite_is_stopped_if_that_is_asked(begun: Small) -> None:
    said = begun.db("upgrade", "-x", "longest-wait=0.3", fails=True)
    assert "The upgrade to 0002 was stopped, for it kept others waiting for 0." in said
    assert "What was begun was rolled back." in said
    assert begun.version() == "0001"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_long_transaction_of_sqlite_is_told(
    begun: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "LONGEST_WAIT", 0.2)
    begun.revision(2, "import time\ntime.sleep(0.5)")
    assert "Whoever wrote meanwhile has waited for up to" in begun.db("upgrade")


@pytest.mark.parametrize("asked", ["soon", "0", "-1", "nan", "inf"])
def test_what_is_no_time_is_refused(begun: Small, asked: str) -> None:
    said = begun.db("upgrade", "-x", f"longest-wait={asked}", fails=True)
    assert f"-x longest-wait={asked}: write a number of seconds" in said
    assert begun.version() == "0001"
