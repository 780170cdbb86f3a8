"""`flask sandbox`: what is done there is undone."""

import signal
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pexpect
import pytest
from flask import Flask
from sqlalchemy import create_engine, text
from sqlalchemy.exc import IntegrityError, InvalidRequestError

from app import db
from app.main.greeting import greet
from app.models import User
from app.sandbox import sandbox
from tests.commands import flask
from tests.shell import Shell


def names(database_url: str) -> list[str]:
    """Return whom everybody else finds in the database."""
    engine = create_engine(database_url)
    with engine.connect() as connection:
        found = list(connection.scalars(text("SELECT username FROM users ORDER BY username")))
    engine.dispose()
    return found


def add(name: str) -> None:
    db.session.add(User(username=name))
    db.session.commit()


@pytest.fixture
def in_sandbox(app: Flask) -> Iterator[None]:
    """A sandbox, in whose database david was before."""
    with app.app_context():
        add("david")
        with sandbox():
            yield


def test_who_leaves_it_or_is_killed_there_leaves_nothing(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setenv("DEV_DATABASE_URL", database_url)
    flask("db", "upgrade")
    typed = [
        ("db.session.add(User(username='john'))", ""),
        ("db.session.commit()", ""),
        ("db.session.add(User(username='susan'))", ""),
        ("db.session.rollback()", ""),
        ("User.query.all()", "[<User 'john'>]"),
        ("db.session.commit()", ""),
    ]
    for is_killed in (False, True):
        shell = Shell("flask", "sandbox")
        assert shell.banner.startswith("SANDBOX: what you do to the database is undone when you le")
        assert shell.prompt == "sandbox >>> "
        assert [(line, shell.type(line)) for line, _ in typed] == typed
        assert shell.type("db").startswith("<SQLAlchemy ")
        assert names(database_url) == []
        if is_killed:
            shell.terminal.kill(signal.SIGHUP)
            shell.terminal.expect(pexpect.EOF)
            shell.terminal.close()
        else:
            shell.close()
            assert "Everything in the database is as it was." in shell.left
        assert names(database_url) == []
        assert not [*temporary.iterdir()]


def test_who_quits_it_is_told_that_nothing_is_kept(
    sqlite_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "ps1", ">>> ", raising=False)
    monkeypatch.delattr(sys, "__interactivehook__", raising=False)  # it would keep a history
    typed = "db.session.add(User(username='john'))\ndb.session.commit()\nUser.query.all()\nquit()\n"
    answer = sqlite_app.test_cli_runner().invoke(args=["sandbox"], input=typed)
    assert answer.exit_code == 0
    assert "sandbox >>> [<User 'john'>]" in answer.stdout
    assert answer.stderr.endswith("Everything in the database is as it was.\n")
    with sqlite_app.app_context():
        assert User.query.all() == []


def test_what_the_application_commits_is_undone(app: Flask, database_url: str) -> None:
    with app.app_context():
        add("david")
        with sandbox():
            for name in ("susan", "Susan", "david"):
                greet(name)
            with app.app_context():  # which has a session of its own
                add("john")
            command = ["user", "create", "jane", "jane@example.com"]
            assert app.test_cli_runner().invoke(args=command).exit_code == 0
            assert app.test_client().get("/user/john").status_code == 200
            visits = {user.username: user.visits for user in User.query}
            assert visits == {"david": 1, "john": 0, "susan": 2}
            assert names(database_url) == ["david"]
        assert [user.username for user in User.query] == ["david"]
        add("jane")
    assert names(database_url) == ["david", "jane"]


@pytest.mark.usefixtures("in_sandbox")
def test_after_an_error_it_goes_on(database_url: str) -> None:
    with pytest.raises(IntegrityError):
        add("David")
    db.session.rollback()
    add("susan")
    assert User.query.count() == 2
    assert names(database_url) == ["david"]


@pytest.mark.usefixtures("in_sandbox")
def test_the_site_goes_on_meanwhile(database_url: str) -> None:
    add("john")
    engine = create_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE users SET visits = 7 WHERE username = 'david'"))
    engine.dispose()
    assert User.query.filter_by(username="john").count() == 1


@pytest.mark.usefixtures("in_sandbox")
@pytest.mark.parametrize(
    "sql", ["COMMIT", " commit", "CREATE TABLE mine (id INTEGER)", "DROP TABLE users", "(commit)"]
)
def test_what_cannot_be_undone_is_refused(database_url: str, sql: str) -> None:
    add("john")
    is_copy = database_url.startswith("sqlite")
    with suppress(Exception) if is_copy else pytest.raises(InvalidRequestError, match="In a sand"):
        db.session.execute(text(sql))
    db.session.remove()
    assert names(database_url) == ["david"]


@pytest.mark.usefixtures("in_sandbox")
def test_nobody_commits_around_it(database_url: str) -> None:
    add("john")
    with suppress(InvalidRequestError):
        db.session.connection().commit()
    with suppress(InvalidRequestError, AttributeError):
        db.engine.commit()  # type: ignore[attr-defined]  # as it is a Connection here
    assert names(database_url) == ["david"]
