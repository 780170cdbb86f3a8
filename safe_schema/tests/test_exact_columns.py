"""A column keeps what its revision does not change, wherever the revision was written."""

from pathlib import Path
from typing import Any

import pytest
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import JSON, Column, DateTime, Double, Integer, Numeric, String, Table
from sqlalchemy.dialects import mysql

from safe_schema.tests.databases import create_database
from safe_schema.tests.small import Models, Small

ONLY_MARIADB = pytest.mark.parametrize("database_url", ["mariadb"], indirect=True)

MOMENT = "2026-11-21 12:00:00.123456"
VALUES = f"'José', '{MOMENT}', 1.55, 1.23456789012345, '{{}}'"
NAMES = "name, at, price, factor, data"
LOOK = f"SELECT {NAMES} FROM t"  # noqa: S608


def model(*, nullable: bool) -> Models:
    """Return a table whose types are not the same on any two databases."""

    def define(db: SQLAlchemy) -> None:
        text = (
            String(64)
            .with_variant(String(64, collation="C"), "postgresql")
            .with_variant(mysql.VARCHAR(64, collation="utf8mb4_bin"), "mysql", "mariadb")
        )
        moment = DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
        Table(
            "t",
            db.metadata,
            Column("id", Integer, primary_key=True),
            Column("name", text, unique=True, nullable=nullable, comment="as typed"),
            Column("at", moment, nullable=nullable),
            Column("price", Numeric(10, 4), nullable=nullable, server_default="0.5"),
            Column("factor", Double(), nullable=nullable),
            Column("data", JSON, nullable=nullable),
        )

    return define


def insert(small: Small) -> None:
    small.run(f"INSERT INTO t (id, {NAMES}) VALUES (1, {VALUES.replace(':', chr(92) + ':')})")  # noqa: S608


def definitions(small: Small) -> list[str]:
    """Return what MariaDB says of the table's columns."""
    [(_name, statement)] = small.rows("SHOW CREATE TABLE t")
    return [line.strip(" ,") for line in statement.splitlines() if line.startswith("  `")]


@pytest.mark.parametrize("database_url", ["postgresql", "mariadb"], indirect=True)
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_change_that_was_written_elsewhere_keeps_types_and_values(
    small: Small, kind: str, tmp_path: Path
) -> None:
    with create_database(kind, tmp_path) as url:
        here, small.url = small.url, url
        small.db("migrate", models=model(nullable=False))
        small.db("upgrade")
        small.db("migrate", models=model(nullable=True))
        small.url = here
    small.build(model(nullable=True))
    small.db("upgrade", "+1")
    insert(small)
    rows, schema = small.rows(LOOK), small.schema()
    small.db("upgrade")
    assert small.rows(LOOK) == rows
    can_be_null = {words.replace("NOT NULL", "NULL") for words in schema["t"]}
    assert {words.replace("NOT NULL", "NULL") for words in small.schema()["t"]} == can_be_null
    small.db("check")
    small.db("downgrade")
    assert (small.rows(LOOK), small.schema()) == (rows, schema)


@ONLY_MARIADB
def test_a_revision_has_the_types_of_the_models(small: Small) -> None:
    small.db("migrate", models=model(nullable=False))
    small.db("upgrade")
    small.db("migrate", models=model(nullable=True))
    written = "".join(small.revisions()[-1].split())
    assert "existing_type=sa.Double()" in written
    assert "existing_type=sa.DateTime().with_variant(mysql.DATETIME(fsp=6)" in written
    assert "existing_type=sa.JSON()" in written


