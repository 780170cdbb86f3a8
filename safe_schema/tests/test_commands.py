"""All `flask db` commands, several databases, and settings of one's own."""

from pathlib import Path

import flask_migrate.cli
import pytest
from alembic.config import Config
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Column, Integer, Table, create_engine, inspect
from sqlalchemy.pool import NullPool

from safe_schema.tests.small import Small

TABLE = "op.create_table('t{0}', sa.Column('id', sa.Integer, primary_key=True))"
DROP = "op.drop_table('t{0}')"


def test_every_command_works(small: Small, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("EDITOR", "true")
    small.build(one)
    small.revision(1, TABLE.format(1), DROP.format(1))
    small.db("upgrade")
    small.db("current")
    small.db("heads")
    small.db("history")
    small.db("show", "head")
    small.db("branches")
    small.db("list-templates")
    small.db("check")
    small.db("revision", "-m", "empty", "--rev-id", "0002")
    small.db("edit", "0002")
    small.db("upgrade", "--sql")
    small.db("migrate", "-m", "nothing", fails=True)  # the database is not up to date
    small.db("upgrade")
    small.db("migrate", "-m", "nothing")
    assert len(small.revisions()) == 2
    small.db("revision", "--head", "0001", "--splice", "-m", "branch", "--rev-id", "0003")
    small.db("merge", "heads", "-m", "together")
    small.db("upgrade")
    small.db("downgrade", "0001")
    small.db("stamp", "head")
    small.db("upgrade")
    small.db("init", "-d", str(tmp_path / "new"))
    assert (tmp_path / "new/env.py").exists()


def one(db: SQLAlchemy) -> None:
    Table("t1", db.metadata, Column("id", Integer, primary_key=True))


def models(db: SQLAlchemy) -> None:
    Table("here", db.metadata, Column("id", Integer, primary_key=True))
    there = db.metadatas.get("other") or db._make_metadata("other")  # noqa: SLF001
    Table("there", there, Column("id", Integer, primary_key=True))


def test_several_databases(small: Small, tmp_path: Path) -> None:
    other = f"sqlite:///{tmp_path}/other.sqlite"
    binds = {"SQLALCHEMY_BINDS": {"other": other}}
    template = Path(flask_migrate.cli.__file__).parent / "templates/flask-multidb"
    (small.folder / "script.py.mako").write_text((template / "script.py.mako").read_text())
    small.build(models, **binds)
    small.db("migrate", "-m", "both")
    [revision] = small.revisions()
    assert "def upgrade_other" in revision
    small.db("upgrade")
    engine = create_engine(other, poolclass=NullPool)
    assert set(inspect(engine).get_table_names()) == {"alembic_version", "there"}
    assert set(small.schema()) == {"here"}
    small.db("check")
    small.run("INSERT INTO here VALUES (1)")
    with engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO there VALUES (1)")
    said = small.db("downgrade", "base", fails=True)
    assert "drops table here with 1 row(s)" in said
    small.run("DELETE FROM here")
    said = small.db("downgrade", "base", fails=True)
    assert "drops table there with 1 row(s)" in said


def test_a_second_database_begins_beside_a_history_of_one(small: Small, tmp_path: Path) -> None:
    small.build(one)
    small.revision(1, TABLE.format(1), DROP.format(1))
    small.db("upgrade")
    engine = create_engine(f"sqlite:///{tmp_path}/other.sqlite", poolclass=NullPool)
    binds = {"SQLALCHEMY_BINDS": {"other": str(engine.url)}}

    def two(db: SQLAlchemy) -> None:
        one(db)
        there = db._make_metadata("other")  # noqa: SLF001
        Table("there", there, Column("id", Integer, primary_key=True))

    small.build(two, **binds)
    small.db("upgrade")
    assert "Running" not in small.db("upgrade")
    assert inspect(engine).get_table_names() == ["alembic_version"]
    small.db("migrate", "-m", "other")
    for _ in range(2):
        small.db("upgrade")
        assert set(small.schema()) == {"t1"}
        assert set(inspect(engine).get_table_names()) == {"alembic_version", "there"}
        small.db("check")
        small.db("downgrade", "base")
        assert small.schema() == {}
        assert inspect(engine).get_table_names() == ["alembic_version"]
    small.db("upgrade")
    small.db("migrate", "-m", "nothing")
    assert len(small.revisions()) == 2
    assert "CREATE TABLE t1" in small.db("upgrade", "--sql")


def test_the_config_can_be_changed(small: Small) -> None:
    @small.migrate.configure  # type: ignore[untyped-decorator]
    def _configure(config: Config) -> Config:
        config.set_main_option("file_template", "of_mine_%%(rev)s")
        return config

    small.db("revision", "-m", "mine", "--rev-id", "0001")
    assert (small.folder / "versions/of_mine_0001.py").exists()


def test_an_environment_without_it_is_told(small: Small) -> None:
    stock = Path(flask_migrate.cli.__file__).parent / "templates/flask/env.py"
    (small.folder / "env.py").write_text(stock.read_text())
    said = small.db("upgrade", fails=True)
    assert "migrations/env.py does not call safe_schema, so nothing would be safe" in said
