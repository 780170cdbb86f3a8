"""What happens to one account from two sides at once."""

import threading
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import delete, select
from sqlalchemy.exc import OperationalError

from app import db
from app.auth import accounts, logins, standing
from app.models import AuditEvent, LoginSession, Role, User, passwords
from tests.admin.test_users import path_of
from tests.auth.people import (
    OTHER_PASSWORD,
    PASSWORD,
    add_account,
    is_logged_in,
    log_in,
    press,
    submit,
)
from tests.clients import CheckingClient
from tests.conftest import visitor
from tests.pages import form_token

Deed = Callable[[], int]


def meanwhile(
    app: Flask, monkeypatch: pytest.MonkeyPatch, deed: Callable[[], None], before: str = "hold"
) -> None:
    """Let somebody else do something, once: just before the next request holds a user's row."""
    real = getattr(standing, before)
    done: list[User] = []

    def hold(user: User) -> None:
        if not done:
            done.append(user)
            other = threading.Thread(target=in_context)
            other.start()
            other.join()
        real(user)

    def in_context() -> None:
        with app.app_context():
            deed()

    monkeypatch.setattr(standing, before, hold)


def susan_of(app: Flask) -> User:
    assert app
    return db.session.scalars(select(User).filter_by(username="susan")).one()


def delete_susan() -> None:
    db.session.execute(delete(User).filter_by(username="susan"))
    db.session.commit()


def set_another_password() -> None:
    user = accounts.find_by_name("susan")
    assert user
    accounts.set_password(user, password_hash=passwords.hash_password(OTHER_PASSWORD))
    db.session.commit()


def log_susan_out() -> None:
    user = accounts.find_by_name("susan")
    assert user
    standing.end_sessions(user)
    db.session.commit()


@pytest.mark.parametrize("deed", [set_another_password, log_susan_out])
def test_who_is_logged_out_meanwhile_gets_no_new_session(
    app: Flask,
    susan: CheckingClient,
    monkeypatch: pytest.MonkeyPatch,
    deed: Callable[[], None],
) -> None:
    token = form_token(susan.get("/auth/settings").text)
    meanwhile(app, monkeypatch, deed)
    answer = susan.post("/auth/settings/sessions", data={"csrf_token": token, "current": PASSWORD})
    assert answer.status_code == 401
    assert not is_logged_in(susan)
    with app.app_context():
        assert db.session.scalars(select(LoginSession)).all() == []


@pytest.mark.parametrize("path", ["role", "disable", "enable", "sessions", "forget-factor"])
def test_an_administrator_is_told_that_somebody_is_gone(
    app: Flask,
    david: CheckingClient,
    susan: CheckingClient,
    monkeypatch: pytest.MonkeyPatch,
    path: str,
) -> None:
    assert susan
    page = path_of(david, "susan")
    token = form_token(david.get(page).text)
    meanwhile(app, monkeypatch, delete_susan, "hold_as_administrator")
    answer = david.post(f"{page}/{path}", data={"csrf_token": token, "role": "Moderator"})
    assert answer.status_code == 409


def test_a_login_of_somebody_who_is_gone(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    add_account(app, "susan")
    verify = passwords.verify

    def verify_and_delete(password_hash: str | None, password: str) -> bool:
        with db.engine.begin() as other:
            other.execute(delete(User))
        return verify(password_hash, password)

    with app.app_context():
        user = susan_of(app)
        monkeypatch.setattr(passwords, "verify", verify_and_delete)
        with app.test_request_context():
            assert logins.authenticate(user, "wrong") is None
        assert db.session.scalars(select(AuditEvent.action)).all() == []


def disable_susan() -> None:
    user = accounts.find_by_name("susan")
    assert user
    standing.disable(user)


def test_who_is_disabled_while_logging_in_stays_out(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_account(app, "david", role="Administrator")
    add_account(app, "susan")
    client = visitor(app)
    meanwhile(app, monkeypatch, disable_susan)
    assert submit(client, "/auth/login", login="susan", password=PASSWORD).status_code == 401
    with app.app_context():
        standing.enable(susan_of(app))
        assert db.session.scalars(select(LoginSession)).all() == []
        told = db.session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)).all()
        assert told == ["disabled", "login refused", "enabled"]
    assert not is_logged_in(client)


def test_a_logout_that_fails_logs_nobody_out(
    app: Flask, susan: CheckingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_user: User) -> None:
        raise OperationalError("UPDATE", {}, Exception("the database is busy"))

    with monkeypatch.context() as busy:
        busy.setattr(standing, "hold", fail)
        app.config["PROPAGATE_EXCEPTIONS"] = False
        assert press(susan, "/auth/logout").status_code in {500, 503}
    assert is_logged_in(susan)


def test_administrators_who_act_on_one_user_do_not_wait_for_each_other(
    app: Flask, david: CheckingClient
) -> None:
    add_account(app, "susan")
    add_account(app, "anna", role="Administrator")
    anna = log_in(app, "anna")
    path = path_of(david, "susan")
    tokens = {client: form_token(client.get(path).text) for client in (david, anna)}

    def change_role(role: str) -> Deed:
        data = {"csrf_token": tokens[david], "role": role}
        return lambda: david.post(f"{path}/role", data=data).status_code

    def act(deed: str) -> Deed:
        data = {"csrf_token": tokens[anna]}
        return lambda: anna.post(f"{path}/{deed}", data=data).status_code

    statuses: set[int] = set()
    for role, deed in [("Administrator", "disable"), ("User", "enable")] * 6:
        statuses |= at_once(change_role(role), act(deed))
    assert statuses == {303}


def test_a_new_password_and_a_logout_do_not_wait_for_each_other(app: Flask) -> None:
    add_account(app, "susan")
    statuses: set[int] = set()
    for number in range(8):
        current = PASSWORD if not number else f"{PASSWORD} {number}"
        client = log_in(app, "susan", password=current)
        form = {"csrf_token": form_token(client.get("/auth/settings").text), "current": current}

        def reset(password: str = f"{PASSWORD} {number + 1}") -> int:
            with app.app_context(), app.test_request_context():
                user = susan_of(app)
                standing.hold(user)
                accounts.set_password(user, password_hash=passwords.hash_password(password))
                db.session.commit()
            return 303

        def log_out(client: CheckingClient = client, form: dict[str, str] = form) -> int:
            return client.post("/auth/settings/sessions", data=form).status_code

        statuses |= at_once(reset, log_out)
        assert not is_logged_in(client)
        app.extensions["limiter"].storage.reset()
    assert statuses <= {303, 401}
    with app.app_context():
        assert Role.query.count() == 3


def at_once(*deeds: Deed) -> set[int]:
    """Do these at once, and return their statuses."""
    start = threading.Barrier(len(deeds))
    statuses: set[int] = set()

    def run(deed: Deed) -> None:
        start.wait()
        statuses.add(deed())

    threads = [threading.Thread(target=run, args=[deed]) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return statuses
