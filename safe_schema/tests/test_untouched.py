"""No step changes a column that it does not name."""

import pytest

from safe_schema.tests.small import Small

TABLE = """
op.create_table(
    "t",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("s", sa.String(20)),
    sa.Column("n", sa.Integer),
)
op.create_table("keyless", sa.Column("a", sa.Integer))
"""
ROW = "INSERT INTO t VALUES (1, 'a', 2)"
# What changes t.s behind the back of those who look at operations and at SQL.
PROCEDURES = {
    "postgresql": "CREATE PROCEDURE change_it() LANGUAGE sql AS "
    "'ALTER TABLE t ALTER s TYPE VARCHAR(40)'",
    "mariadb": "CREATE PROCEDURE change_it() ALTER TABLE t MODIFY s VARCHAR(40)",
}
COPY = """
copy = sa.Table(
    "t", sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True), sa.Column("s", {})
)
with op.batch_alter_table("t", copy_from=copy, recreate="always") as batch:
    batch.add_column(sa.Column("n{}", sa.Integer))
"""

CHANGES = """
op.alter_column("t", "s", existing_type=sa.String(20), new_column_name="name")
with op.batch_alter_table("t") as batch:
    batch.alter_column("name", existing_type=sa.String(20), type_=sa.Text(), server_default="x")
op.rename_table("t", "u")
"""


@pytest.fixture
def begun(small: Small) -> Small:
    """A database at its first revision, with a row."""
    small.revision(1, TABLE)
    small.db("upgrade")
    small.run(ROW)
    for kind, procedure in PROCEDURES.items():
        if small.url.startswith(kind.replace("mariadb", "m")):
            small.run(procedure)
    return small


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_change_that_nothing_names_is_rolled_back(begun: Small) -> None:
    begun.revision(2, "op.execute('CALL change_it()')")
    said = begun.db("upgrade", fails=True)
    assert "Revision 0002 changes t.s, which no operation says: it was 'VARCHAR(20)'" in said
    assert "Let an operation name it, or write deletes = ['t.s'] in the revision file." in said
    assert "column s VARCHAR(20) NULL" in begun.schema()["t"]
    begun.revision(2, "op.execute('CALL change_it()')", more="deletes = ['t.s']")
    begun.db("upgrade")
    assert "column s VARCHAR(40) NULL" in begun.schema()["t"]


@pytest.mark.parametrize("database_url", ["mariadb"], indirect=True)
def test_a_change_that_nothing_names_is_told_where_it_cannot_be_undone(begun: Small) -> None:
    begun.revision(2, "op.execute('CALL change_it()')")
    said = begun.db("upgrade", fails=True)
    assert "Revision 0002 changes t.s, which no operation says: it was 'VARCHAR(20)'" in said
    assert "MariaDB has done that and cannot undo it: bring the column back by hand" in said
    assert begun.version() == "0001"
    begun.run("ALTER TABLE t MODIFY s VARCHAR(20)")
    begun.db("upgrade")
    assert begun.version() == "0002"
    assert "column s VARCHAR(20) NULL" in begun.schema()["t"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("operation", "change"),
    [
        (COPY.format("sa.String(40)", ""), "t.s, which no operation says: it was 'VARCHAR(20)'"),
        (COPY.format("sa.String(20)", "umber"), "t.n, which no operation says: it is gone"),
    ],
)
def test_a_copy_that_is_not_like_its_table_is_refused(
    begun: Small, operation: str, change: str
) -> None:
    schema = begun.schema()
    begun.revision(2, operation)
    assert f"Revision 0002 changes {change}" in begun.db("upgrade", fails=True)
    assert begun.schema() == schema
    assert begun.rows("SELECT * FROM t") == [(1, "a", 2)]


@pytest.mark.parametrize(
    "operations",
    [
        "op.execute('ALTER TABLE t DROP COLUMN n')",
        "op.get_bind().execute(sa.DDL('ALTER TABLE t DROP COLUMN n'))",
        "op.rename_table('t', 'u')\nop.execute('ALTER TABLE u RENAME COLUMN s TO name')",
        CHANGES,
        "with op.batch_alter_table('keyless') as batch:\n    batch.create_primary_key('pk', ['a'])",
        "op.drop_table('keyless')\nop.create_table('keyless', sa.Column('a', sa.Text))",
    ],
)
def test_what_is_named_may_change(begun: Small, operations: str) -> None:
    begun.revision(2, operations)
    begun.db("upgrade")
    assert begun.version() == "0002"


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_an_enum_may_get_a_value(small: Small) -> None:
    small.revision(
        1, "op.create_table('t', sa.Column('mood', sa.Enum('good', 'bad', name='moods')))"
    )
    small.revision(2, "op.execute(\"ALTER TYPE moods ADD VALUE 'fair'\")")
    small.db("upgrade")
    assert small.version() == "0002"


KEPT = """
with op.batch_alter_table(
    "t",
    reflect_args=[sa.Column("s", sa.Text(collation='NOCASE'))],
    table_kwargs={"sqlite_autoincrement": True},
) as batch:
    batch.alter_column("n", existing_type=sa.Integer, nullable=False)
"""


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("forgotten", "instead", "change"),
    [
        (
            "collation='NOCASE'",
            "collation='RTRIM'",
            "t.s, which no operation says: it was 'COLLATE NOCASE'",
        ),
        ("True", "False", "t.id, which no operation says: it was 'AUTOINCREMENT'"),
    ],
)
def test_a_rebuilt_table_keeps_its_collations_and_its_counter(
    small: Small, forgotten: str, instead: str, change: str
) -> None:
    small.run(
        "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, s TEXT COLLATE NOCASE, n INTEGER)"
    )
    schema = small.schema()
    small.revision(1, KEPT.replace(forgotten, instead))
    assert change in small.db("upgrade", fails=True)
    assert small.schema() == schema
    small.revision(1, KEPT)
    small.db("upgrade")
    assert small.version() == "0001"
