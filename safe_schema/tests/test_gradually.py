"""`flask db migrate --gradually`: a column is renamed while old code and new code run."""

from pathlib import Path
from typing import Any, NamedTuple

import pytest
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    DateTime,
    Double,
    Enum,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Numeric,
    String,
    Table,
    UniqueConstraint,
)
from sqlalchemy.dialects import mysql

from safe_schema.tests.small import Models, Small

GRADUALLY = ["migrate", "--gradually", "-m", "rename"]
RENAME = [*GRADUALLY, "-x", "rename=people.old:people.new"]
PARTS = ("expand", "copy", "contract")
GO_ON = "When no code that knows it runs any more: flask db upgrade -x contract=yes"
ONLY_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
ONLY_POSTGRESQL = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


class Scenario(NamedTuple):
    """What makes a table's columns and constraints, by the column's name, and a value in SQL."""

    parts: Any
    values: tuple[str, ...] = ("'john'", "'susan'", "'david'", "'anna'")


def column(kind: Any, **options: Any) -> Any:
    return lambda name: [Column(name, kind, **options)]


def with_check(name: str) -> list[Any]:
    rule = CheckConstraint(f"length({name}) < 40", name=f"{name}_length")
    return [Column(name, String(40), nullable=False), rule]


def with_check_of_one_name(name: str) -> list[Any]:
    return [Column(name, String(40)), CheckConstraint(f"length({name}) < 40", name="short")]


def with_index_of_one_name(name: str) -> list[Any]:
    return [
        Column(name, String(40)),
        Column("city", String(20)),
        Index("ix_people_city", "city", name),
        UniqueConstraint(name, "city", name="uq_people"),
    ]


EXACT = DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
MOMENTS = tuple(f"'2026-01-0{day} 10:00:00.123456'" for day in (1, 2, 3, 4))
BINARY = String(40).with_variant(
    mysql.VARCHAR(40, charset="utf8mb4", collation="utf8mb4_bin"), "mysql", "mariadb"
)
SCENARIOS = {
    "plain": Scenario(column(String(40))),
    "index": Scenario(column(String(40), index=True)),
    "unique": Scenario(column(String(40), unique=True)),
    "unique index, not null": Scenario(column(String(40), unique=True, index=True, nullable=False)),
    "default and comment": Scenario(
        column(String(40), server_default="nobody", comment="as typed", nullable=False)
    ),
    "moment": Scenario(column(EXACT, nullable=False), MOMENTS),
    "collation": Scenario(column(BINARY), ("'john'", "'John'", "'JOHN'", "'jOhn'")),
    "json": Scenario(column(JSON), ("'[1]'", "'{}'", "'null'", "'\"1\"'")),
    "enum": Scenario(column(Enum("john", "susan", "david", "anna", name="kind"), nullable=False)),
    "number": Scenario(column(Numeric(20, 4)), ("1.5000", "99999999999999.1234", "0", "-1")),
    "fraction": Scenario(column(Double()), ("0.1", "0.30000000000000004", "1e300", "0.3")),
    "boolean": Scenario(
        column(Boolean, nullable=False, server_default="1"), ("'1'", "'0'", "'1'", "'0'")
    ),
    "bytes": Scenario(column(LargeBinary), ("'john'", "'Susan'", "'sUSAN'", "'susan'")),
    "check": Scenario(with_check),
    "check of one name": Scenario(with_check_of_one_name),
    "index of one name": Scenario(with_index_of_one_name),
}


def people(*parts: Any) -> Models:
    def define(db: Any) -> None:
        made = [each() if callable(each) else each for each in parts]
        Table("people", db.metadata, Column("id", Integer, primary_key=True), *made)

    return define


def of(scenario: Scenario, name: str) -> Models:
    return people(*scenario.parts(name))


def insert(number: int, column: str, value: str) -> str:
    return f"INSERT INTO people (id, {column}) VALUES ({number}, {value})"  # noqa: S608


def update(number: int, column: str, value: str) -> str:
    return f"UPDATE people SET {column} = {value} WHERE id = {number}"  # noqa: S608


def begin(small: Small, scenario: Scenario = SCENARIOS["plain"]) -> None:
    """Make the tables as they were, with a row, and write the revisions."""
    small.db("migrate", models=of(scenario, "old"))
    small.db("upgrade")
    small.run(insert(1, "old", scenario.values[0]))
    small.db(*RENAME, models=of(scenario, "new"))


def step(small: Small, name: str) -> Path:
    """Return the file of a revision."""
    [file] = (small.folder / "versions").glob(f"*_rename_{name}.py")
    return file


@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=SCENARIOS)
def test_both_names_work_until_old_code_has_ended(small: Small, scenario: Scenario) -> None:
    begin(small, scenario)
    _, second, third, fourth = scenario.values
    before = small.schema()
    small.db("upgrade")
    small.run(
        insert(2, "old", second),
        insert(3, "new", third),
        update(2, "new", fourth),
        update(3, "old", second),
    )
    rows = small.rows("SELECT id, old FROM people")
    assert rows == small.rows("SELECT id, new FROM people")
    small.db("upgrade", "-x", "contract=yes")
    small.db("check")
    assert small.rows("SELECT id, new FROM people") == rows
    after = small.schema()
    for _ in range(3):
        small.db("downgrade")
    assert small.schema() == before
    assert small.rows("SELECT id, old FROM people") == rows
    small.db("upgrade", "-x", "contract=yes")
    assert small.schema() == after
    assert small.rows("SELECT id, new FROM people") == rows
    small.run("DROP TABLE people", "DELETE FROM alembic_version")
    small.db("stamp", "base")
    small.create_all(of(scenario, "new"))
    assert small.schema() == after


