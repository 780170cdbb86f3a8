"""What a machine found: migrations that could not be carried out, or not taken back."""

from collections.abc import Callable
from typing import Any

import pytest
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    JSON,
    Column,
    Computed,
    Date,
    DateTime,
    Enum,
    ForeignKey,
    Index,
    Integer,
    Numeric,
    String,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects import mysql, postgresql

from safe_schema.tests.small import Models, Small

ONLY_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
ONLY_POSTGRESQL = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
EXACT = (
    String(20)
    .with_variant(String(20, collation="NOCASE"), "sqlite")
    .with_variant(String(20, collation="C"), "postgresql")
    .with_variant(mysql.VARCHAR(20, collation="utf8mb4_bin"), "mysql", "mariadb")
)


def model(**tables: Callable[[], list[Any]]) -> Models:
    """Return tables of these names, which have an id beside these columns and indexes."""

    def define(db: SQLAlchemy) -> None:
        for name, make in tables.items():
            Table(name, db.metadata, Column("id", Integer, primary_key=True), *make())

    return define


def begin(small: Small, models: Models, *statements: str) -> None:
    small.db("migrate", models=models)
    small.db("upgrade")
    small.run(*statements)


def go_there_and_back(small: Small, models: Models, *options: str) -> None:
    """Migrate, upgrade, downgrade and upgrade again; the schema is as it was each time."""
    before = small.schema()
    small.db("migrate", models=models)
    small.db("upgrade")
    small.db("check")
    after = small.schema()
    small.db("downgrade", *options)
    assert small.schema() == before
    small.db("upgrade")
    assert small.schema() == after


def parent() -> list[Any]:
    return [Column("name", String(20))]


def test_a_table_goes_after_the_key_that_refers_to_it(small: Small) -> None:
    begin(
        small,
        model(parents=parent, children=lambda: [Column("n", ForeignKey("parents.id"))]),
        "INSERT INTO children (id) VALUES (1)",
    )
    go_there_and_back(small, model(children=lambda: [Column("n", Integer)]))
    assert small.rows("SELECT id, n FROM children") == [(1, None)]


def test_the_index_under_a_key_goes_and_the_key_stays(small: Small) -> None:
    def child() -> list[Any]:
        return [Column("n", ForeignKey("parents.id"))]

    begin(
        small,
        model(parents=parent, children=lambda: [*child(), Index("ix_children_n", "n")]),
        "INSERT INTO parents (id) VALUES (1)",
        "INSERT INTO children (id, n) VALUES (1, 1)",
    )
    small.db("migrate", models=model(parents=parent, children=child))
    small.db("upgrade")
    small.db("check")
    assert "index ix_children_n (n)" not in small.schema()["children"]
    assert any("foreign key (n)" in words for words in small.schema()["children"])
    small.db("downgrade")
    assert "index ix_children_n (n)" in small.schema()["children"]
    assert small.rows("SELECT id, n FROM children") == [(1, 1)]


def test_a_key_goes_with_the_index_that_was_made_for_it(small: Small) -> None:
    begin(small, model(parents=parent, children=lambda: [Column("n", ForeignKey("parents.id"))]))
    go_there_and_back(small, model(parents=parent, children=lambda: [Column("n", Integer)]))


def test_another_default_is_seen(small: Small) -> None:
    def price(default: str) -> Models:
        return model(t=lambda: [Column("price", Numeric(10, 4), server_default=text(default))])

    begin(small, price("0.5"))
    small.db("check")  # though MariaDB says 0.5000
    go_there_and_back(small, price("7"))


@pytest.mark.parametrize("default", ["''", "'it''s'", "CURRENT_TIMESTAMP", "(1 + 1)", "NULL"])
def test_the_same_default_is_no_change(small: Small, default: str) -> None:
    is_moment = default == "CURRENT_TIMESTAMP"
    kind = DateTime() if is_moment else Integer() if "+" in default else String(20)
    begin(small, model(t=lambda: [Column("a", kind, server_default=text(default))]))
    small.db("check")


def test_an_empty_text_as_a_default_is_no_change(small: Small) -> None:
    begin(small, model(t=lambda: [Column("a", String(20), server_default="")]))
    small.db("check")


