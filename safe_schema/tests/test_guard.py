"""No operation destroys data, unless its revision says so."""

from typing import NamedTuple

import pytest

from safe_schema.tests.small import Small

TABLES = """
op.create_table("p", sa.Column("id", sa.Integer, primary_key=True))
op.create_table(
    "t",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("s", sa.String(20)),
    sa.Column("n", sa.BigInteger),
    sa.Column("d", sa.Numeric(10, 4)),
    sa.Column("p_id", sa.Integer),
    sa.Column("empty", sa.String(20)),
)
op.create_table("bare", sa.Column("id", sa.Integer, primary_key=True))
op.execute("INSERT INTO p VALUES (1)")
op.execute("INSERT INTO t VALUES (1, '7', 1, 1, 1, NULL)")
op.execute("INSERT INTO t VALUES (2, 'abcdefghij', 99999999999, 1.5, 2, NULL)")
op.execute("INSERT INTO t VALUES (3, '7', 3, 2, NULL, NULL)")
op.execute("INSERT INTO t VALUES (4, NULL, 4, 2, NULL, NULL)")
"""


class Case(NamedTuple):
    name: str
    operation: str
    message: str
    deletes: str | None = None  # what a revision may say to have it done


def batch(table: str, what: str) -> str:
    return f"with op.batch_alter_table('{table}') as batch:\n    batch.{what}"


def alter(column: str, what: str) -> str:
    return f"with op.batch_alter_table('t') as batch:\n    batch.alter_column('{column}', {what})"


OLD = "existing_type=sa.String(20)"
CASES = [
    Case("drop table", "op.drop_table('t')", "drops table t with 4 row(s)", "t"),
    Case(
        "drop column",
        "with op.batch_alter_table('t') as batch:\n    batch.drop_column('s')",
        "drops column t.s with 3 value(s) (id 1, id 2, id 3). If that is meant, write "
        "deletes = ['t.s'] in the revision file.",
        "t.s",
    ),
    Case(
        "add NOT NULL",
        "with op.batch_alter_table('t') as batch:\n"
        "    batch.add_column(sa.Column('z', sa.Integer, nullable=False))",
        "adds t.z NOT NULL without a server_default, and t has 4 row(s)",
    ),
    Case(
        "NOT NULL",
        alter("s", f"{OLD}, nullable=False"),
        "makes t.s NOT NULL, and 1 row(s) hold NULL there (id 4)",
    ),
    Case(
        "shorter",
        alter("s", f"{OLD}, type_=sa.String(5)"),
        "turns t.s into VARCHAR(5), and 1 value(s) are longer (id 2)",
    ),
    Case(
        "number",
        alter("s", f"{OLD}, type_=sa.Integer(), postgresql_using='s::integer'"),
        "turns t.s into INTEGER, and 1 value(s) are no such number (id 2)",
    ),
    Case(
        "narrower",
        alter("n", "existing_type=sa.BigInteger(), type_=sa.Integer()"),
        "turns t.n into INTEGER, and 1 value(s) do not fit (id 2)",
    ),
    Case(
        "whole",
        alter("d", "existing_type=sa.Numeric(10, 4), type_=sa.Integer()"),
        "turns t.d into INTEGER, and 1 value(s) do not fit (id 2)",
    ),
    Case(
        "another kind",
        alter("n", "existing_type=sa.BigInteger(), type_=sa.Date()"),
        "turns t.n into DATE, and 4 value(s) could change",
    ),
    Case(
        "unique constraint",
        "with op.batch_alter_table('t') as batch:\n"
        "    batch.create_unique_constraint('uq_t_s', ['s'])",
        "makes t (s) unique, and 1 value(s) occur more than once. Find them: "
        "SELECT s, count(*) FROM t GROUP BY s HAVING count(*) > 1",
    ),
    Case(
        "unique index",
        "op.create_index('ix_t_s', 't', ['s'], unique=True)",
        "makes t (s) unique, and 1 value(s) occur more than once",
    ),
    Case(
        "foreign key",
        "with op.batch_alter_table('t') as batch:\n"
        "    batch.create_foreign_key('fk_t_p', 'p', ['p_id'], ['id'])",
        "adds a foreign key from t (p_id) to p, and 1 row(s) refer to nothing (id 2)",
    ),
]

