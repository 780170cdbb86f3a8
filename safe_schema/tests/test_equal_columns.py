"""Two columns that are kept equal, and what ends that."""

import pytest
from sqlalchemy import text

from safe_schema.tests.small import Small
from safe_schema.tests.test_gradually import (
    ONLY_SQLITE,
    begin,
)

WRITES = {
    "a new row, as old code writes it": ("INSERT INTO t (id, a) VALUES (3, 'x')", "x"),
    "a new row, as new code writes it": ("INSERT INTO t (id, b) VALUES (3, 'x')", "x"),
    "a new row without a value": ("INSERT INTO t (id) VALUES (3)", "nobody"),
    "a new row with both": ("INSERT INTO t (id, a, b) VALUES (3, 'x', 'y')", "y"),
    "the old one changes": ("UPDATE t SET a = 'x' WHERE id = 2", "x"),
    "the new one changes": ("UPDATE t SET b = 'x' WHERE id = 2", "x"),
    "a letter of the old one changes": ("UPDATE t SET a = 'Susan' WHERE id = 2", "Susan"),
    "a letter of the new one changes": ("UPDATE t SET b = 'Susan' WHERE id = 2", "Susan"),
    "a blank is added to the new one": ("UPDATE t SET b = 'susan ' WHERE id = 2", "susan "),
    "the old one becomes NULL": ("UPDATE t SET a = NULL WHERE id = 2", None),
    "the new one becomes NULL": ("UPDATE t SET b = NULL WHERE id = 2", None),
    "both change": ("UPDATE t SET a = 'x', b = 'y' WHERE id = 2", "y"),
    "another one changes": ("UPDATE t SET c = 'x' WHERE id = 2", "susan"),
    "another one changes before the copy": ("UPDATE t SET c = 'x' WHERE id = 1", "john"),
    "the old one changes before the copy": ("UPDATE t SET a = 'x' WHERE id = 1", "x"),
    "the copy": ("UPDATE t SET b = a WHERE id = 1", "john"),
}


SELECT = text("SELECT id, a, b FROM t WHERE id = :id")


@pytest.fixture
def kept_equal(small: Small) -> Small:
    """A table with two such columns; one of its rows is from before there were two."""
    small.revision(
        1,
        "op.create_table('t', sa.Column('id', sa.Integer, primary_key=True), "
        "sa.Column('a', sa.String(20), server_default='nobody'), sa.Column('c', sa.String(20)))\n"
        "op.execute(\"INSERT INTO t (id, a) VALUES (1, 'john')\")\n"
        "op.add_column('t', sa.Column('b', sa.String(20)))\n"
        "op.keep_equal('t', 'a', 'b')\n"
        "op.execute(\"INSERT INTO t (id, a) VALUES (2, 'susan')\")",
    )
    small.db("upgrade")
    return small


def test_whatever_is_written_both_columns_hold_it(kept_equal: Small) -> None:
    before = [(1, "john", None), (2, "susan", "susan")]
    assert kept_equal.rows("SELECT id, a, b FROM t") == before
    with kept_equal.engine().connect() as connection:
        for name, (statement, value) in WRITES.items():
            connection.exec_driver_sql(statement)
            number = int(statement[-1]) if statement.startswith("UPDATE") else 3
            [(_id, *both)] = connection.execute(SELECT, {"id": number})
            assert both == [value, value], name
            connection.rollback()
    assert kept_equal.rows("SELECT id, a, b FROM t") == before


@ONLY_SQLITE
def test_a_table_without_row_ids_is_kept_equal_too(small: Small) -> None:
    small.revision(
        1,
        "op.execute('CREATE TABLE t (k TEXT, n INT, a TEXT, b TEXT, PRIMARY KEY (k, n)) "
        "WITHOUT ROWID')\n"
        "op.keep_equal('t', 'a', 'b')",
    )
    small.db("upgrade")
    small.run(
        "INSERT INTO t VALUES ('x', 1, 'john', NULL)", "INSERT INTO t VALUES ('x', 2, '', '')"
    )
    assert small.rows("SELECT n, b FROM t") == [(1, "john"), (2, "")]


def test_columns_that_differ_are_not_parted(small: Small) -> None:
    begin(small)
    small.db("upgrade")
    forget_triggers(small)
    small.run("UPDATE people SET new = 'secret'")
    said = small.db("upgrade", "-x", "contract=yes", fails=True)
    assert "people.old and people.new equal, and they differ in 1 row(s) (id 1)" in said
    assert "secret" not in said
    assert small.rows("SELECT old, new FROM people") == [("john", "secret")]


def forget_triggers(small: Small) -> None:
    """Drop what keeps the columns equal."""
    if "sqlite" in small.url:
        names = small.rows("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        small.run(*(f"DROP TRIGGER {name}" for (name,) in names))
    elif "mysql" in small.url:
        query = "SELECT trigger_name FROM information_schema.triggers"
        names = small.rows(f"{query} WHERE trigger_schema = database()")
        small.run(*(f"DROP TRIGGER {name}" for (name,) in names))
    else:
        small.run("ALTER TABLE people DISABLE TRIGGER USER")


def test_the_sql_of_it_can_be_printed(small: Small, capsys: pytest.CaptureFixture[str]) -> None:
    small.revision(1, "op.create_table('t', sa.Column('id', sa.Integer, primary_key=True))")
    small.revision(2, "op.keep_equal('t', 'a', 'b')\nop.stop_keeping_equal('t', 'a', 'b')")
    small.db("upgrade", "0001")
    said = small.db("upgrade", "0001:0002", "--sql") + capsys.readouterr().out
    assert "CREATE TRIGGER zz_equal_t_a_b_" in said
    assert "DROP TRIGGER IF EXISTS zz_equal_t_a_b_" in said
    assert small.version() == "0001"