TABLE = """
CREATE TABLE t (
    id INTEGER PRIMARY KEY AUTO_INCREMENT,
    name VARCHAR(64) COLLATE utf8mb4_bin DEFAULT 'a%b' COMMENT 'it''s 100 %',
    at DATETIME(6) DEFAULT current_timestamp(6) ON UPDATE current_timestamp(6),
    price DECIMAL(10, 4) UNSIGNED,
    factor DOUBLE,
    data JSON,
    UNIQUE (name)
) DEFAULT CHARSET latin1
"""
INEXACT = {
    "name": "String(64)",
    "at": "DateTime()",
    "price": "Numeric()",
    "factor": "Float()",
    "data": "Text()",
}
ASKED = {
    "nullable=False": " NOT NULL",
    "comment='why: 5 %'": " COMMENT 'why: 5 %'",
    "new_column_name='other'": "",
}


@pytest.fixture
def exact(small: Small) -> Small:
    """A table that says all that MariaDB keeps of a column, with a row."""
    small.run(TABLE)
    insert(small)
    return small


def without(definition: str, words: str) -> str:
    """Return a definition without what was asked for, and what cannot be there with it."""
    for each in (words, " DEFAULT NULL", " COMMENT 'it''s 100 %'" if "COMMENT" in words else ""):
        definition = definition.replace(each, "") if each else definition
    return definition


@ONLY_MARIADB
@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("way", ["op.alter_column('t', {})", "batch.alter_column({})"])
def test_what_a_revision_says_wrongly_is_not_done(exact: Small, asked: str, way: str) -> None:
    before, rows = definitions(exact), exact.rows(LOOK)
    beginning = "with op.batch_alter_table('t') as batch:\n    " if "batch" in way else ""
    for number, (name, kind) in enumerate(INEXACT.items(), start=1):
        wrong = f"existing_type=sa.{kind}, existing_nullable=False, existing_comment='no'"
        words = asked.replace("other", f"other_{name}")
        exact.revision(number, beginning + way.format(f"{name!r}, {wrong}, {words}"))
    exact.db("upgrade")
    after = [line.replace("other_", "") for line in definitions(exact)]
    assert [without(line, ASKED[asked]) for line in after] == [
        without(line, ASKED[asked]) for line in before
    ]
    assert sum(ASKED[asked] in line for line in after) >= len(INEXACT)
    assert exact.rows("SELECT * FROM t")[0][1:] == rows[0]


@ONLY_MARIADB
def test_a_default_changes_alone(exact: Small) -> None:
    before = definitions(exact)
    exact.revision(
        1,
        "op.alter_column('t', 'name', server_default='x%')\n"
        "op.alter_column('t', 'at', server_default=None)",
    )
    exact.db("upgrade")
    before[1] = before[1].replace("'a%b'", "'x%'")
    before[2] = before[2].replace("current_timestamp(6) ON", "NULL ON")
    assert definitions(exact) == before


@ONLY_MARIADB
def test_ids_go_on_being_counted(exact: Small) -> None:
    before = definitions(exact)
    exact.revision(1, "op.alter_column('t', 'id', existing_type=sa.Integer(), comment='a key')")
    exact.db("upgrade")
    assert definitions(exact)[0] == f"{before[0]} COMMENT 'a key'"


@ONLY_MARIADB
@pytest.mark.parametrize(
    ("kind", "collation"),
    [
        ("sa.String(80)", "utf8mb4_bin"),
        ("mysql.VARCHAR(80, charset='utf8mb4')", "utf8mb4_bin"),
        ("sa.Text()", "utf8mb4_bin"),
        ("sa.String(80, collation='utf8mb4_nopad_bin')", "utf8mb4_nopad_bin"),
    ],
)
def test_a_new_type_keeps_the_collation_unless_it_names_one(
    exact: Small, kind: str, collation: str
) -> None:
    exact.run("INSERT INTO t (name) VALUES ('Jose')", "ALTER TABLE t DROP INDEX name")
    exact.revision(
        1,
        "from sqlalchemy.dialects import mysql\n"
        f"op.alter_column('t', 'name', existing_type=sa.String(64), type_={kind})",
    )
    exact.db("upgrade")
    assert f"COLLATE {collation} " in definitions(exact)[1]
    assert exact.rows("SELECT count(DISTINCT name) FROM t") == [(2,)]


