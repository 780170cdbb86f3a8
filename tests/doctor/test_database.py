"""What `flask doctor` finds in databases."""

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import make_url, text

from app import db
from app.doctor import servers, sqlite
from safe_schema.runs import journal, locks
from tests.conftest import application
from tests.doctor.patients import FAIL, OK, WARN, find
from tests.servers import free_port

NEWEST = "at the newest revision"
COPY = "data.sqlite.20260102T030405.000006.45be241dfe12.backup"


@pytest.fixture
def patient(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """An application whose database is empty, but there."""
    monkeypatch.setenv("TEST_DATABASE_URL", database_url)
    with application(has_tables=False) as app:
        with app.app_context():
            run("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        yield app


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of an SQLite database, which is not there yet."""
    path = tmp_path / "data.sqlite"
    monkeypatch.setenv("TEST_DATABASE_URL", f"sqlite:///{path}")
    return path


def run(statement: str) -> None:
    with db.engine.begin() as connection:
        connection.execute(text(statement))


def is_mariadb(app: Flask) -> bool:
    return make_url(app.config["SQLALCHEMY_DATABASE_URI"]).get_backend_name() in {
        "mysql",
        "mariadb",
    }


def test_a_database_that_answers_is_named_without_its_password(patient: Flask) -> None:
    level, said = find(patient, "F020")
    assert level is OK
    assert str(make_url(patient.config["SQLALCHEMY_DATABASE_URI"]).database) in said


@pytest.mark.parametrize("scheme", ["postgresql", "mysql"])
def test_a_server_that_is_down_is_told(monkeypatch: pytest.MonkeyPatch, scheme: str) -> None:
    url = f"{scheme}://john:hidden@127.0.0.1:{free_port()}/flasky"
    monkeypatch.setenv("TEST_DATABASE_URL", url)
    with application(has_tables=False) as app:
        level, said = find(app, "F020")
    assert level is FAIL
    assert "the database cannot be used: " in said
    assert "hidden" not in said


def test_a_file_that_is_not_there_is_told_and_not_made(file: Path) -> None:
    with application(has_tables=False) as app:
        level, said = find(app, "F020")
    assert (level, said) == (FAIL, f"there is no file {file}; run: flask db upgrade")
    assert not file.exists()


def newest_revision(app: Flask) -> str:
    with app.app_context():
        from alembic.script import ScriptDirectory  # noqa: PLC0415

        config = app.extensions["migrate"].migrate.get_config()
        head = ScriptDirectory.from_config(config).get_current_head()
    assert head
    return head


def test_the_revision_is_compared_with_the_code(patient: Flask) -> None:
    level, said = find(patient, "F021")
    assert (level, said) == (FAIL, "the database has no revision; run: flask db upgrade")
    newest = newest_revision(patient)
    for revision, expected, words in [
        ("ffffffffffff", FAIL, "which this code does not know; run the code"),
        ("45be241dfe12", FAIL, "revisions that have not been carried out: "),
        (newest, OK, NEWEST),
    ]:
        with patient.app_context():
            run("DELETE FROM alembic_version")
            run(f"INSERT INTO alembic_version VALUES ('{revision}')")  # noqa: S608
        found, said = find(patient, "F021")
        assert found == expected, said
        assert words in said


def test_a_migration_that_was_interrupted_is_told(patient: Flask) -> None:
    assert find(patient, "F022")[0] is (OK if is_mariadb(patient) else None)
    with patient.app_context():
        if not is_mariadb(patient):
            return
        run(journal.CREATE)
    level, said = find(patient, "F022")
    assert (level, "a migration was interrupted" in said) == (FAIL, True)
    with patient.app_context(), locks.one_at_a_time(db.engine):
        assert find(patient, "F022")[0] is OK  # it is running


def test_a_lock_that_is_held_is_told_and_not_taken(patient: Flask) -> None:
    assert find(patient, "F023")[0] is OK
    with patient.app_context(), locks.one_at_a_time(db.engine):
        level, said = find(patient, "F023")
        assert (level, "is running" in said) == (WARN, True)
    assert find(patient, "F023")[0] is OK


@pytest.mark.parametrize(
    ("kind", "level"), [("ext4", OK), ("nfs4", FAIL), ("cifs", FAIL), ("fuse.sshfs", FAIL)]
)
def test_a_file_on_a_networks_disk_is_told(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, level: int
) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(
        "22 1 0:1 / / rw - overlay overlay rw\n"
        f"23 22 0:2 / {tmp_path.resolve()} rw,relatime shared:1 - {kind} there:/data rw\n"
        "24 22 0:3 / /elsewhere rw - tmpfs tmpfs rw\n"
    )
    monkeypatch.setattr(sqlite, "MOUNTS", mounts)
    with application() as app:
        found, said = find(app, "F024")
    assert file.exists()
    assert (found, kind in said) == (level, True)


def test_a_file_without_its_log_is_told(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with application() as app:
        assert find(app, "F025")[0] is OK
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    monkeypatch.setattr(
        "app.database._enable_wal", lambda _connection: None
    )  # as where none can be
    with application(has_tables=False) as app:
        level, said = find(app, "F025")
    assert (level, "journal_mode delete" in said) == (FAIL, True)


def test_a_disk_that_is_nearly_full_is_told(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "ROOM_WANTED", 0)
    with application() as app:
        assert find(app, "F026")[0] is OK
        monkeypatch.setattr(sqlite, "ROOM_WANTED", 10**18)
        assert find(app, "F026")[0] is WARN
        monkeypatch.setattr(sqlite, "LEAST_ROOM", 10**18)
        assert find(app, "F026")[0] is FAIL
    assert file.exists()


def test_a_file_that_others_may_read_is_told(file: Path) -> None:
    with application() as app:
        assert find(app, "F027")[0] is OK
        file.with_name("data.sqlite-wal").chmod(0o640)
        level, said = find(app, "F027")
        assert (level, said.endswith(f"run: chmod 600 {file}-wal")) == (FAIL, True)
        file.with_name("data.sqlite-wal").chmod(0o600)
        file.parent.chmod(0o777)
        level, said = find(app, "F027")
        assert (level, said.endswith(f"run: chmod o-w {file.parent}")) == (FAIL, True)


@pytest.mark.parametrize("number", ["F024", "F025", "F026", "F027"])
def test_a_server_has_no_file(patient: Flask, number: str) -> None:
    is_file = patient.config["SQLALCHEMY_DATABASE_URI"].startswith("sqlite")
    assert (find(patient, number)[0] is None) != is_file


def test_a_servers_version_is_told(patient: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    if patient.config["SQLALCHEMY_DATABASE_URI"].startswith("sqlite"):
        assert find(patient, "F030")[0] is None
        return
    assert find(patient, "F030")[0] is OK
    monkeypatch.setattr(servers, "OLDEST", dict.fromkeys(servers.OLDEST, (99, 1)))
    level, said = find(patient, "F030")
    assert (level, "has to be 99.1 or newer" in said) == (FAIL, True)


def test_a_character_set_that_is_too_small_is_told(patient: Flask) -> None:
    if patient.config["SQLALCHEMY_DATABASE_URI"].startswith("sqlite"):
        assert find(patient, "F031")[0] is None
        return
    with patient.app_context():
        name = db.engine.url.database
        if is_mariadb(patient):
            run(f"ALTER DATABASE {name} CHARACTER SET utf8mb4")
            assert find(patient, "F031")[0] is OK
            run(f"ALTER DATABASE {name} CHARACTER SET latin1")
    level, said = find(patient, "F031")
    assert (level, "latin1" in said) == ((WARN, True) if is_mariadb(patient) else (OK, False))


def test_a_database_in_latin1_is_told(monkeypatch: pytest.MonkeyPatch, database_url: str) -> None:
    url = make_url(database_url)
    if url.get_backend_name() != "postgresql":
        pytest.skip("of PostgreSQL alone: the others have no such databases")
    monkeypatch.setenv("TEST_DATABASE_URL", database_url)
    with application(has_tables=False) as app:
        other = f"{url.database}_latin1"
        with app.app_context(), db.engine.connect() as connection:
            outside = connection.execution_options(isolation_level="AUTOCOMMIT")
            encoding = "TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C' LOCALE_PROVIDER libc"
            outside.exec_driver_sql(f"CREATE DATABASE {other} {encoding}")
            try:
                address = url.set(database=other).render_as_string(hide_password=False)
                monkeypatch.setenv("TEST_DATABASE_URL", address)
                with application(has_tables=False) as small:
                    level, said = find(small, "F031")
            finally:
                outside.exec_driver_sql(f"DROP DATABASE {other} WITH (FORCE)")
    assert (level, "LATIN1" in said) == (FAIL, True)


def test_a_server_elsewhere_has_to_be_reached_by_tls(
    patient: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    if patient.config["SQLALCHEMY_DATABASE_URI"].startswith("sqlite"):
        assert find(patient, "F032")[0] is None
        return
    assert find(patient, "F032")[0] is OK
    monkeypatch.setattr(servers, "is_local", lambda _host: False)
    level, said = find(patient, "F032")
    assert (level, "is not encrypted" in said) == (FAIL, True)


@pytest.mark.parametrize(
    ("host", "is_local"),
    [
        (None, True), ("localhost", True), ("127.0.0.2", True), ("::1", True),
        ("/run/postgresql", True), ("10.0.0.1", False), ("db.example.com", False),
        ("localhost.example.com", False),
    ],
)  # fmt: skip
def test_this_machine_is_told_from_others(host: str | None, *, is_local: bool) -> None:
    assert servers.is_local(host) == is_local


@pytest.mark.parametrize(("seconds", "level"), [(0, OK), (5, WARN), (-5, WARN), (-60, FAIL)])
def test_a_clock_that_is_wrong_is_told(
    patient: Flask, monkeypatch: pytest.MonkeyPatch, seconds: int, level: int
) -> None:
    questions = {kind: f"{now} + {seconds}" for kind, now in servers.NOW.items()}
    monkeypatch.setattr(servers, "NOW", questions)  # as of a server with another clock
    is_file = patient.config["SQLALCHEMY_DATABASE_URI"].startswith("sqlite")
    assert find(patient, "F033")[0] is (None if is_file else level)


def test_an_old_copy_is_told(file: Path) -> None:
    with application() as app:
        assert find(app, "F034")[0] is None
        copy = file.with_name(COPY)
        copy.touch()
        assert find(app, "F034")[0] is OK
        old = time.time() - 5 * 24 * 60 * 60
        os.utime(copy, (old, old))
        level, said = find(app, "F034")
        assert (level, "5.0 days old; let a timer or cron run: flask db backup" in said) == (
            WARN,
            True,
        )
        timers = file.parent / "backups/daily"
        timers.mkdir(parents=True)
        (timers / COPY).touch()
        level, said = find(app, "F034")
        assert (level, f"the newest copy, in {timers}, is 0.0 days old" in said) == (OK, True)
        (timers / COPY).unlink()
        for name in ("before-restore.bak", "45be241dfe12.backup.part"):
            file.with_name(f"data.sqlite.20260102T030405.000007.{name}").touch()
        assert find(app, "F034")[0] is WARN
