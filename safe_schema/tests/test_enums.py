"""An Enum whose values change, and one that is new."""

from typing import Any

import pytest
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Column, Enum, Integer, String, Table

from safe_schema.tests.small import Models, Small

POSTGRESQL = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
SERVERS = pytest.mark.parametrize("database_url", ["postgresql", "mariadb"], indirect=True)
TYPES = (
    "SELECT t.typname, e.enumlabel FROM pg_type t JOIN pg_enum e ON e.enumtypid = t.oid "
    "ORDER BY e.enumsortorder"
)


def moods(*values: str, default: str | None = None, tables: tuple[str, ...] = ("t", "u")) -> Models:
    """Return tables with a mood each, of one Enum."""

    def define(db: SQLAlchemy) -> None:
        for table in ("t", "u"):
            columns: list[Any] = [Column("id", Integer, primary_key=True)]
            if table in tables and values:
                kind = Enum(*values, name="moods")
                columns.append(Column("mood", kind, server_default=default, index=True))
            Table(table, db.metadata, *columns)

    return define


def begin(small: Small, models: Models) -> None:
    small.db("migrate", models=models)
    small.db("upgrade")
    small.run("INSERT INTO t (id, mood) VALUES (1, 'good'), (2, NULL)")
    small.run("INSERT INTO u (id, mood) VALUES (1, 'bad')")


def go_round(small: Small) -> None:
    """Upgrade to the newest models, and back, and up again: each time the models are met."""
    before = small.schema()
    small.db("upgrade")
    small.db("check")
    after = small.schema()
    small.db("downgrade")
    assert small.schema() == before
    small.db("upgrade")
    assert small.schema() == after
    assert small.rows("SELECT mood FROM t WHERE id < 3") == [("good",), (None,)]
    assert small.rows("SELECT mood FROM u WHERE id < 3") == [("bad",)]


@SERVERS
@pytest.mark.parametrize(
    "values",
    [
        ("good", "bad", "new"),
        ("new", "good", "bad"),
        ("good", "it's: 100%", "also new", "bad"),
        ("bad", "good"),
        ("bad", "newer", "good"),
    ],
    ids=", ".join,
)
@pytest.mark.parametrize("default", [None, "good"])
def test_other_values_are_seen_and_come(
    small: Small, values: tuple[str, ...], default: str | None
) -> None:
    begin(small, moods("good", "bad", default=default))
    assert "New upgrade operations detected" in small.db(
        "check", models=moods(*values, default=default), fails=True
    )
    small.db("migrate")
    assert "type_=sa.Enum(" in small.revisions()[-1]
    assert "existing_type=sa.Enum('good', 'bad', name='moods')" in small.revisions()[-1]
    go_round(small)
    small.db("check")


@SERVERS
def test_a_new_value_can_be_said_then_and_not_lost_on_the_way_back(small: Small) -> None:
    begin(small, moods("good", "bad"))
    small.db("migrate", models=moods("good", "bad", "new"))
    small.db("upgrade")
    small.run("INSERT INTO u (id, mood) VALUES (7, 'new')")
    said = small.db("downgrade", fails=True)
    assert "u" in said
    assert "1 value(s) are none of its values" in said or "that 1 row(s) of u.mood hold" in said
    assert "'new'" not in said
    assert small.rows("SELECT id FROM u WHERE mood = 'new'") == [(7,)]
    small.run("DELETE FROM u WHERE id = 7")
    small.db("downgrade")


@SERVERS
def test_a_value_that_a_row_holds_does_not_go(small: Small) -> None:
    begin(small, moods("good", "bad", "odd"))
    small.db("migrate", models=moods("good", "odd"))
    said = small.db("upgrade", fails=True)
    assert "1 value(s) are none of its values" in said or "that 1 row(s) of u.mood hold" in said
    small.run("UPDATE u SET mood = 'odd'")
    small.db("upgrade")
    small.db("check")
    assert small.rows("SELECT mood FROM u") == [("odd",)]


