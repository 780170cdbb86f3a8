"""A proof of who somebody is, before an account is changed: one page asks, and leads back.

For administrators, see tests/admin/test_proof.py; for codes, tests/two_factor/test_proof.py.
"""

from urllib.parse import urlencode

import pytest
from flask import Flask
from sqlalchemy import select, update

from app import db
from app.models import AuditEvent, LoginSession, OutgoingMail, User
from tests.auth.people import (
    OTHER_PASSWORD,
    PASSWORD,
    add_account,
    is_logged_in,
    let_proof_run_out,
    log_in,
    prove,
    submit,
)
from tests.clients import CheckingClient
from tests.pages import field_error, find, form_token, heading, links, notices, shown

SETTINGS = "/auth/settings"
DATA = "/auth/settings/data"  # whose answer is no page
FORMS = {
    "/auth/settings/name": {"name": "Susan the second"},
    "/auth/settings/email": {"email": "susan@flower.example"},
    "/auth/settings/password": {"password": OTHER_PASSWORD},
    DATA: {},
    "/auth/settings/delete": {"name": "susan"},
    "/auth/settings/sessions": {},
    "/auth/settings/second-factor": {},
    "/auth/settings/tokens/new": {"name": "backup", "scopes": "read write", "days": "365"},
}


@pytest.fixture
def thief(sqlite_app: Flask) -> CheckingClient:
    """A browser that somebody has left logged in for longer than a login is a proof."""
    add_account(sqlite_app, "susan")
    client = log_in(sqlite_app, "susan")
    let_proof_run_out(sqlite_app)
    return client


def page_for(target: str) -> str:
    return f"/auth/prove?{urlencode({'next': target}, safe='/')}"


def state_of(app: Flask) -> list[str]:
    """Return all that can be changed about accounts."""
    with app.app_context():
        tables = [User.__table__, OutgoingMail.__table__, LoginSession.__table__]
        return [str(row) for table in tables for row in db.session.execute(select(table))]


@pytest.mark.parametrize("path", FORMS)
def test_a_cookie_alone_changes_nothing(
    sqlite_app: Flask, thief: CheckingClient, path: str
) -> None:
    before = state_of(sqlite_app)
    assert thief.get(path).location == page_for(path)
    data = FORMS[path] | {"csrf_token": form_token(thief.get(SETTINGS).text)}
    assert thief.post(path, data=data).location == page_for(path)
    assert state_of(sqlite_app) == before


@pytest.mark.parametrize("path", FORMS)
def test_after_the_proof_one_is_back_and_nothing_has_been_done(
    sqlite_app: Flask, thief: CheckingClient, path: str
) -> None:
    token = form_token(thief.get(SETTINGS).text)
    asked = thief.post(path, data=FORMS[path] | {"csrf_token": token}).location
    page = thief.get(asked).text
    assert heading(page) == "Confirm that it is you"
    assert "nothing has been changed yet" in shown(page)
    assert SETTINGS in links(page)
    answer = submit(thief, asked, current=PASSWORD)
    assert answer.location == path
    page = thief.get(path).text
    [(_, text)] = notices(page)
    assert text == "Nothing has been changed yet. Please look at this and press the button."
    for name, value in FORMS[path].items():
        if name in {"scopes", "days"}:
            assert find(page, f".//select[@name='{name}']/option[@selected]").get("value") == value
        elif name == "password":
            assert OTHER_PASSWORD not in page
        else:
            kept = "" if path.endswith("/delete") else value  # that is typed anew
            assert find(page, f".//input[@name='{name}']").get("value") == kept
    assert submit(thief, path, **FORMS[path]).status_code == (200 if path == DATA else 303)
    with sqlite_app.app_context():
        assert db.session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)).all()[:2] == [
            "logged in",
            "proved",
        ]


def test_what_was_typed_is_there_once_and_no_password_is_in_the_cookie(
    sqlite_app: Flask, thief: CheckingClient
) -> None:
    for path in (f"{SETTINGS}/password", f"{SETTINGS}/email"):
        thief.post(path, data=FORMS[path])
        with thief.session_transaction() as session:
            assert OTHER_PASSWORD not in str(session)
    email = f"{SETTINGS}/email"
    prove(thief, email)
    assert "susan@flower.example" in thief.get(email).text
    assert "susan@flower.example" not in thief.get(email).text
    let_proof_run_out(sqlite_app)
    thief.post(email, data=FORMS[email])
    prove(thief, f"{SETTINGS}/name")  # somewhere else
    assert "susan@flower.example" not in thief.get(email).text


@pytest.mark.parametrize("path", FORMS)
def test_what_is_kept_of_a_form_is_short(thief: CheckingClient, path: str) -> None:
    thief.post(path, data=dict.fromkeys(FORMS[path], "x" * 5000))
    cookie = thief.get_cookie("session")
    assert cookie
    assert len(cookie.value) < 2000
    prove(thief, path)
    assert thief.get(path).status_code == 200


