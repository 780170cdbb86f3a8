"""Nobody gets a password that is known from a breach, wherever a password is set."""

from pathlib import Path

import pytest
from flask import Flask

from app.models import breaches, passwords
from tests.auth.people import (
    OTHER_PASSWORD,
    PASSWORD,
    add_account,
    is_logged_in,
    link_in,
    log_in,
    submit,
)
from tests.breaches import hash_of, write_list
from tests.commands import flask
from tests.conftest import HASHER, visitor
from tests.mail.inbox import Inbox
from tests.pages import shown
from tests.shell import Shell

STOLEN = "hunter2 hunter2"
MESSAGE = (
    "This password is on a list of stolen passwords. Please choose another one, and change it "
)


@pytest.fixture(autouse=True)
def stolen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "breached-passwords.txt"
    write_list(file, [STOLEN, *map(str, range(100))])
    monkeypatch.setenv("BREACHED_PASSWORDS", str(file))
    return file


def test_whoever_registers_is_told(sqlite_app: Flask, inbox: Inbox) -> None:
    client = visitor(sqlite_app)
    submit(client, "/auth/register", name="susan", email="susan@example.com")
    link = link_in(sqlite_app, inbox)
    answer = submit(client, link, password=STOLEN)
    assert answer.status_code == 422
    assert MESSAGE in shown(answer.text)
    assert STOLEN not in answer.text
    assert submit(client, link, password=PASSWORD).status_code == 303


def test_whoever_forgot_the_password_is_told(sqlite_app: Flask, inbox: Inbox) -> None:
    add_account(sqlite_app, "susan")
    client = visitor(sqlite_app)
    submit(client, "/auth/reset", email="susan@example.com")
    answer = submit(client, link_in(sqlite_app, inbox), password=STOLEN)
    assert answer.status_code == 422
    assert MESSAGE in shown(answer.text)


def test_whoever_changes_the_password_is_told(sqlite_app: Flask) -> None:
    add_account(sqlite_app, "susan")
    susan = log_in(sqlite_app, "susan")
    answer = submit(susan, "/auth/settings/password", password=STOLEN)
    assert answer.status_code == 422
    assert MESSAGE in shown(answer.text)
    assert is_logged_in(log_in(sqlite_app, "susan", password=PASSWORD))


def test_a_list_that_is_replaced_at_that_moment_is_told_of_as_well(
    sqlite_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_account(sqlite_app, "susan")
    susan = log_in(sqlite_app, "susan")
    looks = iter([False, True, False])  # the last one at the login
    monkeypatch.setattr(breaches, "is_known", lambda _password: next(looks))
    path = "/auth/settings/password"
    answer = submit(susan, path, password=OTHER_PASSWORD)
    assert answer.location == path
    assert MESSAGE in shown(susan.get(path).text)
    assert is_logged_in(log_in(sqlite_app, "susan", password=PASSWORD))


def test_it_is_told_in_chinese(sqlite_app: Flask) -> None:
    add_account(sqlite_app, "susan")
    susan = log_in(sqlite_app, "susan")
    susan.environ_base["HTTP_ACCEPT_LANGUAGE"] = "zh-CN"
    answer = submit(susan, "/auth/settings/password", password=STOLEN)
    assert "这个密码已经泄露。请换一个密码；如果别处也在用它，请一并更改。" in shown(answer.text)


def test_it_is_so_in_the_shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEV_DATABASE_URL", f"sqlite:///{tmp_path}/data.sqlite")
    flask("db", "upgrade")
    shell = Shell("flask", "shell")
    try:
        shell.type("susan = User(username='susan')")
        assert MESSAGE in shell.type(f"susan.password = {STOLEN!r}")
        assert shell.type("susan.password_hash is None") == "True"
        assert shell.type(f"susan.password = {PASSWORD!r}") == ""
    finally:
        shell.close()


def test_who_has_such_a_password_already_is_led_to_another_one(app: Flask, stolen: Path) -> None:
    add_account(app, "susan")
    write_list(stolen, [PASSWORD])
    susan, path = log_in(app, "susan"), "/auth/settings/password"
    assert susan.get("/auth/settings").location == path
    page = susan.get(path).text
    assert "Your password is on a list of stolen passwords, so others may know it." in shown(page)
    assert "Cancel" not in shown(page)
    assert susan.get("/").status_code == 200  # what everybody may see
    answer = submit(susan, path, password=OTHER_PASSWORD)
    assert answer.status_code == 303
    assert is_logged_in(susan)
    assert "stolen" not in shown(susan.get(path).text)
    assert is_logged_in(log_in(app, "susan", password=OTHER_PASSWORD))


def test_a_hash_that_is_made_anew_at_that_login_changes_nothing_about_it(
    sqlite_app: Flask, stolen: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_account(sqlite_app, "susan")
    write_list(stolen, [PASSWORD])
    log_in(sqlite_app, "susan")
    monkeypatch.setattr(passwords, "hasher", HASHER)
    assert not is_logged_in(log_in(sqlite_app, "susan"))


def test_a_wrong_password_is_not_looked_up(
    sqlite_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_account(sqlite_app, "susan")
    looked_up: list[str] = []
    monkeypatch.setattr(breaches, "is_known", looked_up.append)
    submit(visitor(sqlite_app), "/auth/login", login="susan", password=STOLEN)
    assert looked_up == []


def test_while_the_list_is_lost_everybody_gets_on(
    sqlite_app: Flask, stolen: Path, caplog: pytest.LogCaptureFixture
) -> None:
    add_account(sqlite_app, "susan")
    susan = log_in(sqlite_app, "susan")
    stolen.unlink()
    answer = submit(susan, "/auth/settings/password", password=STOLEN)
    assert answer.status_code == 303
    assert "BREACHED_PASSWORDS cannot be read" in caplog.text
    assert STOLEN not in caplog.text
    assert hash_of(STOLEN) not in caplog.text.upper()
