"""No message holds a value of a row, whatever is in it."""

import pytest

from safe_schema.reasons import hide_values
from safe_schema.tests.small import Small

SECRET = 'O\'Ho "x" for key\\ \'se\ncret\' for column "z" at row 9'  # noqa: S105
TABLE = """
op.create_table(
    "t",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("s", sa.String(80), unique=True),
    sa.Column("short", sa.String(3)),
    sa.Column("n", sa.Integer),
    sa.Column("at", sa.DateTime),
    sa.Column("moods", sa.Enum("good", "bad", name="moods")),
)
op.get_bind().execute(sa.text("INSERT INTO t (id, s) VALUES (1, :s)"), {"s": SECRET})
"""
ROW = "op.get_bind().execute(sa.text({!r}), {{'s': SECRET}})"
ALTER = "with op.batch_alter_table('t') as b:\n    b.alter_column('s', type_={})"
FAILURES = [
    ROW.format("INSERT INTO t (id, s) VALUES (2, :s)"),
    ROW.format("INSERT INTO t (id, n) VALUES (2, :s)"),
    ROW.format("INSERT INTO t (id, short) VALUES (2, :s)"),
    ROW.format("INSERT INTO t (id, at) VALUES (2, :s)"),
    ROW.format("INSERT INTO t (id, moods) VALUES (2, :s)"),
    ROW.format("UPDATE t SET n = CAST(:s AS DECIMAL) WHERE missing = 1"),
    'op.execute("INSERT INTO t (id, s) VALUES (2, \'" + SECRET.replace("\'", "\'\'") + "\'")',
    'op.execute("UPDATE t SET n = 1 WHERE missing = \'" + SECRET + "\'")',
    'op.execute("SELEKT \'" + SECRET + "\'")',
    "op.bulk_insert(sa.table('t', sa.column('at', sa.DateTime)), [{'at': SECRET}])",
    "op.bulk_insert(sa.table('t', sa.column('s', sa.Enum('a'))), [{'s': SECRET}])",
    "op.get_bind().execute(sa.text('INSERT INTO t (id, s) VALUES (1, :s)'), {'s': 'cret\\0 Ho'})",
    ALTER.format("sa.Integer(), postgresql_using='s::integer'"),
    ALTER.format("sa.String(4)"),
]


@pytest.mark.parametrize("statement", FAILURES)
def test_no_message_holds_a_value(small: Small, statement: str) -> None:
    small.revision(1, TABLE, more=f"SECRET = {SECRET!r}")
    small.db("upgrade")
    small.revision(2, statement, more=f"SECRET = {SECRET!r}")
    said = small.db("upgrade") if runs_on(small, statement) else small.db("upgrade", fails=True)
    for part in ("cret", "Ho", "at row 9"):
        assert part not in said.replace("SECRET", "")


def runs_on(small: Small, statement: str) -> bool:
    """Return whether SQLite, which takes nearly everything, takes it."""
    takes = ("(id, n)", "(id, at)", "(id, short)", "(id, moods)")
    return small.url.startswith("sqlite") and any(each in statement for each in takes)


@pytest.mark.parametrize(
    ("statement", "shown"),
    [
        ("DROP TABLE t", "DROP TABLE t"),
        (
            "ALTER TABLE t ADD s VARCHAR(20) DEFAULT 'x'",
            "ALTER TABLE t ADD s VARCHAR(20) DEFAULT '...'",
        ),
        ("INSERT INTO t2 VALUES (0171, 'a', 'c''d')", "INSERT INTO t2 VALUES (..., '...')"),
        ("UPDATE t SET a = $$secret$$", "UPDATE t SET a = '...'"),
        ("INSERT INTO t VALUES ('cut off in its", "INSERT INTO t VALUES ('...'"),
    ],
)
def test_a_statement_is_shown_without_values(statement: str, shown: str) -> None:
    assert hide_values(statement) == shown


def test_mariadb_takes_double_quotes_for_a_text() -> None:
    assert hide_values('UPDATE t SET a = "se" "cret"', is_mariadb=True) == "UPDATE t SET a = '...'"
    assert hide_values('UPDATE "t" SET a = 1') == 'UPDATE "t" SET a = ...'
