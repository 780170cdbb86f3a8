"""How often a program may ask, and how it is told."""

import re

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.api.people import ME, MESSAGES, Program, add_token, program


@pytest.fixture
def app(sqlite_app: Flask, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """An application that lets each ask three times a minute."""
    monkeypatch.setitem(sqlite_app.config, "API_LIMIT", "3 per minute; 1000 per day")
    return sqlite_app


def left(answer: TestResponse) -> int:
    """Return how many requests an answer says are left."""
    found = re.fullmatch(r'"api";r=(\d+);t=(\d+)', answer.headers["RateLimit"])
    assert found, answer.headers["RateLimit"]
    assert 1 <= int(found[2]) <= 60
    return int(found[1])


def test_every_answer_says_how_many_requests_are_left(susan: Program) -> None:
    paths = [ME, f"{MESSAGES}/99", f"{MESSAGES}?limit=x", ME]
    answers = [susan.get(path) for path in paths]
    assert [answer.status_code for answer in answers] == [200, 404, 422, 429]
    assert [left(answer) for answer in answers] == [2, 1, 0, 0]
    assert {answer.headers["RateLimit-Policy"] for answer in answers} == {'"api";q=3;w=60'}
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60


def test_each_token_has_an_allowance_of_its_own(app: Flask, susan: Program) -> None:
    other = program(app, add_token(app, "susan"))
    for _ in range(3):
        susan.get(ME)
    assert susan.get(ME).status_code == 429
    assert other.get(ME).status_code == 200
    assert program(app).get(MESSAGES).status_code == 200


def test_who_shows_no_token_shares_what_one_address_may(app: Flask) -> None:
    near, neighbour, far = program(app), program(app), program(app)
    far.environ_base["REMOTE_ADDR"] = "10.0.0.1"
    assert [left(one.get(MESSAGES)) for one in (near, neighbour, far)] == [2, 1, 2]


def test_what_is_no_token_counts_for_its_address(app: Flask) -> None:
    guesser = program(app, "flasky_" + "x" * 43)
    statuses = [guesser.get(ME).status_code for _ in range(4)]
    assert statuses == [401, 401, 401, 429]
    assert program(app).get(MESSAGES).status_code == 429


def test_what_has_not_changed_counts_as_well(susan: Program) -> None:
    tag = susan.get(MESSAGES).headers["ETag"]
    again = susan.get(MESSAGES, headers={"If-None-Match": tag})
    assert (again.status_code, left(again)) == (304, 1)


def test_pages_have_no_such_headers(app: Flask) -> None:
    assert "RateLimit" not in app.test_client().get("/").headers