@pytest.mark.parametrize("kept", ["x", [1], {"page": f"{SETTINGS}/email"}])
def test_what_another_release_has_left_in_a_cookie_is_nothing(
    thief: CheckingClient, kept: object
) -> None:
    path = f"{SETTINGS}/email"
    with thief.session_transaction() as session:
        session["unsent"] = kept
    assert prove(thief, path).location == path
    assert thief.get(path).status_code == 200


def test_a_login_is_a_proof_for_a_quarter_of_an_hour(app: Flask, susan: CheckingClient) -> None:
    path = f"{SETTINGS}/password"
    assert susan.get(path).status_code == 200
    let_proof_run_out(app, minutes=14)
    assert susan.get(path).status_code == 200
    let_proof_run_out(app, minutes=15)
    assert susan.get(path).location == page_for(path)
    assert is_logged_in(susan)
    assert prove(susan, path).location == path
    assert susan.get(path).status_code == 200
    assert susan.get(page_for(path)).location == path  # it is not asked twice


def test_a_proof_is_one_browsers_alone(app: Flask, susan: CheckingClient) -> None:
    library = log_in(app, "susan")
    let_proof_run_out(app)
    prove(susan)
    assert library.get(f"{SETTINGS}/password").status_code == 303


def test_what_is_done_after_a_proof_does_not_prolong_it(app: Flask, susan: CheckingClient) -> None:
    path = f"{SETTINGS}/password"
    for minutes, deed in ((14, "password"), (14, "sessions"), (14, "email")):
        let_proof_run_out(app, minutes)
        fields = FORMS[f"{SETTINGS}/{deed}"]
        assert submit(susan, f"{SETTINGS}/{deed}", **fields).status_code == 303
        with app.app_context():
            login = db.session.scalars(select(LoginSession)).one()
            assert login.proved_at
            assert (login.created_at - login.proved_at).total_seconds() > 13 * 60
    let_proof_run_out(app)
    assert susan.get(path).location == page_for(path)


def test_a_session_of_a_former_release_has_proved_nothing(
    app: Flask, susan: CheckingClient
) -> None:
    with app.app_context():
        db.session.execute(update(LoginSession).values(proved_at=None))
        db.session.commit()
    assert susan.get(f"{SETTINGS}/delete").location == page_for(f"{SETTINGS}/delete")
    assert prove(susan).location == SETTINGS
    assert susan.get(f"{SETTINGS}/delete").status_code == 200


def test_a_proof_begins_another_session(app: Flask, susan: CheckingClient) -> None:
    copied = susan.get_cookie("session")
    let_proof_run_out(app)
    token = form_token(susan.get(SETTINGS).text)
    prove(susan)
    assert is_logged_in(susan)
    assert form_token(susan.get(SETTINGS).text) != token
    assert shown(susan.get(SETTINGS).text).count("this browser") == 1
    assert copied
    susan.set_cookie("session", copied.value)
    assert not is_logged_in(susan)


def test_another_password_is_no_proof_and_guessing_it_is_slowed_down(
    app: Flask, susan: CheckingClient
) -> None:
    let_proof_run_out(app)
    for _ in range(5):
        answer = prove(susan, current="wrong")
        assert answer.status_code == 422
        assert field_error(answer.text, "current") == "That is not your password."
    assert prove(susan).status_code == 429
    assert susan.get(f"{SETTINGS}/delete").location == page_for(f"{SETTINGS}/delete")
    with app.app_context():
        told = db.session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)).all()
    assert told == ["logged in", *["password refused"] * 5, "too many tries"]


def test_a_forged_form_tries_no_password(app: Flask, susan: CheckingClient) -> None:
    let_proof_run_out(app)
    for _ in range(6):
        assert susan.post("/auth/prove", data={"current": "wrong"}).status_code == 400
    assert prove(susan).status_code == 303


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/nowhere", ""])
def test_a_proof_leads_nowhere_else(thief: CheckingClient, target: str) -> None:
    assert prove(thief, target).location == SETTINGS


def test_a_program_is_told_that_it_may_not(thief: CheckingClient) -> None:
    json = {"Accept": "application/json"}
    assert thief.get(f"{SETTINGS}/email", headers=json).status_code == 403
    assert thief.post(f"{SETTINGS}/delete", headers=json).status_code == 403


def test_who_is_logged_out_meanwhile_proves_nothing(
    sqlite_app: Flask, thief: CheckingClient
) -> None:
    token = form_token(thief.get("/auth/prove").text)
    with sqlite_app.app_context():
        LoginSession.query.delete()
        db.session.commit()
    data = {"csrf_token": token, "current": PASSWORD}
    assert thief.post("/auth/prove", data=data).status_code == 401


def test_what_is_no_affair_of_others_needs_no_proof(thief: CheckingClient) -> None:
    for path in ("", "/profile", "/language"):
        assert thief.get(f"{SETTINGS}{path}").status_code == 200
    assert submit(thief, f"{SETTINGS}/profile", about_me="Bees").location == SETTINGS
    assert submit(thief, "/board/new", text="Flowers").status_code == 303