@ONLY_MARIADB
def test_fewer_digits_of_a_second_are_refused(exact: Small) -> None:
    exact.revision(
        1,
        "from sqlalchemy.dialects import mysql\n"
        "op.alter_column('t', 'at', existing_type=sa.DateTime(), type_=mysql.DATETIME(fsp=3))",
    )
    assert "turns t.at into DATETIME(3), and 1 value(s) would change" in exact.db(
        "upgrade", fails=True
    )


@ONLY_MARIADB
def test_a_column_that_cannot_be_said_anew_is_left_alone(exact: Small) -> None:
    exact.run("ALTER TABLE t ADD twice INTEGER AS (id * 2) VIRTUAL")
    exact.revision(1, "op.alter_column('t', 'twice', existing_type=sa.Integer(), comment='x')")
    assert "The column t.twice is virtual generated" in exact.db("upgrade", fails=True)
    exact.revision(1, "op.alter_column('t', 'twice', new_column_name='double')")
    exact.db("upgrade")
    assert exact.rows("SELECT `double` FROM t") == [(2,)]


@ONLY_MARIADB
def test_a_column_that_is_not_there_is_told(exact: Small) -> None:
    exact.revision(1, "op.alter_column('t', 'nmae', existing_type=sa.Text(), nullable=False)")
    assert "There is no column t.nmae to be changed." in exact.db("upgrade", fails=True)


@ONLY_MARIADB
def test_without_a_database_the_revision_is_believed(small: Small) -> None:
    small.revision(1, "op.alter_column('t', 's', existing_type=sa.String(5), nullable=False)")
    printed = small.upgrade("--sql").wait().stdout
    assert "ALTER TABLE t MODIFY s VARCHAR(5) NOT NULL;" in printed


@ONLY_MARIADB
def test_a_column_that_changed_since_can_be_passed_over(exact: Small) -> None:
    exact.revision(
        1,
        "op.alter_column('t', 'name', existing_type=sa.String(64), nullable=False)\n"
        "op.alter_column('t', 'name', existing_type=sa.String(64), type_=sa.String(80))\n"
        "op.alter_column('t', 'name', existing_type=sa.String(80), new_column_name='title')\n"
        "op.execute('INSERT INTO t (price) VALUES (-1)')",
    )
    for _ in range(2):
        assert "price" in exact.db("upgrade", fails=True)
    exact.run("ALTER TABLE t MODIFY price DECIMAL(10, 4), MODIFY title VARCHAR(80)")
    exact.db("upgrade")
    assert exact.version() == "0001"


def moment_and_text(digits: int, collation: str) -> Models:
    def define(db: SQLAlchemy) -> None:
        columns: list[Column[Any]] = [
            Column("name", String(64, collation=collation)),
            Column("at", DateTime().with_variant(mysql.DATETIME(fsp=digits), "mysql", "mariadb")),
        ]
        Table("t", db.metadata, Column("id", Integer, primary_key=True), *columns)

    return define


@pytest.mark.parametrize(
    ("database_url", "collation", "other"),
    [("postgresql", "C", "POSIX"), ("mariadb", "utf8mb4_bin", "utf8mb4_general_ci")],
    indirect=["database_url"],
)
def test_another_collation_is_seen(small: Small, collation: str, other: str) -> None:
    small.db("migrate", models=moment_and_text(6, other))
    small.db("upgrade")
    small.db("check")
    said = small.db("check", models=moment_and_text(6, collation), fails=True)
    assert "New upgrade operations detected" in said
    small.db("migrate")
    small.db("upgrade")
    small.db("check")


@ONLY_MARIADB
def test_other_fractions_of_a_second_are_seen(small: Small) -> None:
    small.db("migrate", models=moment_and_text(0, "utf8mb4_bin"))
    small.db("upgrade")
    said = small.db("check", models=moment_and_text(6, "utf8mb4_bin"), fails=True)
    assert "New upgrade operations detected" in said
    small.db("migrate")
    small.db("upgrade")
    small.db("check")
