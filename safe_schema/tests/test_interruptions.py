"""A migration that dies, one that stops, and what `flask db upgrade` makes of it then."""

from pathlib import Path

import flask_migrate
import pytest
from sqlalchemy import text

from safe_schema.tests.small import Small, hearing

POINTS = 7
REVISION = """
import os, signal

def at(point):
    if os.environ.get("DIE_AT") == str(point):
        os.kill(os.getpid(), signal.SIGKILL)

at(0)
op.create_table("p", sa.Column("id", sa.Integer, primary_key=True))
at(1)
op.execute("INSERT INTO p (id) VALUES (1)")
at(2)
with op.batch_alter_table("t") as batch:
    batch.add_column(sa.Column("n", sa.Integer, server_default="7"))
at(3)
op.execute("UPDATE t SET n = n + id")
at(4)
with op.batch_alter_table("t") as batch:
    batch.alter_column("s", existing_type=sa.String(20), type_=sa.String(40))
at(5)
op.create_index("ix_t_n", "t", ["n"])
at(6)
"""


@pytest.fixture
def begun(small: Small) -> Small:
    """A database with rows at the first revision, and a second one to come."""
    small.revision(
        1,
        "op.create_table('t', sa.Column('id', sa.Integer, primary_key=True), "
        "sa.Column('s', sa.String(20)))",
    )
    small.db("upgrade")
    small.run("INSERT INTO t VALUES (1, 'a')", "INSERT INTO t VALUES (2, 'b')")
    small.revision(2, REVISION)
    return small


@pytest.mark.parametrize("point", range(POINTS))
def test_a_migration_that_is_killed_is_finished_by_the_next_one(begun: Small, point: int) -> None:
    schema = begun.schema()
    assert begun.upgrade(DIE_AT=str(point)).wait().returncode == -9
    if "mysql" not in begun.url:
        assert begun.schema() == schema
        assert begun.version() == "0001"
    again = begun.upgrade().wait()
    assert again.returncode == 0, again.stderr
    assert begun.version() == "0002"
    assert begun.rows("SELECT id, s, n FROM t") == [(1, "a", 8), (2, "b", 9)]
    assert begun.rows("SELECT id FROM p") == [(1,)]
    assert set(begun.schema()) == {"t", "p"}
    assert "index ix_t_n (n)" in begun.schema()["t"]


ONLY_MARIADB = pytest.mark.parametrize("database_url", ["mariadb"], indirect=True)
STOPS = """
op.create_table("p", sa.Column("id", sa.Integer, primary_key=True))
op.execute("INSERT INTO p (id) VALUES (1)")
op.add_column("t", sa.Column("n", sa.Integer, server_default="7"))
op.create_unique_constraint("uq_t_s", "t", ["s"])
"""


@ONLY_MARIADB
def test_data_is_mended_and_the_rest_follows(begun: Small) -> None:
    begun.run("UPDATE t SET s = 'same'")
    begun.revision(2, STOPS)
    assert "makes t (s) unique, and 1 value(s) occur more than once" in begun.db(
        "upgrade", fails=True
    )
    assert "alembic_progress" in begun.schema()
    assert begun.version() == "0001"
    begun.run("UPDATE t SET s = 'other' WHERE id = 2")
    begun.db("upgrade")
    assert begun.rows("SELECT id FROM p") == [(1,)]
    assert set(begun.schema()) == {"t", "p"}
    assert begun.version() == "0002"


@ONLY_MARIADB
def test_a_file_that_was_changed_meanwhile_is_refused(begun: Small) -> None:
    begun.run("UPDATE t SET s = 'same'")
    begun.revision(2, STOPS)
    begun.db("upgrade", fails=True)
    begun.revision(2, STOPS.replace("VALUES (1)", "VALUES (2)"))
    said = begun.db("upgrade", fails=True)
    assert "was interrupted, and its file or a value in it changed since. Statement 2 was" in said
    assert "'INSERT INTO p (id) VALUES (...)'" in said
    assert begun.rows("SELECT id FROM p") == [(1,)]


@ONLY_MARIADB
def test_a_definition_that_was_refused_is_not_taken_for_done(begun: Small) -> None:
    begun.revision(2, "op.execute('ALTER TABLE t DROP COLUMN nothing')")
    for _ in range(3):
        assert "check that it exists" in begun.db("upgrade", fails=True)
    assert begun.version() == "0001"


@ONLY_MARIADB
def test_a_definition_of_which_nobody_knows_is_tried(begun: Small) -> None:
    begun.run("UPDATE t SET s = 'same'")
    begun.revision(2, STOPS)
    begun.db("upgrade", fails=True)
    begun.run("UPDATE alembic_progress SET done = FALSE WHERE number = 2")
    begun.run("UPDATE t SET s = 'other' WHERE id = 2")
    begun.db("upgrade")
    assert begun.version() == "0002"


def test_what_the_database_refuses_is_one_line(begun: Small) -> None:
    begun.revision(2, "op.execute('SELEKT 1')")
    said = begun.db("upgrade", fails=True)
    assert "Error: The migration stopped: " in said
    assert "The statement was: SELEKT 1." in said
    assert begun.version() == "0001"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_rows_that_lose_their_parent_are_told(begun: Small) -> None:
    begun.revision(
        2,
        "op.create_table('posts', sa.Column('t_id', sa.Integer, sa.ForeignKey('t.id')))\n"
        "op.execute('INSERT INTO posts VALUES (1)')\n"
        "op.execute('DELETE FROM t')",
    )
    said = begun.db("upgrade", fails=True)
    assert "leaves 1 row(s) that refer to nothing, and so nothing was changed: posts 1 to t" in said
    assert begun.rows("SELECT id FROM t") == [(1,), (2,)]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_children_stay_when_a_table_is_rebuilt(begun: Small) -> None:
    begun.run(
        "CREATE TABLE posts (t_id INTEGER REFERENCES t (id) ON DELETE CASCADE)",
        "INSERT INTO posts VALUES (1)",
        "INSERT INTO posts VALUES (2)",
    )
    begun.db("upgrade")
    assert begun.rows("SELECT t_id FROM posts") == [(1,), (2,)]


