"""The revisions, on each database, as an operator runs them."""

import shutil
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.pool import NullPool

from app import db
from tests.commands import ROOT, failed, flask, run

TABLES = {"alembic_version", *db.metadata.tables}
SCRIPTS = ScriptDirectory(str(ROOT / "migrations"))
REVISIONS = list(SCRIPTS.walk_revisions())
HEAD = SCRIPTS.get_current_head()


@pytest.fixture(autouse=True)
def _configuration(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEV_DATABASE_URL", database_url)


def tables(database_url: str) -> set[str]:
    engine = create_engine(database_url, poolclass=NullPool)
    return set(inspect(engine).get_table_names())


def test_up_down_and_up_again(database_url: str) -> None:
    up = flask("db", "upgrade")
    assert "Running upgrade  -> bb5345982b16, Roles and users" in up
    assert tables(database_url) == TABLES
    assert not any(count(database_url, table) for table in db.metadata.tables)
    assert "No new upgrade operations detected" in flask("db", "check")
    assert "Running" not in flask("db", "upgrade")

    down = flask("db", "downgrade", "base")
    assert "Running downgrade bb5345982b16 -> , Roles and users" in down
    assert tables(database_url) == {"alembic_version"}
    assert "Running upgrade" in flask("db", "upgrade")


def test_what_db_drop_all_took_an_upgrade_makes_anew(database_url: str) -> None:
    flask("db", "upgrade")
    drop = "from flasky import app, db\nwith app.app_context():\n    db.drop_all()"
    assert run("-c", drop).returncode == 0
    assert tables(database_url) == {"alembic_version"}
    again = flask("db", "upgrade")
    assert f"is recorded as being at {HEAD}, and holds no table; it begins anew." in again
    assert tables(database_url) == TABLES
    assert "No new upgrade operations detected" in flask("db", "check")


def test_an_upgrade_within_the_application_leaves_its_logging_alone(tmp_path: Path) -> None:
    script = tmp_path / "upgrade.py"
    script.write_text(
        "import logging, sys\n"
        "sys.path.insert(0, '.')\n"
        "from flasky import app\n"
        "from flask_migrate import upgrade\n"
        "log = logging.getLogger('a.logger.that.was.there')\n"
        "logging.basicConfig(level=logging.INFO, format='mine: %(message)s')\n"
        "with app.app_context():\n"
        "    upgrade()\n"
        "log.info('still heard')\n"
    )
    printed = run(script).stderr
    assert "mine: still heard" in printed
    assert "mine: Running upgrade  -> bb5345982b16, Roles and users" in printed
    assert printed.count("Running upgrade") == len(REVISIONS)


CHILDREN = '''
"""Children of users."""

import sqlalchemy as sa
from alembic import op

revision = "000000000002"
down_revision = HEAD


def upgrade():
    op.create_table(
        "posts",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("user_id", sa.Integer(), sa.ForeignKey("users.id", ondelete="CASCADE")),
    )
    now = "2026-11-20 00:00:00"
    op.execute(
        "INSERT INTO users (username, username_key, first_seen, last_seen, visits) "
        f"VALUES ('john', 'john', '{now}', '{now}', 1)"
    )
    op.execute("INSERT INTO posts (user_id) SELECT id FROM users")


def downgrade():
    op.drop_table("posts")
'''

WIDER = '''
"""A column of users becomes wider."""

import sqlalchemy as sa
from alembic import op

revision = "000000000003"
down_revision = "000000000002"


def upgrade():
    with op.batch_alter_table("users") as batch:
        batch.alter_column("visits", existing_type=sa.Integer(), type_=sa.BigInteger())


def downgrade():
    pass
'''


@pytest.fixture
def migrations(tmp_path: Path) -> Path:
    """A copy of the migrations folder, with revisions to come."""
    folder = tmp_path / "migrations"
    shutil.copytree(ROOT / "migrations", folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "versions/2.py").write_text(CHILDREN.replace("HEAD", repr(HEAD)))
    (folder / "versions/3.py").write_text(WIDER)
    return folder


def count(database_url: str, table: str) -> int:
    engine = create_engine(database_url, poolclass=NullPool)
    with engine.connect() as connection:
        rows: int = connection.scalar(text(f"SELECT count(*) FROM {table}"))  # noqa: S608
        return rows


def test_a_table_that_is_rebuilt_keeps_the_children_of_its_rows(
    database_url: str, migrations: Path
) -> None:
    flask("db", "upgrade", "-d", migrations)
    assert count(database_url, "users") == 1
    assert count(database_url, "posts") == 1


def test_a_new_revision_can_be_read_without_the_application(
    database_url: str, migrations: Path
) -> None:
    for revision in (migrations / "versions").glob("*.py"):
        revision.unlink()
    flask("db", "migrate", "-m", "the models", "-d", migrations)
    [written] = (migrations / "versions").glob("*_the_models.py")
    source = written.read_text()
    assert "app." not in source
    flask("db", "upgrade", "-d", migrations)
    assert tables(database_url) == TABLES
    assert "No new upgrade operations detected" in flask("db", "check", "-d", migrations)
    assert "No changes in schema detected" in flask("db", "migrate", "-d", migrations)
    assert len(list((migrations / "versions").glob("*.py"))) == 1


def test_the_sql_can_be_read_before_it_is_run(database_url: str) -> None:
    if database_url.startswith("sqlite"):
        # Some tables have to be made anew, from what they are.
        printed = failed("-m", "flask", "db", "upgrade", "--sql")
        assert "requires a live database connection" in printed
        sql = flask("db", "upgrade", "bb5345982b16", "--sql")
    else:
        sql = flask("db", "upgrade", "--sql")
    assert "CREATE TABLE users" in sql
    assert tables(database_url) == set()
