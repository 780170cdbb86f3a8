"""What happens to one account from two sides at once."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import delete, select
from sqlalchemy.exc import OperationalError

from app import db
from app.accounts import administration, authentication, changes
from app.models import AuditEvent, LoginSession, Role, User, passwords
from app.models.lookup import find_by_name
from tests.auth.people import (
    PASSWORD,
    add_account,
    is_logged_in,
    log_in,
    press,
    submit,
)
from tests.auth.races import at_once, log_susan_out, meanwhile, set_another_password, susan_of
from tests.clients import CheckingClient
from tests.conftest import visitor
from tests.pages import form_token


@pytest.mark.parametrize("deed", [set_another_password, log_susan_out])
def test_who_is_logged_out_meanwhile_gets_no_new_session(
    app: Flask,
    susan: CheckingClient,
    monkeypatch: pytest.MonkeyPatch,
    deed: Callable[[], None],
) -> None:
    token = form_token(susan.get("/auth/settings").text)
    meanwhile(app, monkeypatch, deed)
    answer = susan.post("/auth/settings/sessions", data={"csrf_token": token})
    assert answer.status_code == 401
    assert not is_logged_in(susan)
    with app.app_context():
        assert db.session.scalars(select(LoginSession)).all() == []


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
            assert authentication.authenticate(user, "wrong") is None
        assert db.session.scalars(select(AuditEvent.action)).all() == []


def disable_susan() -> None:
    user = find_by_name("susan")
    assert user
    administration.disable(user)


def test_who_is_disabled_while_logging_in_stays_out(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_account(app, "david", role="Administrator")
    add_account(app, "susan")
    client = visitor(app)
    meanwhile(app, monkeypatch, disable_susan)
    assert submit(client, "/auth/login", login="susan", password=PASSWORD).status_code == 401
    with app.app_context():
        administration.enable(susan_of(app))
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
        busy.setattr(administration, "lock", fail)
        app.config["PROPAGATE_EXCEPTIONS"] = False
        assert press(susan, "/auth/logout").status_code in {500, 503}
    assert is_logged_in(susan)


def test_a_new_password_and_a_logout_do_not_wait_for_each_other(app: Flask) -> None:
    add_account(app, "susan")
    statuses: set[int] = set()
    for number in range(8):
        current = PASSWORD if not number else f"{PASSWORD} {number}"
        client = log_in(app, "susan", password=current)
        form = {"csrf_token": form_token(client.get("/auth/settings").text)}

        def reset(password: str = f"{PASSWORD} {number + 1}") -> int:
            with app.app_context(), app.test_request_context():
                user = susan_of(app)
                administration.lock(user)
                changes.set_password(user, password_hash=passwords.hash_password(password))
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