@ONLY_MARIADB
def test_a_comment_before_a_definition_does_not_hide_it(begun: Small) -> None:
    begun.run("UPDATE t SET s = 'same'")
    begun.revision(2, "op.execute('/* why */ ALTER TABLE t ADD UNIQUE uq_t_s (s)')")
    for _ in range(2):
        said = begun.db("upgrade", fails=True)
        assert "Duplicate entry ... for key" in said
        assert "same" not in said.replace("run the same again", "")
    begun.run("UPDATE t SET s = id")
    begun.db("upgrade")
    assert "unique uq_t_s (s)" in begun.schema()["t"]


@ONLY_MARIADB
def test_a_faulty_statement_can_be_mended_in_the_file(begun: Small) -> None:
    begun.revision(2, STOPS.replace('"uq_t_s", "t", ["s"]', '"uq_t_s", "t", ["typo"]'))
    begun.db("upgrade", fails=True)
    begun.revision(2, STOPS)
    begun.db("upgrade")
    assert begun.rows("SELECT id FROM p") == [(1,)]


@ONLY_MARIADB
def test_what_was_interrupted_is_finished_first(begun: Small) -> None:
    begun.revision(
        2,
        "op.add_column('t', sa.Column('n', sa.Integer))",
        "op.drop_column('t', 'n')\nop.execute('SELEKT 1')",
    )
    begun.db("upgrade")
    begun.db("downgrade", fails=True)
    begun.revision(3, "op.create_table('u', sa.Column('id', sa.Integer, primary_key=True))")
    said = begun.db("upgrade", fails=True)
    assert "The downgrade of 0002 was interrupted. Finish it first: flask db downgrade" in said
    assert begun.version() == "0002"
    begun.db("stamp", "0001")  # who has finished it by hand says so
    assert begun.version() == "0001"


@ONLY_MARIADB
def test_a_file_that_became_shorter_is_refused(begun: Small) -> None:
    begun.run("UPDATE t SET s = 'same'")
    begun.revision(2, STOPS)
    begun.db("upgrade", fails=True)
    begun.revision(2, STOPS.partition("op.add_column")[0])
    assert "and is 'no more'" in begun.db("upgrade", fails=True)


@ONLY_MARIADB
def test_what_is_done_is_not_looked_at_again(begun: Small) -> None:
    begun.run("UPDATE t SET s = 'same'", "CREATE TABLE e (id INTEGER PRIMARY KEY)")
    begun.revision(2, "op.add_column('e', sa.Column('n', sa.Integer, nullable=False))" + STOPS)
    begun.db("upgrade", fails=True)
    begun.run("INSERT INTO e VALUES (1, 1)", "UPDATE t SET s = id")
    begun.db("upgrade")
    assert begun.version() == "0002"


TRIGGER = "CREATE TRIGGER tr AFTER INSERT ON t BEGIN DELETE FROM t WHERE id < 0; END"
WIDER = (
    "with op.batch_alter_table('t') as batch:\n"
    "    batch.alter_column('s', existing_type=sa.String(20), type_=sa.String(40))"
)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_a_rebuilt_table_would_forget_is_told(begun: Small) -> None:
    index = "CREATE UNIQUE INDEX ix ON t (lower(s))"
    begun.run(TRIGGER, index)
    begun.revision(2, WIDER)
    assert "so loses ix of t, tr of t" in begun.db("upgrade", fails=True)
    names = begun.rows("SELECT name FROM sqlite_master WHERE name IN ('ix', 'tr')")
    assert names == [("ix",), ("tr",)]
    around = "op.execute('DROP TRIGGER tr')\nop.execute('DROP INDEX ix')\n"
    begun.revision(2, f"{around}{WIDER}\nop.execute('{TRIGGER}')\nop.execute('{index}')")
    begun.db("upgrade")
    assert begun.rows("SELECT name FROM sqlite_master WHERE name IN ('ix', 'tr')") == names


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_orphans_of_former_times_stop_nothing(begun: Small) -> None:
    begun.run(
        "CREATE TABLE posts (t_id INTEGER REFERENCES t (id))",
        "PRAGMA foreign_keys = OFF",
    )
    with begun.engine().connect() as connection:
        connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
        connection.exec_driver_sql("INSERT INTO posts VALUES (99)")
        connection.commit()
    begun.revision(2, "op.rename_table('posts', 'articles')")
    begun.db("upgrade")
    assert begun.rows("SELECT t_id FROM articles") == [(99,)]


def test_a_transaction_that_is_open_is_told(tmp_path: Path) -> None:
    small = Small("sqlite://", tmp_path)
    small.revision(1, "pass")
    with small.app.app_context():
        session = small.app.extensions["sqlalchemy"].session
        session.execute(text("CREATE TABLE t (id INTEGER)"))
        session.execute(text("INSERT INTO t VALUES (1)"))
        with pytest.raises(SystemExit), hearing("flask_migrate") as messages:
            flask_migrate.upgrade()
    assert "A transaction is open on this database" in messages[0]