def test_what_is_written_tells_what_is_done(small: Small) -> None:
    begin(small, SCENARIOS["unique index, not null"])
    expand, copy, contract = (step(small, name).read_text() for name in PARTS)
    assert 'op.keep_equal("people", "old", "new")' in expand.replace("'", '"')
    assert "contracts" not in expand + copy
    assert 'contracts = ["people.old"]' in contract.replace("'", '"')
    assert 'op.stop_keeping_equal("people", "old", "new")' in contract.replace("'", '"')
    assert expand.startswith('"""rename: expand.')


REFUSED = {
    "is in the primary key": (
        people(lambda: Column("old", Integer, primary_key=True)),
        people(lambda: Column("new", Integer, primary_key=True)),
    ),
    "is a foreign key": (
        people(lambda: Column("old", Integer, ForeignKey("people.id"))),
        people(lambda: Column("new", Integer, ForeignKey("people.id"))),
    ),
    "is what foreign keys refer to": (
        people(
            lambda: Column("old", Integer, unique=True),
            lambda: Column("boss", Integer, ForeignKey("people.old", name="fk_boss")),
        ),
        people(
            lambda: Column("new", Integer, unique=True),
            lambda: Column("boss", Integer, ForeignKey("people.new", name="fk_boss")),
        ),
    ),
    "is generated": (
        people(lambda: Column("old", Integer, Computed("7", persisted=True))),
        people(lambda: Column("new", Integer, Computed("7", persisted=True))),
    ),
    "changes its type as well": (
        people(lambda: Column("old", String(40))),
        people(lambda: Column("new", Integer)),
    ),
    "the models ask for more than the rename, add column of people": (
        people(lambda: Column("old", String(40))),
        people(lambda: Column("new", String(40)), lambda: Column("more", Integer)),
    ),
}


@pytest.mark.parametrize("reason", REFUSED)
def test_what_cannot_be_done_gradually_is_refused(small: Small, reason: str) -> None:
    before, after = REFUSED[reason]
    small.db("migrate", models=before)
    small.db("upgrade")
    said = small.db(*RENAME, models=after, fails=True)
    assert "This cannot be done gradually: " in said
    assert reason in said
    assert "Without --gradually it can" in said
    assert len(small.revisions()) == 1


@ONLY_SQLITE
def test_a_table_is_not_renamed_gradually(small: Small) -> None:
    small.db("migrate", models=of(SCENARIOS["plain"], "old"))
    small.db("upgrade")

    def after(db: SQLAlchemy) -> None:
        key = Column("id", Integer, primary_key=True)
        Table("persons", db.metadata, key, Column("old", String(40)))

    said = small.db(*GRADUALLY, "-x", "rename=people:persons", models=after, fails=True)
    assert "This cannot be done gradually: a table is renamed, people" in said
    assert len(small.revisions()) == 1


@ONLY_SQLITE
def test_gradually_is_for_renames(small: Small) -> None:
    small.db("migrate", models=of(SCENARIOS["plain"], "old"))
    small.db("upgrade")
    both = people(lambda: Column("old", String(40)), lambda: Column("more", Integer))
    said = small.db(*GRADUALLY, models=both, fails=True)
    assert "--gradually is for a rename, and none was found" in said
    said = small.db(*GRADUALLY, models=of(SCENARIOS["plain"], "new"), fails=True)
    assert "This looks like a rename" in said
    assert len(small.revisions()) == 1
    assert "--gradually" in small.db("migrate", "--help")


def test_two_columns_are_renamed_at_once(small: Small) -> None:
    before = people(*(lambda n=n: Column(n, String(40)) for n in ("old", "city")))
    after = people(*(lambda n=n: Column(n, String(40)) for n in ("new", "order")))
    small.db("migrate", models=before)
    small.db("upgrade")
    small.run("INSERT INTO people VALUES (1, 'john', 'Rome')")
    small.db(*RENAME, "-x", "rename=people.city:people.order", models=after)
    small.db("upgrade")
    small.run("INSERT INTO people (id, new, city) VALUES (2, 'susan', 'Oslo')")
    small.db("upgrade", "-x", "contract=yes")
    small.db("check")
    order = '"order"' if "mysql" not in small.url and "mariadb" not in small.url else "`order`"
    assert small.rows(f"SELECT id, {order}, new FROM people") == [  # noqa: S608
        (1, "Rome", "john"),
        (2, "Oslo", "susan"),
    ]
    for _ in range(3):
        small.db("downgrade")
    assert small.rows("SELECT id, old, city FROM people") == [
        (1, "john", "Rome"),
        (2, "susan", "Oslo"),
    ]
