"""A database whose tables were dropped, while its history says that they are there."""

import pytest
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Column, Integer, Table

from safe_schema.tests.small import Small


def models(db: SQLAlchemy) -> None:
    Table("t", db.metadata, Column("id", Integer, primary_key=True))
    Table("u", db.metadata, Column("id", Integer, primary_key=True))


@pytest.fixture
def upgraded(small: Small) -> Small:
    small.db("migrate", models=models)
    small.db("upgrade")
    return small


def test_a_database_that_holds_nothing_but_its_history_begins_anew(upgraded: Small) -> None:
    upgraded.run("DROP TABLE t", "DROP TABLE u")
    said = upgraded.db("upgrade")
    assert f"at {upgraded.version()}, and holds no table; it begins anew." in said
    assert upgraded.schema().keys() == {"t", "u"}
    assert "begins anew" not in upgraded.db("upgrade")


def test_beside_the_tables_of_others_it_says_what_to_do(upgraded: Small) -> None:
    upgraded.run("DROP TABLE t", "DROP TABLE u", "CREATE TABLE others (id INTEGER)")
    version = upgraded.version()
    assert "`flask db stamp base` and `flask db upgrade`" in upgraded.db("upgrade", fails=True)
    assert upgraded.version() == version
    upgraded.db("stamp", "base")
    upgraded.db("upgrade")
    assert upgraded.schema().keys() == {"others", "t", "u"}


def test_what_is_partly_there_is_left_alone(upgraded: Small) -> None:
    upgraded.run("DROP TABLE t", "INSERT INTO u (id) VALUES (7)")
    version = upgraded.version()
    upgraded.db("upgrade")
    assert upgraded.version() == version
    assert upgraded.rows("SELECT id FROM u") == [(7,)]


def test_a_history_without_models_is_left_alone(small: Small) -> None:
    small.revision(1, "pass")
    small.db("upgrade")
    assert "begins anew" not in small.db("upgrade")
    assert small.version() == "0001"


def test_a_table_that_is_to_be_renamed_is_not_gone(small: Small) -> None:
    small.revision(1, "op.create_table('people', sa.Column('id', sa.Integer, primary_key=True))")
    small.db("upgrade")
    small.run("INSERT INTO people (id) VALUES (7)")
    small.revision(2, "op.rename_table('people', 't')")
    small.db("upgrade", models=models)
    assert small.rows("SELECT id FROM t") == [(7,)]
