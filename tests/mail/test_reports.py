"""What the administrator is told of Flasky's own mistakes."""

import json
import re

import pytest
from flask import Flask
from flask.typing import ResponseReturnValue
from sqlalchemy import select, text

from app import db
from app.main import reports
from app.models import Notice
from app.web.access import everybody
from tests.clients import CheckingClient
from tests.conftest import visitor
from tests.mail.inbox import Inbox, text_of
from tests.mail.outbox import run, send_earlier
from tests.pages import shown


@pytest.fixture
def failing(app: Flask) -> CheckingClient:
    """A visitor to addresses that fail."""
    app.config["PROPAGATE_EXCEPTIONS"] = False

    @app.route("/crash/<name>")
    @everybody
    def crash(name: str) -> ResponseReturnValue:
        raise RuntimeError(f"{name} typed this")

    @app.route("/wrong-sql")
    @everybody
    def wrong_sql() -> ResponseReturnValue:
        db.session.execute(text("SELEKT 1"))
        return "never"

    return visitor(app)


def number_in(page: str) -> str:
    [number] = re.findall("please quote this number: ([0-9a-f]{16})", shown(page))
    return str(number)


def test_a_mistake_is_told_with_the_number_of_its_request(
    app: Flask,
    failing: CheckingClient,
    inbox: Inbox,
    caplog: pytest.LogCaptureFixture,
) -> None:
    number = number_in(failing.get("/crash/john?name=susan").text)
    assert f"The request that failed has the number {number}." in caplog.text
    run(app, "send")
    [mail] = inbox.mails
    assert mail["To"] == "admin@example.com"
    assert mail["Subject"] == "[Flasky] Server error"
    told = text_of(mail)
    assert "A request failed." in told
    assert "RuntimeError" in told
    assert "GET crash" in told
    assert number in told
    assert number in text_of(mail, "html")
    for private in ("john", "susan", "127.0.0.1"):
        assert private not in mail.as_string()


def test_a_mistake_is_told_once_an_hour_and_each_kind_by_itself(
    app: Flask, failing: CheckingClient, inbox: Inbox
) -> None:
    failing.get("/crash/john")
    run(app, "send")
    numbers = [number_in(failing.get("/crash/john").text) for _ in range(3)]
    failing.get("/wrong-sql")
    run(app, "send")
    assert ["RuntimeError" in text_of(mail) for mail in inbox.mails] == [True, False]
    send_earlier(app, seconds=60)
    run(app, "send")
    assert len(inbox.mails) == 2
    send_earlier(app, seconds=60 * 60)
    run(app, "send")
    assert len(inbox.mails) == 3
    told = text_of(inbox.mails[2])
    assert "3 requests failed." in told
    assert all(number in told for number in numbers)


def test_a_flood_of_one_mistake_fills_no_table(
    app: Flask,
    failing: CheckingClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reports, "MOST_WAITING", 3)
    for _ in range(5):
        failing.get("/crash/john")
    with app.app_context():
        assert len(db.session.scalars(select(Notice)).all()) == 3


def test_a_mistake_that_cannot_be_told_is_answered_all_the_same(
    app: Flask,
    failing: CheckingClient,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with app.app_context():
        db.session.execute(text("DROP TABLE notices"))
        db.session.commit()
    answer = failing.get("/crash/john", headers={"Accept": "application/json"})
    assert answer.status_code == 500
    assert re.fullmatch("[0-9a-f]{16}", json.loads(answer.text)["request_id"])
    assert "The administrator could not be told." in caplog.text
