"""What is more than tables in a database comes back with them; what is not done leaves nothing."""

import os
import signal
import time
from pathlib import Path

import pytest
from sqlalchemy import make_url

from safe_schema.copies import files, mariadb
from safe_schema.tests.commands import Command
from safe_schema.tests.small import Small
from safe_schema.tests.test_copies import check_programs, saved_before, saved_file

TABLES = """
op.create_table(
    'parents', sa.Column('id', sa.Integer, primary_key=True), sa.Column('n', sa.Integer)
)
op.create_table(
    'children',
    sa.Column('id', sa.Integer, primary_key=True),
    sa.Column('parent_id', sa.Integer, sa.ForeignKey('parents.id')),
)
"""
only_mariadb = pytest.mark.parametrize("database_url", ["mariadb"], indirect=True)
only_servers = pytest.mark.parametrize("database_url", ["postgresql", "mariadb"], indirect=True)

DOUBLED = """
CREATE FUNCTION doubled() RETURNS trigger LANGUAGE plpgsql AS
'BEGIN UPDATE parents SET n = n * 2; RETURN NEW; END'
"""
MORE = {
    "sqlite": (
        "CREATE VIEW a_view AS SELECT n FROM parents",
        "CREATE TRIGGER twice BEFORE INSERT ON children BEGIN UPDATE parents SET n = n * 2; END",
    ),
    "postgresql": (
        "CREATE VIEW b_view AS SELECT n FROM parents",
        "CREATE VIEW a_view AS SELECT n FROM b_view",
        DOUBLED,
        "CREATE TRIGGER twice BEFORE INSERT ON children FOR EACH ROW EXECUTE FUNCTION doubled()",
        "CREATE DOMAIN small AS integer CHECK (value < 1000)",
        "CREATE SCHEMA elsewhere",
        "CREATE TABLE elsewhere.more (id integer GENERATED ALWAYS AS IDENTITY, s small)",
        "CREATE MATERIALIZED VIEW kept AS SELECT * FROM elsewhere.more",
    ),
    "mariadb": (
        "CREATE VIEW b_view AS SELECT n FROM parents",
        "CREATE VIEW a_view AS SELECT n FROM b_view",
        "CREATE TRIGGER twice BEFORE INSERT ON children FOR EACH ROW UPDATE parents SET n = n * 2",
        "CREATE FUNCTION two() RETURNS INT RETURN 2",
        "CREATE VIEW c_view AS SELECT two() * n AS n FROM a_view",
        "CREATE PROCEDURE four() SELECT two() * 2",
        "CREATE EVENT daily ON SCHEDULE EVERY 1 DAY DO DELETE FROM children",
        "CREATE SEQUENCE numbers START WITH 7",
    ),
}


def kind_of(small: Small) -> str:
    return make_url(small.url).get_backend_name()


