"""`flask user import`: the users of the book's own flasky come over."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import create_engine, func, select, text
from sqlalchemy.pool import NullPool

from app import commands, db
from app.accounts import importing
from app.main.greeting import greet
from app.models import Role, User
from app.models.lookup import find_by_name
from safe_schema.tests.databases import DATABASES
from safe_schema.tests.small import hearing
from tests.auth import old_flasky
from tests.auth.test_commands import user
from tests.conftest import application

SMALL = 40


@pytest.fixture
def old(tmp_path: Path) -> Iterator[str]:
    """The address of a small database of 7a."""
    with old_flasky.old_database("sqlite", tmp_path / "old", SMALL) as url:
        yield url


def rows_of(url: str) -> list[tuple[object, ...]]:
    with create_engine(url, poolclass=NullPool).connect() as connection:
        return [tuple(row) for row in connection.execute(text("SELECT * FROM users ORDER BY id"))]


def count(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(User)) or 0


@pytest.mark.parametrize("kind", DATABASES)
def test_a_thousand_users_come_over_and_none_is_lost(app: Flask, tmp_path: Path, kind: str) -> None:
    again = {"sqlite": 3, "postgresql": 3, "mariadb": 2}[kind]
    invalid = {"sqlite": 7, "postgresql": 6, "mariadb": 6}[kind]
    with old_flasky.old_database(kind, tmp_path / "old") as url:
        before = rows_of(url)
        said = user(app, "import", url)
        assert rows_of(url) == before
        added = old_flasky.USERS - again - invalid
        assert said.splitlines()[-1] == (
            f"Users read: 1000. Added: {added}, here already: 0, the same as another one: {again}, "
            f"without a name that can be: {invalid}."
        )
        assert "Row 2: 'Ｊｏｈｎ' is the same name as 'John' of row 1." in said
        assert "Row 4: 'Anna  Maria' is the same name as 'Anna Maria' of row 3." in said
        assert "Row 5: '' cannot be a name. Please enter your name." in said
        assert "Row 7: NULL cannot be a name. It is no text." in said
        assert "Row 9: ' susan' becomes 'susan'." in said
        assert count(app) == added
        assert_roles(app)
        said = user(app, "import", url)
        assert f"Added: 0, here already: {added}, the same as another one: {again}, " in said
        assert count(app) == added


def assert_roles(app: Flask) -> None:
    with app.app_context():
        names = {
            found.username: found.role.name if found.role else None
            for found in db.session.scalars(select(User))
        }
        assert names["John"] == "Administrator"
        assert names["susan"] == "Administrator"
        assert names["user16"] == "Admin"
        assert names["user18"] == "User"
        assert names["user19"] is None  # "xxx " is no role's name
        assert names["user21"] is None
        assert names["李小龍"] == "User"
        role = db.session.scalar(select(Role).where(Role.name == "Admin"))
        assert role is not None
        assert role.permissions == 0


def test_who_comes_over_is_known_and_whoever_was_here_stays(app: Flask, old: str) -> None:
    with app.app_context():
        greet("JOHN")
        greet("user16")
    said = user(app, "import", old)
    assert "Row 1: 'John' is the same name as 'JOHN', who is here." in said
    assert "here already: 1, " in said
    with app.app_context():
        john = find_by_name("John")
        assert john is not None
        assert (john.username, john.visits, john.role) == ("JOHN", 1, None)
        greeting = greet("USER20")
        assert (greeting.known, greeting.last_seen) == (True, None)


def test_a_dry_run_says_the_same_and_adds_nothing(app: Flask, old: str) -> None:
    tried = user(app, "import", "--dry-run", old)
    assert tried.endswith("This was a dry run: nothing was changed.")
    assert count(app) == 0
    with app.app_context():
        assert db.session.scalar(select(Role)) is None
    assert user(app, "import", old) == tried.rpartition("\n")[0]


def test_programs_get_json(sqlite_app: Flask, old: str) -> None:
    old_flasky.grow(old)
    tried = json.loads(user(sqlite_app, "import", "--dry-run", "--json", old))
    done = json.loads(user(sqlite_app, "import", "--json", old))
    assert (tried.pop("dry_run"), done.pop("dry_run")) == (True, False)
    assert tried == done
    assert done["not_taken_over"] == ["users.email (1)", "posts (2)"]
    assert done["added"] == count(sqlite_app)
    assert {*done} == {
        *("added", "invalid", "known", "not_taken_over", "read", "roles", "same", "special_cases")
    }


def test_it_says_what_it_does_not_take(sqlite_app: Flask, old: str) -> None:
    old_flasky.grow(old)
    said = user(sqlite_app, "import", old)
    assert "Not taken over: users.email (1), posts (2)." in said
    assert "Roles of those who are new: Admin (" in said
    assert "The role 'Admin' is new here, and may do nothing." in said
    assert "A role is left out: 'xxx ' is no role's name" in said


def test_a_path_is_a_file_and_stays_as_it_is(
    sqlite_app: Flask, old: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = Path(old.removeprefix("sqlite:///"))
    file.chmod(0o400)
    monkeypatch.chdir(file.parent)
    bytes_before = file.read_bytes()
    assert f"Users read: {SMALL}." in user(sqlite_app, "import", file.name)
    assert file.read_bytes() == bytes_before
    assert [each.name for each in file.parent.iterdir()] == [file.name]


def test_names_that_are_no_text_are_told(sqlite_app: Flask, old: str) -> None:
    with create_engine(old, poolclass=NullPool).begin() as connection:
        connection.exec_driver_sql(
            "UPDATE users SET username = CAST(x'ff41' AS TEXT) WHERE id = 20"
        )
        connection.exec_driver_sql("UPDATE users SET username = x'00ff' WHERE id = 21")
    said = user(sqlite_app, "import", old)
    assert "Row 20: '\\udcffA' cannot be a name." in said
    assert r"Row 21: b'\x00\xff' cannot be a name. It is no text." in said


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ("nothing.sqlite", "There is no file "),
        ("sqlite:///nothing.sqlite", "There is no file "),
        ("oracle://john:secret@host/db", "SOURCE cannot be read: it begins with an unknown kind"),
        ("{tmp}/text", "cannot be read: file is not a database."),
        ("{tmp}/empty", "has no table of users with usernames."),
        ("mariadb://john:secret@127.0.0.1:1/old", "Can't connect to MySQL server"),
        ("postgresql://john:secret@127.0.0.1:1/old", "Connection refused"),
    ],
)
def test_what_is_no_database_of_the_book_is_refused(
    sqlite_app: Flask, tmp_path: Path, source: str, fault: str
) -> None:
    (tmp_path / "text").write_text("This is no database, and never was one.")
    (tmp_path / "empty").touch()
    said = user(sqlite_app, "import", source.format(tmp=tmp_path), succeeds=False)
    assert said.startswith("Error: ")
    assert fault in said
    assert "\n" not in said
    assert "secret" not in said


def test_flaskys_own_database_is_refused(app: Flask) -> None:
    with app.app_context():
        own = db.engine.url.render_as_string(hide_password=False)
    if own == "sqlite://":
        pytest.skip("it has no address")
    said = user(app, "import", own, succeeds=False)
    assert "is a database of this Flasky, not of the book's." in said


def test_who_is_stopped_has_added_nobody(
    app: Flask, old: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(_user: object, _roles: object, _now: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(importing, "make_row", interrupt)
        said = user(app, "import", old, succeeds=False)
    assert said == "Error: Stopped. Nobody was added."
    assert count(app) == 0
    user(app, "import", old)


def test_a_name_that_is_said_meanwhile_is_known_then(
    app: Flask, old: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    carried_out = importing.in_chunks
    told: list[bool] = []

    def chunks(items: object) -> object:
        if not told:
            told.append(True)
            with app.app_context():
                greet("user16")
        return carried_out(items)  # type: ignore[arg-type]

    monkeypatch.setattr(importing, "in_chunks", chunks)
    assert "here already: 1, " in user(app, "import", old)


def test_progress_is_told(sqlite_app: Flask, old: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "SECONDS_BETWEEN_LINES", 0)
    assert f"Reading: 7 of {SMALL}" in user(sqlite_app, "import", old)


@pytest.mark.parametrize("kind", DATABASES)
def test_whoever_points_flasky_at_the_old_database_is_told_the_way(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with old_flasky.old_database(kind, tmp_path / "old", SMALL) as url:
        monkeypatch.setenv("TEST_DATABASE_URL", url)
        before = rows_of(url)
        for command in ("upgrade", "current", "check"):
            with application(has_tables=False) as app, hearing("flask_migrate") as messages:
                result = app.test_cli_runner().invoke(args=["db", command])
                assert result.exit_code == 1
            [said] = messages
            assert "The database is at revision 38c4e85512a9, which is not in " in said
            assert "take the users over with `flask user import`" in said
        assert rows_of(url) == before
