"""Administration asks for a proof of who somebody is, and keeps nobody logged in."""

from urllib.parse import urlencode

import pytest
from flask import Flask
from sqlalchemy import select

from app import db
from app.models import LoginSession, User
from app.models.lookup import find_by_name
from tests.admin.test_users import path_of
from tests.auth.people import PASSWORD, add_account, let_proof_run_out, log_in, prove, submit
from tests.clients import CheckingClient
from tests.conftest import visitor
from tests.mail.outbox import add_templates, enqueue
from tests.pages import form_token, heading, notices, shown

PAGES = ["", "users", "users?q=susan", "mails", "mails?state=sent", "log"]


def page_for(target: str) -> str:
    return f"/auth/prove?{urlencode({'next': target}, safe='/?')}"


@pytest.mark.parametrize("page", PAGES)
def test_a_copied_cookie_shows_no_addresses(sqlite_app: Flask, page: str) -> None:
    add_account(sqlite_app, "david", role="Administrator")
    david = log_in(sqlite_app, "david")
    path = f"/admin/{page}"
    assert david.get(path).status_code == 200
    let_proof_run_out(sqlite_app)
    assert david.get(path).location == page_for(path)
    assert prove(david, path).location == path
    assert david.get(path).status_code == 200


@pytest.mark.parametrize("deed", ["role", "disable", "enable", "sessions", "forget-factor"])
def test_a_copied_cookie_does_nothing_to_others(
    app: Flask, david: CheckingClient, susan: CheckingClient, deed: str
) -> None:
    path = path_of(david, "susan")
    token = form_token(david.get(path).text)
    let_proof_run_out(app)
    before = row_of(app, "susan")
    data = {"csrf_token": token, "role": "Administrator"}
    answer = david.post(f"{path}/{deed}", data=data, headers={"Referer": f"http://localhost{path}"})
    page = path if deed in {"role", "enable"} else f"{path}/{deed}"  # where the button is
    assert answer.location == page_for(page)
    assert row_of(app, "susan") == before
    assert susan.get("/auth/settings").status_code == 200
    assert prove(david, page).location == page
    [(_, text)] = notices(david.get(page).text)
    assert text == "Nothing has been changed yet. Please look at this and press the button."


def row_of(app: Flask, name: str) -> str:
    with app.app_context():
        return str(db.session.execute(select(User.__table__).filter_by(username=name)).one())


def test_no_mail_is_tried_again_by_a_copied_cookie(app: Flask, david: CheckingClient) -> None:
    add_templates(app)
    enqueue(app, "first")
    data = {"csrf_token": form_token(david.get("/admin/mails").text)}
    let_proof_run_out(app)
    for path in ("/admin/mails/retry", "/admin/mails/1/retry"):
        came_from = {"Referer": "http://localhost/admin/mails?state=waiting"}
        answer = david.post(path, data=data, headers=came_from)
        assert answer.location == page_for("/admin/mails?state=waiting")


@pytest.mark.parametrize("came_from", ["", "http://evil.example/admin/mails", "http://["])
def test_a_browser_that_does_not_say_where_the_button_was_goes_home(
    sqlite_app: Flask, came_from: str
) -> None:
    add_account(sqlite_app, "david", role="Administrator")
    david = log_in(sqlite_app, "david")
    let_proof_run_out(sqlite_app)
    headers = {"Referer": came_from} if came_from else {}
    assert david.post("/admin/mails/retry", headers=headers).location == page_for("/")


def test_who_may_not_administer_is_not_asked_for_a_proof(app: Flask, susan: CheckingClient) -> None:
    let_proof_run_out(app)
    assert susan.get("/admin/users").status_code == 403


def test_an_administrator_is_not_kept_logged_in(app: Flask) -> None:
    add_account(app, "david", role="Administrator")
    david = log_in(app, "david", keep="y")
    cookie = david.get_cookie("session")
    assert cookie
    assert cookie.expires is None
    assert "Administrators are not kept logged in" in shown(david.get("/").text)
    with app.app_context():
        assert db.session.scalars(select(LoginSession.is_kept)).all() == [False]


def test_who_is_made_an_administrator_is_kept_logged_in_no_more(
    app: Flask, david: CheckingClient
) -> None:
    add_account(app, "susan")
    susan = log_in(app, "susan", keep="y")
    path = path_of(david, "susan")
    assert submit(david, path).status_code == 405
    token = form_token(david.get(path).text)
    david.post(f"{path}/role", data={"csrf_token": token, "role": "Administrator"})
    with app.app_context():
        assert not any(db.session.scalars(select(LoginSession.is_kept)))
    let_proof_run_out(app)
    prove(susan)
    cookie = susan.get_cookie("session")
    assert cookie
    assert cookie.expires is None
    with app.app_context():
        assert not any(db.session.scalars(select(LoginSession.is_kept)))


def test_the_administrator_of_the_settings_is_not_kept_from_the_first_login_on(
    app: Flask,
) -> None:
    app.config["FLASKY_ADMIN"] = "susan@example.com"
    add_account(app, "susan")
    susan = log_in(app, "susan", keep="y")
    with app.app_context():
        user = find_by_name("susan")
        assert user
        assert user.is_administrator()
        assert db.session.scalars(select(LoginSession.is_kept)).all() == [False]
    assert susan.get("/admin/").status_code == 200


def test_an_administrator_is_asked_for_a_proof_after_the_login_has_led_there(
    sqlite_app: Flask,
) -> None:
    add_account(sqlite_app, "david", role="Administrator")
    david = visitor(sqlite_app)
    asked = david.get("/admin/users").location
    assert submit(david, asked, login="david", password=PASSWORD).location == "/admin/users"
    assert heading(david.get("/admin/users").text) == "Users"
