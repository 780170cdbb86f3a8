"""Columns of a large table are filled in batches, which may be interrupted."""

import io
import threading

import pytest
from sqlalchemy import text

from safe_schema.operations import batches, progress
from safe_schema.runs import locks
from safe_schema.tests.small import Small

ROWS = 250
TABLE = """
op.create_table(
    "t",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("s", sa.String(20)),
)
"""
FILL = 'op.update_in_batches("t", {"n": "upper(s)"})'


@pytest.fixture
def begun(small: Small, monkeypatch: pytest.MonkeyPatch) -> Small:
    """A database with rows, a revision that adds a column, and one that fills it."""
    monkeypatch.setattr(batches, "FIRST_ROWS", 40)
    monkeypatch.setattr(batches, "MOST_ROWS", 40)
    monkeypatch.setattr(batches, "PAUSE_ON_SQLITE", 0)
    small.revision(1, TABLE)
    small.db("upgrade")
    rows = ", ".join(f"({3 * n}, 'name{n}')" for n in range(ROWS))
    small.run(f"INSERT INTO t VALUES {rows}")  # noqa: S608
    small.revision(2, "op.add_column('t', sa.Column('n', sa.String(20)))")
    small.revision(3, FILL)
    return small


def test_all_rows_are_set(begun: Small) -> None:
    said = begun.db("upgrade")
    assert f"t: {ROWS} rows set in" in said
    assert begun.rows("SELECT id FROM t WHERE n <> upper(s) OR n IS NULL") == []
    assert begun.version() == "0003"


def test_rows_that_have_the_value_are_not_written(begun: Small) -> None:
    begun.db("upgrade", "0002")
    begun.run("UPDATE t SET n = upper(s) WHERE id < 300")
    assert "t: 150 rows set in" in begun.db("upgrade")


def test_texts_that_only_a_collation_takes_for_equal_are_set(begun: Small) -> None:
    begun.db("upgrade", "0002")
    begun.run("UPDATE t SET n = s")
    begun.db("upgrade")
    assert begun.rows("SELECT n FROM t WHERE id = 3") == [("NAME1",)]


def test_where_says_which_rows(begun: Small) -> None:
    begun.revision(3, 'op.update_in_batches("t", {"n": sa.func.upper(sa.text("s"))}, "id > 740")')
    begun.db("upgrade")
    assert begun.rows("SELECT n FROM t WHERE n IS NOT NULL") == [
        ("NAME247",),
        ("NAME248",),
        ("NAME249",),
    ]


DIES = """
import os, signal
from sqlalchemy import event
from safe_schema.operations import batches
batches.FIRST_ROWS = batches.MOST_ROWS = 40
seen = []

@event.listens_for(op.get_bind(), "after_cursor_execute")
def die(connection, cursor, statement, *rest):
    if not statement.startswith("UPDATE"):
        return
    seen.append(statement)
    if len(seen) == int(os.environ.get("DIE_AT", 99)):
        os.kill(os.getpid(), getattr(signal, os.environ["DIE_OF"]))

"""


@pytest.mark.parametrize("at", ["1", "2", "5"])
def test_one_that_is_killed_goes_on(begun: Small, at: str) -> None:
    begun.revision(3, DIES + FILL)
    assert begun.upgrade(DIE_AT=at, DIE_OF="SIGKILL").wait().returncode == -9
    assert begun.version() == "0002"
    done = len(begun.rows("SELECT id FROM t WHERE n IS NOT NULL"))
    assert done < ROWS
    again = begun.upgrade().wait()
    assert again.returncode == 0, again.stderr
    assert f"t: {ROWS - done} rows set in" in again.stderr
    assert begun.rows("SELECT id FROM t WHERE n <> upper(s) OR n IS NULL") == []


def test_ctrl_c_says_how_to_go_on(begun: Small) -> None:
    begun.revision(3, DIES + FILL)
    ended = begun.upgrade(DIE_AT="4", DIE_OF="SIGINT").wait()
    assert ended.returncode == 1
    assert "Error: Interrupted. Nothing is lost: " in ended.stderr
    assert "what was set in t stays so. Run `flask db upgrade` again to go on." in ended.stderr
    assert "Traceback" not in ended.stderr
    begun.db("upgrade")
    assert begun.rows("SELECT id FROM t WHERE n <> upper(s) OR n IS NULL") == []


