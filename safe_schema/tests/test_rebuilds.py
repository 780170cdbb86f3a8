"""When SQLite makes a table anew, nothing of it is lost that the revision does not change."""

import pytest

from safe_schema.tests.small import Small

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

PARENT = "CREATE TABLE p (id INTEGER PRIMARY KEY)"
TABLE = "CREATE TABLE t (id INTEGER PRIMARY KEY, {} n INTEGER){}"
CHANGE = """
with op.batch_alter_table("t") as batch:
    batch.alter_column("n", existing_type=sa.Integer(), nullable=False)
"""
KEPT = [
    ([TABLE.format("s VARCHAR(20) COLLATE NOCASE UNIQUE,", "")], "COLLATE NOCASE"),
    ([TABLE.format("s VARCHAR(20) COLLATE NOCASE UNIQUE,", "")], "UNIQUE"),
    ([TABLE.format("s,", "")], "s ,"),
    ([TABLE.format("s VARCHAR(9) DEFAULT (lower('A')),", "")], "DEFAULT (lower('A'))"),
    ([TABLE.format("s INTEGER CHECK (s > 0),", "")], "CHECK (s > 0)"),
    (
        ["CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER, CONSTRAINT c CHECK (n > 0))"],
        "CONSTRAINT c CHECK (n > 0)",
    ),
    ([TABLE.format("", " WITHOUT ROWID")], "WITHOUT ROWID"),
    ([TABLE.format("", " STRICT")], "STRICT"),
    ([TABLE.format("s TEXT,", ""), "CREATE INDEX i ON t (s) WHERE s > 1"], "(s) WHERE s > 1"),
    ([TABLE.format("s TEXT,", ""), "CREATE INDEX i ON t (s DESC, id)"], "(s DESC, id)"),
    ([TABLE.format("s TEXT,", ""), "CREATE INDEX i ON t (s COLLATE NOCASE)"], "(s COLLATE NOCASE)"),
    (
        [PARENT, TABLE.format("p_id INTEGER REFERENCES p (id) ON DELETE CASCADE,", "")],
        "ON DELETE CASCADE",
    ),
    ([TABLE.format("s INTEGER REFERENCES t (id) ON UPDATE SET NULL,", "")], "ON UPDATE SET NULL"),
    ([TABLE.format("s INTEGER GENERATED ALWAYS AS (id + 1) STORED,", "")], "AS (id + 1) STORED"),
]
REFUSED = [
    ([TABLE.format("s INTEGER UNIQUE ON CONFLICT REPLACE,", "")], "ON CONFLICT"),
    (
        [
            PARENT,
            TABLE.format("s INTEGER REFERENCES p (id) DEFERRABLE INITIALLY DEFERRED,", ""),
        ],
        "DEFERRABLE",
    ),
    (["CREATE TABLE t (id INTEGER, n INTEGER, PRIMARY KEY (id DESC, n))"], "primary (id DESC, n)"),
]


def definitions(small: Small) -> str:
    query = "SELECT sql FROM sqlite_master WHERE tbl_name = 't' AND sql IS NOT NULL"
    return " ".join(" ".join(sql.split()).replace('"', "") for (sql,) in small.rows(query))


@pytest.mark.parametrize(("made", "kept"), KEPT, ids=lambda value: str(value)[-30:])
def test_what_the_revision_does_not_name_is_kept(small: Small, made: list[str], kept: str) -> None:
    small.run(*made, "INSERT INTO t (id, n) VALUES (7, 1)")
    small.revision(1, CHANGE)
    small.db("upgrade")
    assert kept in definitions(small)
    assert "n INTEGER NOT NULL" in definitions(small)
    assert small.rows("SELECT id, n FROM t") == [(7, 1)]


@pytest.mark.parametrize(("made", "lost"), REFUSED, ids=lambda value: str(value)[-30:])
def test_what_cannot_be_kept_is_refused(small: Small, made: list[str], lost: str) -> None:
    small.run(*made, "INSERT INTO t (id, n) VALUES (7, 1)")
    before = definitions(small)
    small.revision(1, CHANGE)
    said = small.db("upgrade", fails=True)
    assert f"Revision 0001 makes table t anew, and its {lost} would be gone" in said
    assert f"If that is meant, write deletes = ['t: {lost}'] in the revision file." in said
    assert definitions(small) == before
    small.revision(1, CHANGE, more=f"deletes = ['t: {lost}']")
    small.db("upgrade")


def test_a_number_is_given_once(small: Small) -> None:
    small.run(
        "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, n INTEGER)",
        "INSERT INTO t VALUES (7, 1)",
        "DELETE FROM t",
    )
    small.revision(1, CHANGE)
    small.db("upgrade")
    small.run("INSERT INTO t (n) VALUES (2)")
    assert small.rows("SELECT id FROM t") == [(8,)]


DROPS = [
    ("drop_index('i')\n    batch.drop_column('s')", "deletes = ['t.s']"),
    ("alter_column('s', new_column_name='z')", ""),
    ("drop_index('i')", ""),
    ("drop_constraint(op.f('c'), type_='check')", ""),
    ("drop_constraint(op.f('u'), type_='unique')", ""),
    ("drop_constraint(op.f('f'), type_='foreignkey')", ""),
]


@pytest.mark.parametrize(("what", "deletes"), DROPS)
def test_what_the_revision_names_may_go(small: Small, what: str, deletes: str) -> None:
    small.run(
        PARENT,
        "CREATE TABLE t (id INTEGER PRIMARY KEY, s INTEGER, n INTEGER, CONSTRAINT c CHECK (n > 0), "
        "CONSTRAINT u UNIQUE (n, id), CONSTRAINT f FOREIGN KEY (n) REFERENCES p (id))",
        "CREATE INDEX i ON t (s)",
    )
    small.revision(1, f"with op.batch_alter_table('t') as batch:\n    batch.{what}", more=deletes)
    small.db("upgrade")
    assert small.version() == "0001"


def test_a_day_becomes_its_first_moment_and_is_a_day_again(small: Small) -> None:
    small.run(TABLE.format("s DATE,", ""), "INSERT INTO t (id, s) VALUES (1, '2026-11-22')")
    change = "with op.batch_alter_table('t') as batch:\n    batch.alter_column('s', type_=sa.{}())"
    small.revision(1, change.format("DateTime"))
    small.revision(2, change.format("Date"))
    small.db("upgrade", "0001")
    assert small.rows("SELECT s FROM t") == [("2026-11-22 00:00:00.000000",)]
    small.db("upgrade")
    assert small.rows("SELECT s FROM t") == [("2026-11-22",)]


def test_an_index_that_is_made_again_hides_no_change(small: Small) -> None:
    small.run(
        TABLE.format("s TEXT, u INTEGER UNIQUE ON CONFLICT IGNORE,", ""), "CREATE INDEX i ON t (s)"
    )
    small.revision(1, CHANGE)
    assert "its ON CONFLICT would be gone" in small.db("upgrade", fails=True)
