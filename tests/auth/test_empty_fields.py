"""Fields that were left empty: the form says which, and nobody's tries are counted."""

import pytest
from flask import Flask
from sqlalchemy import select

from app import db
from app.models import AuditEvent
from tests.auth.people import (
    PASSWORD,
    add_account,
    is_logged_in,
    let_proof_run_out,
    log_in,
    prove,
    submit,
)
from tests.conftest import visitor
from tests.pages import field_error, find

NO_LOGIN = "Please enter your name or your email address."
NO_PASSWORD = "Please enter your password."  # noqa: S105

EMPTY_LOGINS = [
    ({}, NO_LOGIN, NO_PASSWORD, "login"),
    ({"login": "susan", "password": ""}, "", NO_PASSWORD, "password"),
    ({"login": "", "password": PASSWORD}, NO_LOGIN, "", "login"),
]


def events(app: Flask) -> list[str]:
    with app.app_context():
        return list(db.session.scalars(select(AuditEvent.action)))


@pytest.mark.parametrize(("fields", "login", "password", "focus"), EMPTY_LOGINS)
def test_an_empty_login_says_what_is_missing_and_is_no_try(
    sqlite_app: Flask, fields: dict[str, str], login: str, password: str, focus: str
) -> None:
    add_account(sqlite_app, "susan")
    client = visitor(sqlite_app)
    for _ in range(12):  # of ten logins a minute, and five wrong passwords
        answer = submit(client, "/auth/login", **fields)
        assert answer.status_code == 422
        assert field_error(answer.text, "login") == login
        assert field_error(answer.text, "password") == password
        assert find(answer.text, ".//*[@autofocus]").get("name") == focus
    assert events(sqlite_app) == []
    assert is_logged_in(log_in(sqlite_app, "susan"))


def test_a_wrong_login_is_told_at_the_password(sqlite_app: Flask) -> None:
    answer = submit(visitor(sqlite_app), "/auth/login", login="susan", password="wrong")
    assert field_error(answer.text, "login") == ""
    assert field_error(answer.text, "password") == "Wrong name or password. Please try again."
    assert find(answer.text, ".//*[@autofocus]").get("name") == "password"
    assert find(answer.text, ".//input[@name='login']").get("value") == "susan"


def test_an_empty_password_is_no_proof_and_no_try(sqlite_app: Flask) -> None:
    add_account(sqlite_app, "susan")
    susan = log_in(sqlite_app, "susan")
    let_proof_run_out(sqlite_app)
    for _ in range(7):  # of five
        answer = prove(susan, current="")
        assert (answer.status_code, field_error(answer.text, "current")) == (422, NO_PASSWORD)
    assert events(sqlite_app) == ["logged in"]
    assert prove(susan).status_code == 303
