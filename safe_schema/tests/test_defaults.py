"""A default that is a text stays that text, whatever is in it and whatever is done to its table."""

from typing import Any

import pytest
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import CheckConstraint, Column, Index, Integer, String, Table, text

from safe_schema.tests.small import Models, Small

WORDS = "it's 100 %, %s and %%"
AS_SQL = text("'it''s 100 %, %s and %%'")


def t(default: Any = None, *, length: int = 40, **others: Any) -> Models:
    """Return a table with such a default; `others` are options of another column."""

    def define(db: SQLAlchemy) -> None:
        columns: list[Column[Any]] = [
            Column("id", Integer, primary_key=True),
            Column("s", String(length), server_default=default),
            Column("n", Integer, **others),
        ]
        Table("t", db.metadata, *columns)

    return define


def without_s(db: SQLAlchemy) -> None:
    Table("t", db.metadata, Column("id", Integer, primary_key=True), Column("n", Integer))


CHANGES = [
    t(WORDS, nullable=False),  # another column
    t(WORDS, length=50),
    t("50 %"),
    t(),
    without_s,
]


def insert(small: Small) -> list[Any]:
    """Return what a row has by default."""
    small.run("DELETE FROM t", "INSERT INTO t (id, n) VALUES (1, 1)")
    found = small.rows("SELECT s FROM t")
    small.run("DELETE FROM t")
    return found


@pytest.mark.parametrize("default", [WORDS, AS_SQL], ids=["text", "SQL"])
def test_percent_signs_in_a_default_stay_as_they_are(small: Small, default: Any) -> None:
    small.db("migrate", models=t(default))
    small.db("upgrade")
    small.db("check")
    assert insert(small) == [(WORDS,)]
    before = small.columns(), small.schema()
    versions = small.folder / "versions"
    first = set(versions.glob("*.py"))
    for change in CHANGES:
        small.db("migrate", models=change)
        small.db("upgrade")
        small.db("check")
        small.db("downgrade")
        assert (small.columns(), small.schema()) == before
        assert insert(small) == [(WORDS,)]
        for file in set(versions.glob("*.py")) - first:  # the next one begins there as well
            file.unlink()


def with_rule(db: SQLAlchemy) -> None:
    Table(
        "t",
        db.metadata,
        Column("id", Integer, primary_key=True),
        Column("n", Integer),
        CheckConstraint("n % 2 = 0", name="even"),
        Index("ix_odd", text("(n % 3)")),
    )


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_percent_signs_in_a_rule_and_an_index_stay_as_they_are(small: Small) -> None:
    small.create_all(with_rule)
    before = small.schema()
    small.run("DROP TABLE t")
    small.db("migrate", models=with_rule)
    assert "%%" not in small.revisions()[-1]
    small.db("upgrade")
    assert small.schema() == before