HARMLESS = [
    "op.drop_table('bare')",
    "with op.batch_alter_table('t') as batch:\n    batch.drop_column('empty')",
    "op.add_column('t', sa.Column('z', sa.Integer, nullable=False, server_default='1'))",
    batch("bare", "add_column(sa.Column('z', sa.Integer, nullable=False))"),
    alter("n", "existing_type=sa.BigInteger(), nullable=False"),
    alter("s", f"{OLD}, type_=sa.String(10)"),
    alter("s", f"{OLD}, type_=sa.Text()"),
    alter("n", "existing_type=sa.BigInteger(), type_=sa.String(30)"),
    alter("d", "existing_type=sa.Numeric(10, 4), type_=sa.Numeric(12, 4)"),
    alter("p_id", "existing_type=sa.Integer(), type_=sa.BigInteger()"),
    "op.create_index('ix_t_n', 't', ['n'], unique=True)",
    "op.create_index('ix_t_s', 't', ['s'])",
    batch("t", "create_unique_constraint('uq_t', ['s', 'n'])"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_would_destroy_is_refused(small: Small, case: Case) -> None:
    small.revision(1, TABLES)
    small.db("upgrade")
    rows, schema = small.rows("SELECT * FROM t"), small.schema()
    small.revision(2, case.operation)
    said = small.db("upgrade", fails=True)
    assert f"Revision 0002 {case.message}" in said
    assert "abcdefghij" not in said
    assert (small.rows("SELECT * FROM t"), small.version()) == (rows, "0001")
    assert {name: small.schema()[name] for name in schema} == schema


@pytest.mark.parametrize("case", [case for case in CASES if case.deletes], ids=lambda c: c.name)
def test_what_is_meant_is_done(small: Small, case: Case) -> None:
    small.revision(1, TABLES)
    small.revision(2, case.operation, more=f"deletes = [{case.deletes!r}]")
    small.db("upgrade")
    assert small.version() == "0002"


@pytest.mark.parametrize("operation", HARMLESS)
def test_what_does_no_harm_is_done(small: Small, operation: str) -> None:
    small.revision(1, TABLES)
    small.revision(2, operation)
    small.db("upgrade")
    assert small.version() == "0002"


def test_a_downgrade_that_destroys_asks_for_it(small: Small) -> None:
    small.revision(1, TABLES, "op.drop_table('t')")
    small.db("upgrade")
    said = small.db("downgrade", "base", fails=True)
    assert "The downgrade of revision 0001 drops table t with 4 row(s)" in said
    assert "run the downgrade with -x deletes=all" in said
    assert small.version() == "0001"
    small.db("downgrade", "-x", "deletes=all", "base")
    assert small.version() is None


@pytest.mark.parametrize(
    ("value", "new", "fault"),
    [
        ("007", "sa.Integer()", "are no such number"),
        ("1.239", "sa.Numeric(10, 2)", "are no such number"),
        ("3 ", "sa.Integer()", "are no such number"),
    ],
)
def test_a_number_has_to_say_what_the_text_said(
    small: Small, value: str, new: str, fault: str
) -> None:
    small.revision(1, TABLES)
    small.db("upgrade")
    small.run("DELETE FROM t", f"INSERT INTO t (id, s) VALUES (1, '{value}')")  # noqa: S608
    small.revision(2, alter("s", f"{OLD}, type_={new}, postgresql_using='s::numeric'"))
    assert fault in small.db("upgrade", fails=True)
    assert small.rows("SELECT s FROM t") == [(value,)]


@pytest.mark.parametrize("database_url", ["sqlite", "mariadb"], indirect=True)
def test_capitals_do_not_hide_a_column(small: Small) -> None:
    small.revision(1, TABLES)
    small.revision(2, "op.drop_column('t', 'S')")
    assert "drops column t.s with 3 value(s)" in small.db("upgrade", fails=True)


def test_what_is_deleted_is_a_list(small: Small) -> None:
    small.revision(1, TABLES)
    small.revision(2, "op.drop_table('t')", more="deletes = 't.s'")
    assert "In revision 0002, deletes is no list" in small.db("upgrade", fails=True)


@pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
def test_an_index_over_some_rows_is_the_databases_to_check(small: Small) -> None:
    small.revision(1, TABLES)
    where = "sqlite_where=sa.text('id < 2'), postgresql_where=sa.text('id < 2')"
    small.revision(2, f"op.create_index('ix_t_s', 't', ['s'], unique=True, {where})")
    small.db("upgrade")


def test_yes_and_no_as_numbers_become_yes_and_no(small: Small) -> None:
    small.revision(1, TABLES)
    small.db("upgrade")
    change = "existing_type=sa.Integer(), type_=sa.Boolean(), postgresql_using='p_id = 1'"
    small.revision(2, alter("p_id", change))
    assert "1 value(s) do not fit (id 2)" in small.db("upgrade", fails=True)
    small.run("UPDATE t SET p_id = 0 WHERE p_id = 2")
    small.db("upgrade")


KINDS = """
op.create_table(
    "k",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("mood", sa.String(20)),
    sa.Column("day", sa.Date),
    sa.Column("yes", sa.Boolean(create_constraint=False)),
    sa.Column("raw", sa.LargeBinary),
)
row = {"id": 1, "mood": "good", "day": __import__("datetime").date(2026, 11, 20), "yes": True}
op.bulk_insert(sa.table("k", *[sa.column(name) for name in row]), [row])
op.execute("UPDATE k SET raw = 'x'")
"""


def change_kind(column: str, old: str, new: str) -> str:
    using = f"postgresql_using='{column}::{{}}'"
    kinds = {"DateTime": "timestamp", "Integer": "integer", "Enum": "moods", "Text": "text"}
    options = using.format(kinds[new.partition("(")[0]])
    alter_it = f"alter_column('{column}', existing_type=sa.{old}, type_=sa.{new}, {options})"
    make_type = "sa.Enum('good', 'bad', name='moods').create(op.get_bind(), checkfirst=True)\n"
    return (make_type if new.startswith("Enum") else "") + batch("k", alter_it)


@pytest.mark.parametrize(
    ("column", "old", "new"),
    [
        ("day", "Date()", "DateTime()"),
        ("yes", "Boolean()", "Integer()"),
        ("mood", "String(20)", "Enum('good', 'bad', name='moods')"),
    ],
)
def test_a_type_that_keeps_all_values_is_taken(
    small: Small, column: str, old: str, new: str
) -> None:
    small.revision(1, KINDS)
    small.db("upgrade")
    small.revision(2, change_kind(column, old, new))
    small.db("upgrade")
    assert small.version() == "0002"


@pytest.mark.parametrize(
    ("column", "old", "new", "fault"),
    [
        ("mood", "String(20)", "Enum('well', 'ill', name='moods')", "are none of its values"),
        ("raw", "LargeBinary()", "Text()", "could change"),
        ("day", "Date()", "Integer()", "could change"),
    ],
)
def test_a_type_that_does_not_is_refused(
    small: Small, column: str, old: str, new: str, fault: str
) -> None:
    small.revision(1, KINDS)
    small.db("upgrade")
    small.revision(2, change_kind(column, old, new))
    assert f"1 value(s) {fault} (id 1)" in small.db("upgrade", fails=True)
