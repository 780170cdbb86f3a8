"""`flask db migrate` asks whether something was renamed, and no row is lost."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    BigInteger,
    Column,
    Enum,
    ForeignKey,
    Integer,
    String,
    Table,
    UniqueConstraint,
)

from safe_schema.tests.databases import create_database
from safe_schema.tests.small import Models, Small


class Scenario(NamedTuple):
    """What the models were, what they are, and what the operator says."""

    before: Models
    after: Models
    options: list[str]
    fill: list[str]
    look: tuple[str, str]  # a query before, and after
    is_alike: bool = True  # enough to be asked about


def tables(*definitions: Callable[[SQLAlchemy], Table]) -> Models:
    def define(db: SQLAlchemy) -> None:
        for definition in definitions:
            definition(db)

    return define


def people(*columns: Any, name: str = "people") -> Callable[[SQLAlchemy], Table]:
    """Return what makes a table; its columns are made anew each time."""

    def define(db: SQLAlchemy) -> Table:
        made = [part() if callable(part) else part for part in columns]
        return Table(name, db.metadata, Column("id", Integer, primary_key=True), *made)

    return define


def text(name: str, length: int = 20, **options: Any) -> Callable[[], Column[Any]]:
    return lambda: Column(name, String(length), **options)


TWO_ROWS = [
    "INSERT INTO people (id, username) VALUES (1, 'john')",
    "INSERT INTO people (id, username) VALUES (2, 'susan')",
]
NAMES = ("SELECT id, username FROM people", "SELECT id, name FROM people")
RENAME = ["-x", "rename=people.username:people.name"]


def column_renamed(**options: Any) -> Scenario:
    return Scenario(
        tables(people(text("username", **options))),
        tables(people(text("name", **options))),
        RENAME,
        TWO_ROWS,
        NAMES,
    )


def posts(parent: str, column: str = "id") -> Callable[[SQLAlchemy], Table]:
    def define(db: SQLAlchemy) -> Table:
        key = ForeignKey(f"{parent}.{column}")
        return Table(
            "posts",
            db.metadata,
            Column("id", Integer, primary_key=True),
            Column("author", Integer, key, index=True),
        )

    return define


def numbered(db: SQLAlchemy, key: str) -> Table:
    return Table(
        "people",
        db.metadata,
        Column(key, Integer, primary_key=True),
        Column("boss", Integer, ForeignKey(f"people.{key}")),
    )


SCENARIOS = {
    "plain": column_renamed(),
    "index": column_renamed(index=True),
    "unique": column_renamed(unique=True),
    "unique index": column_renamed(unique=True, index=True),
    "not null": column_renamed(nullable=False),
    "comment and default": column_renamed(server_default="nobody", comment="as typed"),
    "longer, and an index": Scenario(
        tables(people(text("username"))),
        tables(people(text("name", 40, index=True, nullable=False))),
        RENAME,
        TWO_ROWS,
        NAMES,
    ),
    "two, and a drop": Scenario(
        tables(people(text("username"), text("city"), text("old"))),
        tables(
            people(
                text("name"),
                text("town"),
                lambda: UniqueConstraint("name", "town"),
            )
        ),
        [*RENAME, "-x", "rename=people.city:people.town", "-x", "drop=people.old"],
        ["INSERT INTO people VALUES (1, 'john', 'Rome', 'x')"],
        ("SELECT id, username, city FROM people", "SELECT id, name, town FROM people"),
    ),
    "foreign key": Scenario(
        tables(people(text("username")), posts("people")),
        tables(
            people(text("username")),
            lambda db: Table(
                "posts",
                db.metadata,
                Column("id", Integer, primary_key=True),
                Column("writer", Integer, ForeignKey("people.id"), index=True),
            ),
        ),
        ["-x", "rename=posts.author:posts.writer"],
        [TWO_ROWS[0], "INSERT INTO posts VALUES (1, 1)"],
        ("SELECT id, author FROM posts", "SELECT id, writer FROM posts"),
    ),
    "primary key that others refer to": Scenario(
        tables(lambda db: numbered(db, "id"), posts("people")),
        tables(lambda db: numbered(db, "number"), posts("people", "number")),
        ["-x", "rename=people.id:people.number"],
        [
            "INSERT INTO people VALUES (1, NULL)",
            "INSERT INTO people VALUES (2, 1)",
            "INSERT INTO posts VALUES (1, 2)",
        ],
        ("SELECT id, boss FROM people", "SELECT number, boss FROM people"),
    ),
    "table": Scenario(
        tables(people(text("username", unique=True)), posts("people")),
        tables(people(text("username", unique=True), name="users"), posts("users")),
        ["-x", "rename=people:users"],
        [*TWO_ROWS, "INSERT INTO posts VALUES (1, 2)"],
        ("SELECT id, username FROM people", "SELECT id, username FROM users"),
    ),
    "table and column": Scenario(
        tables(people(text("username", index=True))),
        tables(people(text("name", index=True), name="users")),
        ["-x", "rename=people:users", "-x", "rename=users.username:users.name"],
        TWO_ROWS,
        ("SELECT id, username FROM people", "SELECT id, name FROM users"),
        is_alike=False,
    ),
    "and an indexed column that goes": Scenario(
        tables(people(text("username", index=True), text("old", index=True))),
        tables(people(text("name", index=True))),
        [*RENAME, "-x", "drop=people.old"],
        TWO_ROWS,
        NAMES,
    ),
    "enum and number": Scenario(
        tables(
            people(
                lambda: Column("mood", Enum("good", "bad", name="moods"), server_default="good"),
                lambda: Column("count", BigInteger, nullable=False),
            )
        ),
        tables(
            people(
                lambda: Column("humour", Enum("good", "bad", name="moods"), server_default="good"),
                lambda: Column("total", BigInteger, nullable=False),
            )
        ),
        ["-x", "rename=people.mood:people.humour", "-x", "rename=people.count:people.total"],
        ["INSERT INTO people (id, mood, count) VALUES (1, 'bad', 99999999999)"],
        ("SELECT id, mood, count FROM people", "SELECT id, humour, total FROM people"),
    ),
}


def begin(small: Small, scenario: Scenario) -> None:
    """Bring the database to where the models were, with rows."""
    small.db("migrate", models=scenario.before)
    small.db("upgrade")
    small.run(*scenario.fill)


def go_on(small: Small, scenario: Scenario) -> None:
    """Upgrade, and back, and again; no row may be lost."""
    before, after = scenario.look
    rows, schema = small.rows(before), small.schema()
    small.db("upgrade")
    assert small.rows(after) == rows
    small.db("check")
    upgraded = small.schema()
    small.db("downgrade", "-x", "deletes=all")
    assert small.rows(before) == rows
    assert small.schema() == schema
    small.db("upgrade")
    assert small.rows(after) == rows
    assert small.schema() == upgraded


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_rename_keeps_the_rows(small: Small, name: str) -> None:
    scenario = SCENARIOS[name]
    begin(small, scenario)
    if scenario.is_alike:
        said = small.db("migrate", models=scenario.after, fails=True)
        assert "This looks like a rename; no migration was written." in said
        assert len(small.revisions()) == 1
    small.db("migrate", *scenario.options, models=scenario.after)
    assert "new_column_name=" in small.revisions()[-1] or "op.rename_table" in small.revisions()[-1]
    go_on(small, scenario)


@pytest.mark.parametrize("database_url", ["postgresql", "mariadb"], indirect=True)
@pytest.mark.parametrize("name", SCENARIOS)
def test_a_rename_that_was_written_on_sqlite_runs_elsewhere(
    small: Small, name: str, tmp_path: Path
) -> None:
    scenario = SCENARIOS[name]
    (tmp_path / "sqlite").mkdir()
    with create_database("sqlite", tmp_path / "sqlite") as url:
        elsewhere, small.url = small.url, url
        begin(small, scenario)
        small.db("migrate", *scenario.options, models=scenario.after)
        small.url = elsewhere
    small.build(scenario.after)
    small.db("upgrade", "+1")
    small.run(*scenario.fill)
    go_on(small, scenario)


def test_what_is_dropped_is_written_into_the_revision(small: Small) -> None:
    scenario = SCENARIOS["plain"]
    begin(small, scenario)
    said = small.db("migrate", models=scenario.after, fails=True)
    assert "-x rename=people.username:people.name" in said
    assert "-x drop=people.username" in said
    small.db("migrate", "-x", "drop=people.username")
    assert "deletes = ['people.username']" in small.revisions()[-1]
    small.db("upgrade")
    assert small.rows("SELECT id, name FROM people") == [(1, None), (2, None)]


def test_a_drop_that_looks_like_nothing_is_refused_while_there_are_values(small: Small) -> None:
    begin(small, SCENARIOS["plain"])
    small.db("migrate", models=tables(people()))
    assert "drops column people.username with 2 value(s)" in small.db("upgrade", fails=True)
    small.run("UPDATE people SET username = NULL")
    small.db("upgrade")


@pytest.mark.parametrize(
    "option", ["rename=people.usrname:people.name", "rename=people.username", "drop=posts"]
)
def test_an_option_that_matches_nothing_is_an_error(small: Small, option: str) -> None:
    scenario = SCENARIOS["plain"]
    begin(small, scenario)
    said = small.db("migrate", *RENAME, "-x", option, models=scenario.after, fails=True)
    assert f"Nothing matches -x {option}" in said
    assert len(small.revisions()) == 1


def test_a_check_asks_nothing(small: Small) -> None:
    begin(small, SCENARIOS["plain"])
    said = small.db("check", models=SCENARIOS["plain"].after, fails=True)
    assert "New upgrade operations detected" in said


def test_unlike_columns_are_no_rename(small: Small) -> None:
    begin(small, SCENARIOS["plain"])
    after = tables(people(lambda: Column("age", Integer)))
    small.db("migrate", models=after)
    assert "new_column_name" not in small.revisions()[-1]
