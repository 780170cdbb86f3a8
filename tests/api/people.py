"""The programs of the tests: clients of the API that look at every answer, as people's do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update
from werkzeug.test import TestResponse

from app import db
from app.api import tokens
from app.api.models import Scope
from app.models import User
from app.models.lookup import find_by_name
from tests.auth.people import add_account

READ_AND_WRITE = (Scope.READ, Scope.WRITE)
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
ME = "/api/v1/me"
MESSAGES = "/api/v1/messages"
ROLES = "/api/v1/roles"
# What nobody learns of others, and what nobody learns of themselves.
PRIVATE = {"email", "locale", "time_zone", "token"}
SECRET = {"password", "password_hash", "email_key", "ip_address", "token_hash", "username_key"}


class Program(FlaskClient):
    """Sends its token, if it has one, and checks that every answer is one of the API's."""

    token = ""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Send a request. Fail if the answer is not what all answers of the API are."""
        headers = dict(kwargs.pop("headers", None) or {})
        if self.token and "Authorization" not in headers:
            headers["Authorization"] = f"Bearer {self.token}"
        answer = super().open(*args, headers=headers, **kwargs)
        if answer.request.path.startswith("/api/"):
            check_answer(answer)
        return answer


def program(app: Flask, token: str = "") -> Program:
    """Return a program with a token, or without one."""
    client = Program(app, app.response_class, use_cookies=False)  # it sends what a test sends
    client.token = token
    return client


def check_answer(answer: TestResponse) -> None:
    """Fail unless an answer depends on no cookie, tells no secret, and is JSON or a problem."""
    assert "Set-Cookie" not in answer.headers
    assert "Cookie" not in answer.vary
    if answer.status_code >= 400:
        check_problem(answer)
    elif answer.status_code == 200 and answer.request.method not in {"HEAD", "OPTIONS"}:
        assert answer.mimetype == "application/json", answer.text
        names = set(list_names(answer.get_json()))
        if not answer.request.path.endswith("/openapi.json"):
            assert not names & SECRET
            assert answer.request.path == ME or not names & PRIVATE
            assert answer.request.path in {ME, ROLES} or "permissions" not in names


def check_problem(answer: TestResponse) -> None:
    """Fail unless an answer is a problem as RFC 9457 has it, with its headers."""
    assert answer.mimetype == "application/problem+json", answer.text
    if answer.request.method == "HEAD":
        return
    problem = answer.get_json()
    assert problem["status"] == answer.status_code
    assert problem["type"] == "about:blank"
    assert problem["title"]
    assert problem["detail"]
    assert problem.keys() <= {"type", "title", "status", "detail", "errors", "request_id"}
    assert ("WWW-Authenticate" in answer.headers) == (answer.status_code == 401) or (
        answer.status_code == 403
    )
    assert ("Allow" in answer.headers) == (answer.status_code == 405)
    assert ("Retry-After" in answer.headers) == (answer.status_code in {429, 503})


def list_names(value: object) -> Iterator[str]:
    """Give the names of all members, however deep."""
    if isinstance(value, dict):
        yield from value
        for inner in value.values():
            yield from list_names(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from list_names(inner)


def add_token(
    app: Flask,
    name: str,
    scopes: Iterable[Scope] = READ_AND_WRITE,
    expires_at: datetime | None = None,
) -> str:
    """Make a token for somebody who has an account, and return what it is shown by."""
    with app.app_context():
        user = find_by_name(name)
        assert user
        return tokens.create(user, "backup", scopes, expires_at)[1]


def add_program(app: Flask, name: str, role: str = "User") -> Program:
    """Make an account that is not new any more, and return a program with a token of it."""
    add_account(app, name, role=role)
    with app.app_context():
        db.session.execute(update(User).filter_by(username=name).values(member_since=LONG_AGO))
        db.session.commit()
    return program(app, add_token(app, name))


def post(client: Program, text: str, **more: object) -> int:
    """Write a message, and return its number."""
    answer = client.post(MESSAGES, json={"text": text, **more})
    assert answer.status_code == 201, answer.text
    number: int = answer.get_json()["id"]
    return number


def texts(answer: TestResponse) -> list[str]:
    """Return the texts of a list of messages."""
    assert answer.status_code == 200, answer.text
    return [item["text"] for item in answer.get_json()["items"]]


def errors(answer: TestResponse) -> list[tuple[str, str]]:
    """Return what is wrong where, of a problem with a request."""
    assert answer.status_code == 422, answer.text
    return [
        (
            next(str(error[key]) for key in ("pointer", "parameter", "header") if key in error),
            error["detail"],
        )
        for error in answer.get_json()["errors"]
    ]
