"""Saying a name by a program does what the form on the first page does."""

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import db
from app.models import Notice, User
from tests.api.people import Program, errors, program
from tests.conftest import visitor
from tests.pages import shown

GREETINGS = "/api/v1/greetings"


def test_a_name_is_new_once(app: Flask, nobody: Program) -> None:
    first = nobody.post(GREETINGS, json={"name": " Ann "})
    assert first.status_code == 200
    assert first.get_json() == {"name": "Ann", "known": False, "last_seen": None}
    again = nobody.post(GREETINGS, json={"name": "ANN"}).get_json()
    assert (again["name"], again["known"]) == ("ANN", True)
    with app.app_context():
        ann = db.session.scalars(select(User)).one()
        assert (ann.username, ann.visits) == ("Ann", 2)


def test_the_form_and_a_program_know_the_same_names(app: Flask, nobody: Program) -> None:
    visitor(app).say("john")
    assert nobody.post(GREETINGS, json={"name": "john"}).get_json()["known"]
    nobody.post(GREETINGS, json={"name": "ann"})
    assert "Happy to see you again!" in shown(visitor(app).say("ann").text)


def test_the_admin_is_told_of_a_new_name(
    monkeypatch: pytest.MonkeyPatch, app: Flask, nobody: Program
) -> None:
    monkeypatch.setitem(app.config, "FLASKY_ADMIN", "admin@example.com")
    for _ in range(2):
        nobody.post(GREETINGS, json={"name": "ann"})
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Notice)) == 1


def test_new_names_have_a_limit_and_known_ones_none(
    monkeypatch: pytest.MonkeyPatch, app: Flask, nobody: Program
) -> None:
    monkeypatch.setitem(app.config, "NEW_NAMES_LIMIT", "2 per minute")
    statuses = [
        nobody.post(GREETINGS, json={"name": name}).status_code
        for name in ("ann", "bob", "cid", "ann", "bob")
    ]
    assert statuses == [200, 200, 429, 200, 200]
    told = nobody.post(GREETINGS, json={"name": "cid"}).get_json()["detail"]
    assert "Names that Flasky already knows are still welcome." in told


def test_who_has_a_token_may_greet_whoever_it_is_for(app: Flask, susan: Program) -> None:
    answer = susan.post(GREETINGS, json={"name": "susan"}).get_json()
    assert answer["known"]
    assert program(app).get("/api/v1/messages").status_code == 200


def test_what_is_no_name_is_told_why(nobody: Program) -> None:
    for name in (" ", "\u202e", "a" * 65):
        assert [place for place, _ in errors(nobody.post(GREETINGS, json={"name": name}))] == [
            "/name"
        ]
