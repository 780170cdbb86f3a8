"""Conversions that change a value without a word are refused, and the way out is told."""

import pytest

from safe_schema.protection import trials
from safe_schema.tests.small import Small

ALTER = """
with op.batch_alter_table("t") as batch:
    batch.alter_column("v", existing_type=sa.{}, type_=sa.{}, postgresql_using={!r})
"""


def change(old: str, new: str, using: str | None = None) -> str:
    return ALTER.format(old, new, using)


@pytest.fixture
def postgresql(small: Small) -> Small:
    return small


ONLY_POSTGRESQL = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


@pytest.fixture
def berlin(small: Small) -> Small:
    """A database whose sessions are in a zone with an hour that comes twice, with two moments."""
    small.run(
        f"ALTER DATABASE \"{small.url.rpartition('/')[2]}\" SET timezone = 'Europe/Berlin'",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, v TIMESTAMPTZ)",
        "INSERT INTO t VALUES (1, '2026-10-25 00:30+00'), (2, '2026-10-25 01:30+00')",
    )
    return small


AWARE, NAIVE = "DateTime(timezone=True)", "DateTime()"


@ONLY_POSTGRESQL
def test_moments_are_not_taken_for_local_times(berlin: Small) -> None:
    berlin.revision(1, change(AWARE, NAIVE))
    said = berlin.db("upgrade", fails=True)
    assert (
        "2 value(s) would be taken for times of Europe/Berlin, the session's time zone "
        "(id 1, id 2). Say which it is: postgresql_using=\"v AT TIME ZONE 'UTC'\"."
    ) in said
    berlin.revision(1, change(AWARE, NAIVE, "v AT TIME ZONE 'UTC'"))
    berlin.db("upgrade")
    texts = "SELECT id, v::text FROM t"
    assert berlin.rows(texts) == [(1, "2026-10-25 00:30:00"), (2, "2026-10-25 01:30:00")]
    berlin.revision(2, change(NAIVE, AWARE))
    assert "2 value(s) would be taken for times of Europe/Berlin" in berlin.db(
        "upgrade", fails=True
    )
    berlin.revision(2, change(NAIVE, AWARE, "v AT TIME ZONE 'UTC'"))
    berlin.db("upgrade")
    assert berlin.rows("SELECT id, (v AT TIME ZONE 'UTC')::text FROM t") == [
        (1, "2026-10-25 00:30:00"),
        (2, "2026-10-25 01:30:00"),
    ]


@ONLY_POSTGRESQL
def test_two_moments_do_not_become_one(berlin: Small) -> None:
    berlin.revision(1, change(AWARE, NAIVE, "v AT TIME ZONE 'Europe/Berlin'"))
    assert "1 value(s) would change (id 1)" in berlin.db("upgrade", fails=True)


@ONLY_POSTGRESQL
@pytest.mark.parametrize(
    "case",
    [
        ("TEXT", "abcdef", "Text()", "Text()", "left(v, 1)", "would change (id 1)"),
        ("TEXT", "abcdef", "Text()", "String(3)", "v::varchar(3)", "are longer (id 1)"),
        ("INTEGER", "7", "Integer()", "Integer()", "v + 1", "do not fit (id 1)"),
        (
            "NUMERIC(10, 2)",
            "1.55",
            "Numeric(10, 2)",
            "Integer()",
            "v::integer",
            "do not fit (id 1)",
        ),
        ("JSON", '{"a": 1, "a": 2}', "JSON()", "dialects.postgresql.JSONB()", None, "a key twice"),
    ],
)
def test_what_an_expression_would_change_is_refused(
    small: Small, case: tuple[str, str, str, str, str | None, str]
) -> None:
    kind, value, old, new, using, fault = case
    small.run(
        f"CREATE TABLE t (id INTEGER PRIMARY KEY, v {kind})",
        f"INSERT INTO t VALUES (1, '{value}'), (2, NULL)",  # noqa: S608
    )
    imports = "import sqlalchemy.dialects.postgresql\n"
    small.revision(1, imports + change(old, new, using))
    assert fault in small.db("upgrade", fails=True)
    small.revision(1, imports + change(old, new, using), more="deletes = ['t.v']")
    small.db("upgrade")


@ONLY_POSTGRESQL
def test_an_expression_that_changes_nothing_is_taken(small: Small) -> None:
    small.run(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)",
        "INSERT INTO t VALUES (1, '2026-11-22'), (2, '2026-11-23')",
    )
    small.revision(1, change("Text()", "Date()", "to_date(v, 'YYYY-MM-DD')"))
    small.db("upgrade")
    assert small.rows("SELECT v::text FROM t") == [("2026-11-22",), ("2026-11-23",)]


@ONLY_POSTGRESQL
def test_what_cannot_be_converted_is_found_row_by_row(small: Small) -> None:
    small.run(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)",
        "INSERT INTO t VALUES (1, '2026-11-22'), (2, '22nd'), (3, 'today')",
    )
    small.revision(1, change("Text()", "Date()", "v::date"))
    assert "2 value(s) would change (id 2, id 3)" in small.db("upgrade", fails=True)


@pytest.mark.parametrize("database_url", ["mariadb"], indirect=True)
@pytest.mark.parametrize(
    "case",
    [
        ("VARCHAR(64)", "ab ", "String(64)", "CHAR(64)", "would change"),
        (
            "VARBINARY(9)",
            "ab",
            "VARBINARY(9)",
            "BINARY(16)",
            "shorter or longer, and would be padded",
        ),
        ("ENUM('Open')", "Open", "Enum('Open')", "Enum('open')", "are none of its values"),
        ("VARCHAR(9)", "OPEN", "String(9)", "Enum('open')", "are none of its values"),
        ("INTEGER UNSIGNED", "3000000000", "Integer()", "Integer()", "do not fit"),
        ("LONGTEXT", "x" * 70000, "Text()", "Text()", "would change"),
    ],
)
def test_mariadb_is_asked_first(small: Small, case: tuple[str, str, str, str, str]) -> None:
    kind, value, old, new, fault = case
    small.run(
        f"CREATE TABLE t (id INTEGER PRIMARY KEY, v {kind})",
        f"INSERT INTO t VALUES (1, '{value}')",  # noqa: S608
    )
    small.revision(1, change(old, new))
    assert f"1 value(s) {fault}" in small.db("upgrade", fails=True).replace(
        "are shorter", "shorter"
    )
    assert small.rows("SELECT v FROM t")[0][0] in {value, value.encode(), 3000000000}


@pytest.mark.parametrize("database_url", ["mariadb"], indirect=True)
def test_mariadb_needs_a_privilege_to_be_asked(
    small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    small.run(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)", "INSERT INTO t VALUES (1, 'secret')"
    )
    monkeypatch.setattr(trials, "define", lambda *_: "NO SUCH TYPE")
    small.revision(1, change("Text()", "String(9)"))
    said = small.db("upgrade", fails=True)
    assert "the values of t.v could not be tried in a temporary table (error" in said
    assert "secret" not in said
