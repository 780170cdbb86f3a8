"""One migration at a time, and none that visitors have to wait for."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import text

from safe_schema.runs import locks
from safe_schema.tests import engines
from safe_schema.tests.small import Small, hearing

FILL = "\nop.execute('INSERT INTO t (id) VALUES (1)')"
TABLE = "op.create_table('t', sa.Column('id', sa.Integer, primary_key=True))"


@contextmanager
def held(small: Small) -> Iterator[None]:
    """Hold the lock of a database, as another migration does."""
    with small.engine().connect() as connection:
        connection = connection.execution_options(isolation_level="AUTOCOMMIT")  # noqa: PLW2901
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield
            connection.exec_driver_sql("ROLLBACK")
        else:
            with locks.one_at_a_time(small.engine()):
                yield


def test_an_upgrade_waits_for_another_one(small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    small.revision(1, TABLE)
    monkeypatch.setattr(engines, "SECONDS_TO_WAIT_FOR_A_LOCK", 0)
    small.build(lambda _db: None)
    waiting = "Waiting for another migration or copy of this database to end"
    is_held = threading.Event()

    def hold(heard: list[str]) -> None:
        end = time.monotonic() + 60
        with held(small):
            is_held.set()
            while not any(waiting in said for said in heard) and time.monotonic() < end:
                time.sleep(0.05)

    with hearing("alembic") as heard:
        holder = threading.Thread(target=hold, args=[heard])
        holder.start()
        is_held.wait()
        said = small.db("upgrade")
        holder.join()
    assert waiting in said
    assert small.version() == "0001"


def test_an_upgrade_does_not_wait_for_ever(small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    small.revision(1, TABLE)
    monkeypatch.setattr(locks, "SECONDS_TO_WAIT", 0.5)
    monkeypatch.setattr(engines, "SECONDS_TO_WAIT_FOR_A_LOCK", 0)
    small.build(lambda _db: None)
    with held(small):
        said = small.db("upgrade", fails=True)
    assert "Another migration or copy has held this database" in said
    small.db("upgrade")


def test_eight_upgrades_at_once_are_one(small: Small) -> None:
    small.revision(1, TABLE + FILL)
    small.revision(2, "op.create_table('u', sa.Column('id', sa.Integer, primary_key=True))")
    runs = [small.upgrade() for _ in range(8)]
    ended = [run.wait() for run in runs]
    assert [each.returncode for each in ended] == [0] * 8, ended
    assert sum("Running upgrade  -> 0001" in each.stderr for each in ended) == 1
    assert small.rows("SELECT id FROM t") == [(1,)]
    assert small.rows("SELECT version_num FROM alembic_version") == [("0002",)]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_an_index_that_is_made_while_others_write(small: Small) -> None:
    small.revision(1, TABLE)
    small.revision(
        2,
        "with op.get_context().autocommit_block():\n"
        "    op.create_index('ix_t_id', 't', ['id'], postgresql_concurrently=True)",
    )
    runs = [small.upgrade() for _ in range(4)]
    ended = [run.wait() for run in runs]
    assert [each.returncode for each in ended] == [0] * 4, ended


@pytest.mark.parametrize("database_url", ["postgresql", "mariadb"], indirect=True)
def test_a_table_in_use_stops_the_migration_and_not_the_site(
    small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "SECONDS_TO_WAIT_FOR_A_TABLE", 1)
    small.revision(1, TABLE)
    small.db("upgrade")
    small.revision(2, "op.add_column('t', sa.Column('n', sa.Integer))")
    said: list[str] = []
    waited = seconds_a_visitor_waits(small, lambda: said.append(small.db("upgrade", fails=True)))
    assert "The migration stopped: " in said[0]
    assert waited < 5
    small.db("upgrade")


def seconds_a_visitor_waits(
    small: Small, upgrade: Callable[[], object], *, after: float = 0.3, at_most: float = 30
) -> float:
    """Return how long a visitor waits for `t` behind an upgrade, while another one sits on it."""
    waited: list[float] = []

    def read() -> None:
        time.sleep(after)
        began = time.monotonic()
        small.rows("SELECT id FROM t")
        waited.append(time.monotonic() - began)

    with small.engine().connect() as idle:
        idle.execute(text("SELECT id FROM t")).all()
        reader = threading.Thread(target=read)
        reader.start()
        upgrade()
        reader.join(timeout=at_most)
    reader.join()
    return waited[0]
