"""A database that `db.create_all()` made gets a history."""

import pytest
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Column, Connection, ForeignKey, Integer, String, Table

from safe_schema.runs import adoption
from safe_schema.tests.small import Small


def first(db: SQLAlchemy) -> None:
    Table("t", db.metadata, Column("id", Integer, primary_key=True), Column("s", String(20)))


def second(db: SQLAlchemy) -> None:
    Table(
        "t",
        db.metadata,
        Column("id", Integer, primary_key=True),
        Column("s", String(20), index=True),
        Column("n", Integer, nullable=False, server_default="7"),
    )


def third(db: SQLAlchemy) -> None:
    second(db)
    key = Column("t_id", Integer, ForeignKey("t.id"))
    Table("posts", db.metadata, Column("id", Integer, primary_key=True), key)


MODELS = [first, second, third]


@pytest.fixture
def written(small: Small) -> Small:
    """The revisions of all models, on a database that is empty again."""
    for models in MODELS:
        small.db("migrate", models=models)
        small.db("upgrade")
    small.db("downgrade", "base")
    small.run("DROP TABLE alembic_version")
    return small


@pytest.fixture
def scratches(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the scratch places that are made: others may have theirs on the same server."""
    names: list[str] = []
    create = adoption.create_scratch

    def create_and_note(connection: Connection, statement: str, privilege: str) -> None:
        names.append(statement.rpartition(" ")[2])
        create(connection, statement, privilege)

    monkeypatch.setattr(adoption, "create_scratch", create_and_note)
    return names


@pytest.mark.parametrize("number", [0, 1, 2])
def test_tables_without_a_history_get_the_one_they_equal(written: Small, number: int) -> None:
    written.create_all(MODELS[number])
    written.run("INSERT INTO t (id, s) VALUES (1, 'john')")
    said = written.db("upgrade", models=third)
    assert "The database had no history; it equals revision" in said
    assert written.rows("SELECT id, s, n FROM t") == [(1, "john", 7)]
    written.db("check")


@pytest.mark.parametrize(
    ("change", "difference"),
    [
        ("DROP INDEX ix_t_s", "t: index ix_t_s (s) is missing"),
        ("CREATE INDEX ix_more ON t (n)", "t: index ix_more (n) is extra"),
        ("ALTER TABLE t ADD COLUMN age INTEGER", "t: column age INTEGER NULL is extra"),
    ],
)
def test_tables_that_equal_no_revision_are_left_alone(
    written: Small, scratches: list[str], change: str, difference: str
) -> None:
    written.create_all(third)
    with written.engine().connect() as connection:
        if connection.dialect.name in {"mysql", "mariadb"} and change.startswith("DROP INDEX"):
            change += " ON t"
    written.run(change, "INSERT INTO t (id, s) VALUES (1, 'john')")
    said = written.db("upgrade", fails=True)
    assert "equals no revision. Nearest is" in said
    assert "1 difference(s): " in said
    assert difference in said.replace("INTEGER(11)", "INTEGER")
    assert "Nothing was changed." in said
    assert written.version() is None
    assert written.rows("SELECT s FROM t") == [("john",)]
    assert is_tidy(written, scratches)


def is_tidy(small: Small, scratches: list[str]) -> bool:
    """Return whether scratch places were made, where that leaves traces, and none is left."""
    with small.engine().connect() as connection:
        places: list[str] = connection.dialect.get_schema_names(connection)
        makes_some = connection.dialect.name != "sqlite"
    return bool(scratches) == makes_some and not {*scratches} & {*places}


def test_the_operator_decides_between_equals(written: Small) -> None:
    head = next(line for line in written.revisions()[-1].splitlines() if "revision =" in line)
    before = head.split('"')[1] if '"' in head else head.split("'")[1]
    data = (
        '"""Data."""\nfrom alembic import op\n' + f"revision = 'data'\ndown_revision = {before!r}\n"
    )
    body = "def upgrade():\n    op.execute(\"INSERT INTO t (id, s) VALUES (9, 'data')\")\n"
    back = "def downgrade():\n    pass\n"
    (written.folder / "versions/data.py").write_text(data + body + back)
    written.create_all(third)
    said = written.db("upgrade", fails=True)
    assert f"equals revisions {before}, data alike" in said
    assert "flask db upgrade -x adopt=data" in said
    written.db("upgrade", "-x", f"adopt={before}")
    assert written.rows("SELECT s FROM t") == [("data",)]
    assert written.version() == "data"


def test_the_operator_cannot_decide_for_an_unequal_one(written: Small) -> None:
    written.create_all(first)
    [*_, newest] = written.revisions()
    revision = newest.partition("revision = ")[2][1:13]
    said = written.db("upgrade", "-x", f"adopt={revision}", fails=True)
    assert f"does not equal revision {revision}, but" in said
    assert "no such revision" in written.db("upgrade", "-x", "adopt=base", fails=True)


def test_tables_of_others_do_not_matter(written: Small) -> None:
    written.run("CREATE TABLE others (id INTEGER)")
    written.db("upgrade")
    assert written.version()


@pytest.mark.parametrize("database_url", ["postgresql", "mariadb"], indirect=True)
def test_without_a_scratch_place_it_says_what_to_grant(
    written: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    written.create_all(first)
    create = adoption.create_scratch
    monkeypatch.setattr(
        adoption,
        "create_scratch",
        lambda connection, _statement, privilege: create(connection, "CREATE NONSENSE", privilege),
    )
    said = written.db("upgrade", fails=True)
    assert "needs a scratch place, and may not make one" in said
    assert "Allow it for once (GRANT CREATE" in said


def test_a_revision_that_cannot_be_tried_out_is_named(written: Small) -> None:
    written.create_all(first)
    newest = min((written.folder / "versions").glob("*.py"))
    newest.write_text(
        newest.read_text().replace("def upgrade() -> None:", "def upgrade() -> None:\n    1 / 0")
    )
    said = written.db("upgrade", fails=True)
    assert "cannot be tried out to compare it: division by zero" in said


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_revision_that_commits_is_tried_out_on_nothing_real(
    written: Small, scratches: list[str]
) -> None:
    newest = max((written.folder / "versions").glob("*.py"), key=lambda file: file.stat().st_mtime)
    commit = "    op.get_bind().commit()\n"
    drop = f"def upgrade() -> None:\n{commit}    op.drop_column('t', 's')\n{commit}    return\n"
    newest.write_text(newest.read_text().replace("def upgrade() -> None:\n", drop))
    written.create_all(third)
    written.run("INSERT INTO t (id, s) VALUES (1, 'john')")
    written.db("upgrade", fails=True)
    assert written.rows("SELECT s FROM t") == [("john",)]
    assert is_tidy(written, scratches)


def test_what_cannot_be_compared_with_anothers_tables_does_not_matter(small: Small) -> None:
    small.revision(1, "1 / 0")
    small.run("CREATE TABLE others (id INTEGER)")
    with pytest.raises(ZeroDivisionError):
        small.db("upgrade")


def test_rows_that_revisions_insert_are_told(written: Small) -> None:
    first, second, *_ = sorted(
        (written.folder / "versions").glob("*.py"), key=lambda file: file.stat().st_mtime_ns
    )
    insert = (
        "\n    op.execute(\"INSERT INTO t (id, s) VALUES (1, 'a')\")"
        "\n    made = sa.table('t', sa.column('id'))"
        "\n    op.bulk_insert(made, [{'id': 2}])"
        "\n    op.execute('CREATE TABLE copied (id INTEGER)')"
    )
    copy = (
        "\n    op.execute('DELETE FROM t')"
        "\n    op.execute('INSERT INTO copied SELECT id FROM t')"
        "\n    op.execute('DROP TABLE copied')"
    )
    for file, more in ((first, insert), (second, copy)):
        head, downgrade, rest = file.read_text().partition("\n\n\ndef downgrade")
        file.write_text(head + more + downgrade + rest)
    written.create_all(third)
    said = written.db("upgrade")
    revision = first.stem.strip("_")
    assert (
        f"Rows that revisions insert were not: run by hand what is missing of {revision} (t).\n"
        in f"{said}\n"
    )


def test_without_such_revisions_nothing_is_told(written: Small) -> None:
    written.create_all(third)
    assert "Rows that" not in written.db("upgrade")