def test_a_new_column_makes_its_enum(small: Small) -> None:
    small.db("migrate", models=moods())
    small.db("upgrade")
    small.db("migrate", models=moods("good", "bad", tables=("t",)))
    small.db("upgrade")
    small.db("migrate", models=moods("good", "bad"))
    small.db("upgrade")
    small.db("check")
    small.run("INSERT INTO u (id, mood) VALUES (1, 'bad')")
    small.run("DELETE FROM u")
    small.db("downgrade", "base")
    small.db("upgrade")
    small.db("check")


@POSTGRESQL
def test_a_text_becomes_an_enum(small: Small) -> None:
    def texts(db: SQLAlchemy) -> None:
        for table in ("t", "u"):
            mood = Column("mood", String(10), index=True)
            Table(table, db.metadata, Column("id", Integer, primary_key=True), mood)

    begin(small, texts)
    small.db("migrate", models=moods("good", "bad"))
    small.db("upgrade")
    small.db("check")
    assert small.rows("SELECT mood FROM t") == [("good",), (None,)]


@POSTGRESQL
def test_a_value_is_used_once_it_is_committed(small: Small) -> None:
    begin(small, moods("good", "bad"))
    small.revision(1, "pass")
    first = small.version()
    small.revision(
        2,
        "op.alter_column('t', 'mood', existing_type=sa.Enum('good', 'bad', name='moods'),\n"
        "    type_=sa.Enum('good', 'bad', 'new', name='moods'))",
    )
    small.revision(3, "op.execute(\"UPDATE t SET mood = 'new'\")")
    (small.folder / "versions/0001.py").unlink()
    file = small.folder / "versions/0002.py"
    file.write_text(file.read_text().replace("'0001'", repr(first)))
    said = small.db("upgrade", fails=True)
    assert "run `flask db upgrade` to the revision that adds it first, and then the rest" in said
    assert small.version() == first
    small.db("upgrade", "0002")
    small.db("upgrade")
    assert small.rows("SELECT DISTINCT mood FROM t") == [("new",)]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_on_sqlite_there_is_nothing_to_do(small: Small) -> None:
    begin(small, moods("good", "bad"))
    assert "No changes in schema detected." in small.db("migrate", models=moods("good", "bad", "x"))
    small.run("INSERT INTO u (id, mood) VALUES (7, 'x')")


@POSTGRESQL
def test_two_tables_of_one_revision_share_an_enum(small: Small) -> None:
    begin(small, moods("good", "bad"))
    assert small.rows(TYPES) == [("moods", "bad"), ("moods", "good")]


@POSTGRESQL
def test_a_type_that_a_revision_makes_by_itself_is_left_to_it(small: Small) -> None:
    begin(small, moods("good", "bad"))
    first = small.version()
    small.revision(1, "pass")
    kinds = "from sqlalchemy.dialects.postgresql import ENUM"
    column = "op.add_column('{0}', sa.Column('m', ENUM({1}name='{2}', create_type=False)))"
    small.revision(
        2,
        "op.execute(\"CREATE TYPE own AS ENUM ('a', 'b')\")\n"
        + column.format("t", "", "own")
        + "\n"
        + column.format("u", "'good', ", "moods"),
        "op.drop_column('u', 'm')\nop.drop_column('t', 'm')\nop.execute('DROP TYPE own')",
        kinds,
    )
    (small.folder / "versions/0001.py").unlink()
    file = small.folder / "versions/0002.py"
    file.write_text(file.read_text().replace("'0001'", repr(first)))
    small.db("upgrade")
    both = [("moods", "bad"), ("moods", "good"), ("own", "a"), ("own", "b")]
    assert small.rows(TYPES) == both
    small.db("downgrade")
    assert small.rows(TYPES) == both[:2]


@POSTGRESQL
def test_values_that_come_can_be_printed(small: Small) -> None:
    begin(small, moods("good", "bad"))
    first = small.version()
    small.db("migrate", models=moods("good", "it's 100%", "bad"))
    said = small.db("upgrade", f"{first}:head", "--sql")
    assert "ALTER TYPE moods ADD VALUE 'it''s 100%' AFTER 'good';" in said
    assert "ALTER TABLE" not in said
    small.db("upgrade")
    small.db("migrate", models=moods("good", "bad"))
    said = small.db("upgrade", f"{small.version()}:head", "--sql", fails=True)
    assert "--sql does not know which columns have it" in said
