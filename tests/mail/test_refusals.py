"""To an address that does not exist no mail is sent for a week, unless an operator says so."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from app import db
from app.mail.refusals import is_about_address
from app.models import RefusedAddress
from tests.auth.people import add_account, log_in
from tests.mail.inbox import Inbox
from tests.mail.outbox import add_templates, enqueue, mails, run
from tests.pages import shown

NOBODY = "550 5.1.1 no such user"


@pytest.fixture(autouse=True)
def _templates(app: Flask) -> None:
    add_templates(app)


@pytest.fixture
def refused(app: Flask, inbox: Inbox) -> Inbox:
    """A server that takes all mails again, after it has refused one to susan for good."""
    inbox.answers["RCPT"] = NOBODY
    enqueue(app, "first")
    run(app, "send")
    del inbox.answers["RCPT"]
    return inbox


def test_no_mail_is_tried_there_for_a_week(app: Flask, refused: Inbox) -> None:
    enqueue(app, "second")
    enqueue(app, "third", to="Susan <SUSAN@example.com>")
    enqueue(app, "fourth", to="david@example.com")
    assert run(app, "send") == "1 sent, 0 put off, 2 failed"
    assert [mail["To"] for mail in refused.mails] == ["david@example.com"]
    assert mails(app)[1].state == "failed"
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    reason = f"Not sent: this address was refused on {today}. Retry it to send it anyway."
    assert reason in run(app, "list")
    with app.app_context():
        week_ago = datetime.now(UTC) - timedelta(days=7, minutes=1)
        db.session.execute(update(RefusedAddress).values(refused_at=week_ago))
        db.session.commit()
    enqueue(app, "fifth")
    assert run(app, "send") == "1 sent, 0 put off, 0 failed"
    with app.app_context():
        assert db.session.scalars(select(RefusedAddress)).all() == []  # it was cleaned away


@pytest.mark.parametrize("which", [["2"], ["--failed"]])
def test_an_operator_has_it_tried_again(app: Flask, refused: Inbox, which: list[str]) -> None:
    enqueue(app, "second")
    run(app, "send")
    run(app, "retry", *which)
    run(app, "send")
    assert refused.mails
    enqueue(app, "third")  # and then all others go there, too
    assert run(app, "send") == "1 sent, 0 put off, 0 failed"


def test_who_is_refused_again_is_refused_from_then_on(app: Flask, refused: Inbox) -> None:
    run(app, "retry", "1")
    refused.answers["RCPT"] = NOBODY
    run(app, "send")
    del refused.answers["RCPT"]
    enqueue(app, "second")
    assert run(app, "send") == "0 sent, 0 put off, 1 failed"


def test_administrators_see_it(app: Flask, refused: Inbox) -> None:
    assert not refused.mails
    enqueue(app, "second")
    run(app, "send")
    add_account(app, "david", role="Administrator")
    page = log_in(app, "david").get("/admin/mails").text
    assert "Retry it to send it anyway. (550 5.1.1 no such user)" in shown(page)


@pytest.mark.parametrize(
    "answer",
    [
        "550 5.7.1 your host is on a list",
        "554 5.7.1 relay access denied",
        "552 5.2.2 over quota",
        "554 no",
    ],
)
def test_a_refusal_for_another_reason_is_about_one_mail_alone(
    app: Flask, inbox: Inbox, answer: str
) -> None:
    inbox.answers["RCPT"] = answer
    enqueue(app, "first")
    assert run(app, "send") == "0 sent, 0 put off, 1 failed"
    del inbox.answers["RCPT"]
    enqueue(app, "second")
    assert run(app, "send") == "1 sent, 0 put off, 0 failed"


@pytest.mark.parametrize(
    ("answer", "is_so"),
    [
        ("550 5.1.1 no such user", True),
        ("550-5.1.10 no such user", True),
        ("550 5.2.1 closed", True),
        ("550 no such user", True),
        ("551 moved", True),
        ("550 5.7.1 no", False),
        ("452 4.2.2 full", False),
    ],
)
def test_servers_say_whether_it_is_the_address(answer: str, *, is_so: bool) -> None:
    assert is_about_address(int(answer[:3]), answer) is is_so
