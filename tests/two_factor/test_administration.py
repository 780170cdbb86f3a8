"""A second factor and administrators: whether they need one, and take somebody's away."""

import pytest
from flask import Flask
from sqlalchemy import select

from app import db
from app.models import Action, AuditEvent, User
from app.two_factor import second_factor
from app.two_factor.models import SecondFactor
from tests.admin.test_confirmation import press_after_looking
from tests.admin.test_letters import told
from tests.admin.test_users import path_of
from tests.auth.people import PASSWORD, add_account, is_logged_in, log_in, submit
from tests.clients import CheckingClient
from tests.conftest import visitor
from tests.pages import form_token, shown
from tests.two_factor.telephone import FACTOR, set_up

NO_FACTOR = "An administrator no longer has two-factor authentication"


@pytest.fixture
def strict_app(sqlite_app: Flask) -> Flask:
    """A Flasky whose administrators need a second factor."""
    sqlite_app.config["SECOND_FACTOR"] = "administrators"
    return sqlite_app


def test_administrators_need_one_where_it_is_asked_for(strict_app: Flask) -> None:
    add_account(strict_app, "susan")
    add_account(strict_app, "david", role="Administrator")
    david = log_in(strict_app, "david")
    token = form_token(david.get("/auth/settings").text)
    assert david.get("/admin/users").location == FACTOR
    assert "This site requires you to set up two-factor authentication." in shown(
        david.get(FACTOR).text
    )
    with strict_app.app_context():
        number = db.session.scalars(select(User.id).filter_by(username="susan")).one()
    disable = f"/admin/users/{number}/disable"
    assert david.post(disable, data={"csrf_token": token}).status_code == 403
    set_up(david)
    assert david.get("/admin/users").status_code == 200
    token = form_token(david.get("/auth/settings").text)
    assert david.post(disable, data={"csrf_token": token}).status_code == 303
    login = {"login": "susan", "password": PASSWORD}
    assert submit(visitor(strict_app), "/auth/login", **login).status_code == 422


def test_an_administrator_removes_a_lost_one(
    app: Flask, david: CheckingClient, susan: CheckingClient
) -> None:
    set_up(susan)
    path = path_of(david, "susan")
    title = "Turn off two-factor authentication"
    press_after_looking(app, david, f"{path}/forget-factor", title)
    assert not is_logged_in(susan)
    susan = log_in(app, "susan")
    assert is_logged_in(susan)
    assert "Turn off two-factor authentication" not in david.get(path).text
    submit(david, f"{path}/forget-factor")
    assert "The user has not set up two-factor authentication." in shown(david.get(path).text)
    assert is_logged_in(susan)
    with app.app_context():
        removed = select(AuditEvent).filter_by(action=Action.FACTOR_REMOVED)
        assert db.session.scalars(removed).one().detail == ""


def test_an_administrator_gives_proof_to_remove_the_own_one(
    app: Flask, david: CheckingClient
) -> None:
    set_up(david)
    path = path_of(david, "david")
    page = david.get(path).text
    assert "Turn off two-factor authentication" not in page
    answer = david.post(f"{path}/forget-factor", data={"csrf_token": form_token(page)})
    assert answer.location == f"{FACTOR}/off"
    with app.app_context():
        assert SecondFactor.query.count() == 1


def test_the_page_of_a_user_asks_for_the_factor_once(
    sqlite_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_account(sqlite_app, "susan")
    add_account(sqlite_app, "david", role="Administrator")
    david = log_in(sqlite_app, "david")
    path = path_of(david, "susan")
    asked: list[str] = []
    real = second_factor.get

    def count(user: User) -> SecondFactor | None:
        asked.append(user.username)
        return real(user)

    monkeypatch.setattr(second_factor, "get", count)
    assert david.get(path).status_code == 200
    assert asked == ["susan"]


def test_all_administrators_are_told_of_one_without_a_factor(
    app: Flask, david: CheckingClient
) -> None:
    add_account(app, "anna", role="Administrator")
    set_up(log_in(app, "anna"))
    set_up(david)
    told(app)
    submit(david, f"{path_of(david, 'anna')}/forget-factor")
    assert told(app) == [
        ("anna", "Two-factor authentication was turned off"),
        ("david", NO_FACTOR),
    ]
    submit(david, "/auth/settings/second-factor/off")
    assert ("anna", NO_FACTOR) in told(app)