def test_eight_upgrades_at_once_fill_once(begun: Small) -> None:
    runs = [begun.upgrade() for _ in range(8)]
    ended = [run.wait() for run in runs]
    assert [each.returncode for each in ended] == [0] * 8, ended
    assert sum("rows set in" in each.stderr for each in ended) == 1
    assert begun.rows("SELECT id FROM t WHERE n <> upper(s) OR n IS NULL") == []


def test_what_cannot_be_done_twice_is_refused(begun: Small) -> None:
    begun.revision(2, "op.add_column('t', sa.Column('n', sa.Integer, server_default='0'))")
    begun.revision(3, 'op.update_in_batches("t", {"n": "n + 1"})')
    said = begun.db("upgrade", fails=True)
    assert "a row that was set would be set to something else the next time" in said
    assert begun.rows("SELECT DISTINCT n FROM t") == [(0,)]


def test_nothing_comes_before_it_in_its_revision(begun: Small) -> None:
    begun.revision(2, "op.add_column('t', sa.Column('n', sa.String(20)))\n" + FILL)
    begun.revision(3, "pass")
    said = begun.db("upgrade", fails=True)
    assert "has to be the first operation of its revision" in said


def test_what_comes_after_it_follows_its_interruption(begun: Small) -> None:
    after = "op.drop_column('t', 's')\nop.execute('SELEKT 1')"
    begun.revision(3, f"{FILL}\n{after}", more="deletes = ['t.s']")
    said = begun.db("upgrade", fails=True)
    assert "SELEKT 1" in said
    begun.revision(3, f"{FILL}\n{after.partition('op.execute')[0]}", more="deletes = ['t.s']")
    begun.db("upgrade")
    assert begun.rows("SELECT n FROM t WHERE id = 3") == [("NAME1",)]
    assert "column s " not in str(begun.schema()["t"])


KEYS = {
    "two": (
        "a INTEGER, b INTEGER, s VARCHAR(20), n VARCHAR(20), PRIMARY KEY (a, b)",
        "{0} / 7, {0}",
    ),
    "text": ("a VARCHAR(20) PRIMARY KEY, s VARCHAR(20), n VARCHAR(20)", "'key {0}'"),
    "moment": ("a TIMESTAMP PRIMARY KEY, s VARCHAR(20), n VARCHAR(20)", "'2026-01-01 00:{1}:{2}'"),
    "exact": ("a NUMERIC(20, 5) PRIMARY KEY, s VARCHAR(20), n VARCHAR(20)", "{0}.12345"),
}


@pytest.mark.parametrize("kind", KEYS)
def test_any_key_will_do(begun: Small, kind: str) -> None:
    columns, key = KEYS[kind]
    rows = ", ".join(f"({key.format(n, n // 50 + 10, n % 50 + 10)}, 's', NULL)" for n in range(100))
    begun.db("upgrade", "0002")
    begun.run(f"CREATE TABLE k ({columns})", f"INSERT INTO k VALUES {rows}")  # noqa: S608
    begun.revision(3, 'op.update_in_batches("k", {"n": "upper(s)"})')
    assert "k: 100 rows set in" in begun.db("upgrade")
    assert begun.rows("SELECT DISTINCT n FROM k") == [("S",)]


def test_a_table_without_a_key_is_refused(begun: Small) -> None:
    begun.run("CREATE TABLE k (s VARCHAR(20))")
    begun.revision(3, 'op.update_in_batches("k", {"s": "\'x\'"})')
    assert "The table k has no primary key" in begun.db("upgrade", fails=True)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_rows_without_a_key_are_set(begun: Small) -> None:
    begun.run("CREATE TABLE k (a TEXT PRIMARY KEY, s TEXT)", "INSERT INTO k VALUES (NULL, 'a')")
    begun.revision(3, 'op.update_in_batches("k", {"s": "\'x\'"})')
    begun.db("upgrade")
    assert begun.rows("SELECT * FROM k") == [(None, "x")]