def test_a_generated_column_is_no_change(small: Small) -> None:
    half = Computed("n / 2", persisted=True)
    begin(small, model(t=lambda: [Column("n", Integer), Column("half", Integer, half)]))
    small.db("check")


def test_a_type_of_postgresql_is_written_as_it_can_be_read(small: Small) -> None:
    begin(small, model(t=lambda: [Column("a", Integer)]))
    data = JSON().with_variant(postgresql.JSONB(), "postgresql")
    go_there_and_back(small, model(t=lambda: [Column("a", Integer), Column("data", data)]))


@ONLY_POSTGRESQL
def test_an_enum_goes_with_the_last_column_that_has_it(small: Small) -> None:
    find = "SELECT typname FROM pg_type WHERE typname = 'states'"
    states = Enum("open", "closed", name="states")
    begin(small, model(t=lambda: [Column("a", Integer)]))
    small.db("migrate", models=model(t=lambda: [Column("a", Integer), Column("state", states)]))
    for _ in range(2):
        small.db("upgrade")
        assert small.rows(find)
        small.db("downgrade")
        assert not small.rows(find)


@ONLY_POSTGRESQL
def test_an_enum_that_something_else_needs_stays(small: Small) -> None:
    states = Enum("open", "closed", name="states")
    begin(
        small,
        model(t=lambda: [Column("a", Integer), Column("state", states)]),
        "CREATE FUNCTION f(states) RETURNS integer LANGUAGE sql AS 'SELECT 1'",
    )
    small.db("migrate", models=model(t=lambda: [Column("a", Integer)]))
    small.db("upgrade")
    assert small.rows("SELECT typname FROM pg_type WHERE typname = 'states'")


def test_a_text_has_its_collation_again_on_the_way_back(small: Small) -> None:
    begin(small, model(t=lambda: [Column("s", String(20))]), "INSERT INTO t VALUES (1, 'José')")
    columns = small.columns()
    go_there_and_back(small, model(t=lambda: [Column("s", EXACT)]))
    small.db("downgrade")
    assert small.columns() == columns
    assert small.rows("SELECT s FROM t") == [("José",)]


def test_an_enum_has_its_collation_again_on_the_way_back(small: Small) -> None:
    states = Enum("open", "closed", name="states")
    begin(small, model(t=lambda: [Column("s", states)]), "INSERT INTO t VALUES (1, 'open')")
    columns = small.columns()
    go_there_and_back(small, model(t=lambda: [Column("s", EXACT)]))
    small.db("downgrade")
    assert small.columns() == columns
    assert small.rows("SELECT s FROM t") == [("open",)]


def test_a_table_that_was_dropped_has_its_collations_again(small: Small) -> None:
    begin(small, model(t=lambda: [Column("s", EXACT)], u=parent))
    columns = small.columns()
    small.db("migrate", models=model(u=parent))
    small.db("upgrade")
    small.db("downgrade")
    assert small.columns() == columns


@ONLY_SQLITE
def test_a_day_that_became_a_text_is_one_again(small: Small) -> None:
    begin(
        small,
        model(t=lambda: [Column("day", Date), Column("data", JSON), Column("empty", Text)]),
        "INSERT INTO t VALUES (1, '2024-02-29', '{}', NULL)",
    )
    small.db("migrate", models=model(t=lambda: [Column("day", Text), Column("data", Text)]))
    small.db("upgrade")
    small.db("downgrade", "-x", "deletes=all")
    assert small.rows("SELECT day, data FROM t") == [("2024-02-29", "{}")]


def test_a_text_that_becomes_a_number_has_no_collation(small: Small) -> None:
    begin(small, model(t=lambda: [Column("s", EXACT), Column("a", Integer)]))
    small.db("migrate", models=model(t=lambda: [Column("s", Integer), Column("a", Integer)]))
    if "postgresql" not in small.url:  # which wants to be told how
        small.db("upgrade")
        small.db("check")


def test_a_key_that_is_made_anew_does_what_its_model_says(small: Small) -> None:
    def child(on_delete: str | None) -> list[Any]:
        return [Column("n", ForeignKey("parents.id", ondelete=on_delete))]

    begin(small, model(parents=parent, children=lambda: child("SET NULL")))
    go_there_and_back(small, model(parents=parent, children=lambda: child(None)))
    assert not any("SET NULL" in words for words in small.schema()["children"])