@pytest.fixture
def whole(small: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Small:
    check_programs(kind_of(small))
    monkeypatch.chdir(tmp_path)
    small.revision(1, TABLES)
    small.db("upgrade")
    small.run(*MORE[kind_of(small)], "INSERT INTO parents VALUES (1, 10)")
    return small


def test_views_triggers_and_all_the_rest_come_back(whole: Small) -> None:
    file = saved_file(whole.db("backup"))
    for _ in range(2):
        whole.run("INSERT INTO children VALUES (1, 1)")
        assert whole.rows("SELECT n FROM a_view") == [(20,)]
        saved = saved_before(whole.db("restore", str(file)))
        assert whole.rows("SELECT n FROM a_view") == [(10,)]
        if kind_of(whole) == "mariadb":
            assert whole.rows("SELECT n FROM c_view") == [(20,)]
            assert whole.rows("SHOW EVENTS")[0][1] == "daily"
            whole.run("CALL four()")
    whole.db("restore", str(saved))
    assert whole.rows("SELECT n FROM a_view") == [(20,)]
    whole.run("INSERT INTO children VALUES (2, 1)")
    assert whole.rows("SELECT n FROM a_view") == [(40,)]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_an_extension_of_the_server_stays(whole: Small) -> None:
    whole.run("CREATE EXTENSION citext", "ALTER TABLE parents ADD name citext")
    there = whole.rows("SELECT oid FROM pg_extension")
    file = saved_file(whole.db("backup"))
    whole.db("restore", str(file))
    assert whole.rows("SELECT oid FROM pg_extension") == there
    whole.run("DROP EXTENSION citext CASCADE")
    whole.db("restore", str(file))
    assert whole.rows("SELECT count(*) FROM parents WHERE name IS NULL") == [(1,)]


@only_mariadb
def test_nothing_is_left_on_the_server(whole: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    own = make_url(whole.url).database  # other tests restore on this server at the same time
    monkeypatch.setattr(mariadb, "NEW", f"{mariadb.NEW}{own}_")
    monkeypatch.setattr(mariadb, "FORMER", f"{mariadb.FORMER}{own}_")
    file = saved_file(whole.db("backup"))
    whole.db("restore", str(file))
    broken = file.with_name("broken.sql")
    broken.write_text(file.read_text().replace("CREATE TABLE", "CREATE TALBE", 1))
    whole.db("restore", str(broken), fails=True)
    assert whole.rows("SELECT n FROM parents") == [(10,)]
    assert whole.rows(f"SHOW DATABASES LIKE '%{own}%'") == [(own,)]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_backup_that_is_stopped_leaves_nothing(
    whole: Small, tmp_path: Path, number: signal.Signals
) -> None:
    whole.file.write_text(whole.file.read_text() + SLOWLY)
    command = Command("flask", "--app", whole.file, "db", "backup", tmp_path / "copy")
    while not list(tmp_path.glob("copy*.part")):
        time.sleep(0.01)
    assert command.process.pid
    os.kill(command.process.pid, number)
    assert command.wait().returncode == {signal.SIGINT: 1, signal.SIGTERM: 143}[number]
    assert not list(tmp_path.glob("copy*"))


SLOWLY = """
import safe_schema, time
safe_schema.init_app(app)
from safe_schema.copies import files, mariadb
files.flush = lambda path: time.sleep(60)
"""


def test_a_place_without_room_for_a_copy_is_told(
    whole: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_path: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files, "flush", full)
    said = whole.db("backup", fails=True)
    assert "could be made: No space left on device" in said
    assert not list(tmp_path.glob("*.part"))
    assert not list(tmp_path.glob("*.0001.*"))


@only_mariadb
def test_a_user_who_may_make_no_database_is_told_what_to_grant(
    whole: Small, request: pytest.FixtureRequest
) -> None:
    file = saved_file(whole.db("backup"))
    url = make_url(whole.url)
    user = f"copier_{url.database}"[:32]
    whole.run(f"CREATE USER {user}", f"GRANT ALL ON {url.database}.* TO {user}")
    root = whole.url
    request.addfinalizer(lambda: Small.run(whole_as(whole, root), f"DROP USER {user}"))
    whole_as(whole, url.set(username=user, password=None).render_as_string(hide_password=False))
    said = whole.db("restore", str(file), fails=True)
    assert "none can be made: (1044" in said
    assert "GRANT ALL ON `alembic\\_%`.* TO" in said
    assert whole.rows("SELECT n FROM parents") == [(10,)]


def whole_as(whole: Small, url: str) -> Small:
    whole.url = url
    whole.build(lambda _db: None)
    return whole


@only_servers
def test_a_server_that_is_away_is_told_in_a_line(whole: Small) -> None:
    file = saved_file(whole.db("backup"))
    whole_as(whole, make_url(whole.url).set(port=1).render_as_string(hide_password=False))
    assert "cannot be used" in whole.db("backup", fails=True)
    assert "cannot be used" in whole.db("restore", str(file), fails=True)