def test_sql_is_one_statement(begun: Small) -> None:
    said = begun.db("upgrade", "0002:0003", "--sql")
    assert "UPDATE t SET n=(upper(s));" in said


def test_a_downgrade_has_it_as_well(begun: Small) -> None:
    begun.revision(3, FILL, 'op.update_in_batches("t", {"n": "NULL"})')
    begun.db("upgrade")
    begun.db("downgrade")
    assert begun.rows("SELECT DISTINCT n FROM t") == [(None,)]
    assert begun.version() == "0002"


def test_a_database_without_a_history_is_compared(begun: Small) -> None:
    begun.revision(4, "op.create_index('ix_t_n', 't', ['n'])")
    begun.db("upgrade")
    begun.run("DROP TABLE alembic_version")
    assert "equals revision 0004, and is recorded as that" in begun.db("upgrade")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_copy_of_what_was_there_before_stays(begun: Small) -> None:
    begun.revision(4, "op.execute('SELEKT 1')")
    begun.db("upgrade", "0001")
    assert "SELEKT 1" in begun.db("upgrade", fails=True)
    assert len([*begun.folder.parent.rglob("*.0001.bak")]) == 1


@pytest.mark.parametrize("database_url", ["postgresql", "mariadb"], indirect=True)
def test_a_batch_that_comes_into_the_way_of_others_is_tried_again(
    begun: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "SECONDS_TO_WAIT_FOR_A_TABLE", 1)
    begun.db("upgrade", "0002")
    with begun.engine().connect() as connection:
        connection.execute(text("UPDATE t SET s = 'theirs' WHERE id = 300"))
        end = threading.Timer(1.3, connection.commit)
        end.start()
        said = begun.db("upgrade")
        end.join()
    assert f"t: {ROWS} rows set in" in said
    assert begun.rows("SELECT n FROM t WHERE id = 300") == [("THEIRS",)]


def test_a_batch_that_never_gets_its_rows_ends(
    begun: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "TRIES", 2)
    begun.revision(3, 'op.update_in_batches("t", {"n": "no_such_function(s)"})')
    assert "The migration stopped: " in begun.db("upgrade", fails=True)
    assert begun.version() == "0002"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_no_batch_leaves_rows_without_their_parent(begun: Small) -> None:
    begun.db("upgrade", "0002")
    begun.run("CREATE TABLE c (id INTEGER PRIMARY KEY, t_id INTEGER REFERENCES t (id))")
    begun.run("INSERT INTO c VALUES (1, 3)")
    begun.revision(3, 'op.update_in_batches("c", {"t_id": "4"})')
    assert "FOREIGN KEY constraint failed" in begun.db("upgrade", fails=True)
    assert begun.rows("SELECT t_id FROM c") == [(3,)]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_rows_are_looked_after_before_a_commit(begun: Small) -> None:
    begun.run("CREATE TABLE c (id INTEGER PRIMARY KEY, t_id INTEGER REFERENCES t (id))")
    begun.run("INSERT INTO c VALUES (1, 3)")
    begun.revision(2, "op.execute('DELETE FROM t WHERE id = 3')")
    begun.revision(3, 'op.update_in_batches("t", {"s": "upper(s)"})')
    assert "so nothing was changed: c 1 to t" in begun.db("upgrade", fails=True)
    assert begun.rows("SELECT s FROM t WHERE id IN (3, 6)") == [("name1",), ("name2",)]


def test_a_terminal_shows_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = io.StringIO()
    terminal.isatty = lambda: True  # type: ignore[method-assign]
    monkeypatch.setattr("sys.stderr", terminal)
    with progress.showing("users", 10) as shown:
        shown.advance(5)
        shown.advance(500)
    assert "users" in terminal.getvalue()
    assert "100%" in terminal.getvalue()


def test_a_log_has_a_line_now_and_then(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    monkeypatch.setattr(progress, "SECONDS_BETWEEN_LINES", 0)
    with progress.showing("users", 2000) as shown:
        shown.advance(1000)
    assert "users: 1,000 of 2,000 rows" in caplog.messages
