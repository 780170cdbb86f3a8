"""Mails are decided in the transaction that causes them."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from jinja2 import TemplateNotFound
from sqlalchemy import select, update

from app import db
from app.email import send_email
from app.mail import outbox
from app.models import Notice, OutgoingMail, User
from tests.conftest import visitor
from tests.mail.inbox import Inbox, text_of
from tests.mail.outbox import enqueue, mails, run


def test_a_mail_is_sent_once_its_cause_is_committed(app: Flask, inbox: Inbox) -> None:
    with app.app_context():
        db.session.add(User(username="john"))
        send_email("susan@example.com", "New User", "mail/test", username="John")
        db.session.commit()
    assert run(app, "send") == "1 sent, 0 put off, 0 failed"
    assert run(app, "send") == "0 sent, 0 put off, 0 failed"
    [received] = inbox.mails
    assert received["Subject"] == "[Flasky] New User"
    assert received["To"] == "susan@example.com"
    assert received["From"] == "Flasky <flasky@example.com>"
    assert text_of(received).startswith("Hello, John!")


def test_a_mail_that_is_not_saved_yet_is_new(sqlite_app: Flask) -> None:
    texts = {"template": "mail/test", "locale": "en"}
    with sqlite_app.app_context():
        mail = OutgoingMail(recipient="susan@example.com", **texts)
        assert repr(mail) == "<OutgoingMail None 'mail/test' new>"
        db.session.add(mail)
        db.session.commit()
        assert repr(mail) == "<OutgoingMail 1 'mail/test' waiting>"


def test_what_is_rolled_back_sends_no_mail(app: Flask, inbox: Inbox) -> None:
    with app.app_context():
        outbox.enqueue("susan@example.com", "mail/test", username="john")
        db.session.flush()
        db.session.rollback()
        db.session.commit()
    run(app, "send")
    assert inbox.mails == []
    assert mails(app) == []


def test_a_mail_that_nobody_commits_is_told_to_the_developer(
    sqlite_app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    with sqlite_app.app_context():
        send_email("susan@example.com", "New User", "mail/test", username="john")
    assert "A mail was not committed, so nobody gets it: call db.session.commit()." in caplog.text
    caplog.clear()
    with sqlite_app.app_context():
        send_email("susan@example.com", "New User", "mail/test", username="john")
        db.session.flush()
    assert "A mail was not committed" in caplog.text
    caplog.clear()
    with sqlite_app.app_context():
        send_email("susan@example.com", "New User", "mail/test", username="john")
        with db.session.begin_nested():
            db.session.flush()
    assert "A mail was not committed" in caplog.text
    caplog.clear()
    enqueue(sqlite_app, "john")
    with sqlite_app.app_context():
        send_email("susan@example.com", "New User", "mail/test", username="john")
        db.session.rollback()
    assert caplog.text == ""


@pytest.mark.parametrize(
    "recipient",
    [
        "",
        "susan",
        "susan@",
        "susan@example.com, david@example.com",
        "susan@example.com\nBcc: david@example.com",
        "Susan\r\nBcc: david@example.com <susan@example.com>",
        "susan@example..com",
        f"susan@{'x' * 64}.com",
        f"{'Susan ' * 60}<susan@example.com>",
    ],
)
def test_what_is_no_address_is_refused_at_once(sqlite_app: Flask, recipient: str) -> None:
    with sqlite_app.app_context(), pytest.raises(ValueError, match=r"mail address|line break"):
        send_email(recipient, "New User", "mail/test", username="john")


def test_parameters_that_a_row_cannot_keep_are_refused_at_once(sqlite_app: Flask) -> None:
    with sqlite_app.app_context():
        with pytest.raises(TypeError, match=r"user is a User, .* as in username=user\.username"):
            send_email("susan@example.com", "Hi", "mail/test", user=User(username="john"))
        with pytest.raises(TypeError, match="number is a float"):
            send_email("susan@example.com", "Hi", "mail/test", number=float("nan"))
        with pytest.raises(TypeError, match="mail is the row itself"):
            send_email("susan@example.com", "Hi", "mail/test", mail="x")
        with pytest.raises(ValueError, match=r"mail/theirs\.txt has no block 'subject'"):
            outbox.enqueue("susan@example.com", "mail/theirs", username="john")
        with pytest.raises(ValueError, match="'xx' is not one of en, "):
            outbox.enqueue("susan@example.com", "mail/test", locale="xx")
        with pytest.raises(TemplateNotFound, match=r"mail/nothing\.txt"):
            send_email("susan@example.com", "Hi", "mail/nothing")
        db.session.rollback()


def test_the_table_holds_no_text_and_no_link(app: Flask, inbox: Inbox) -> None:
    assert inbox
    visitor(app).say("john")
    enqueue(app, "john")
    run(app, "send")
    with app.app_context():
        for model in (OutgoingMail, Notice):
            for row in db.session.execute(select(*model.__table__.columns)):
                dump = " ".join(map(str, row))
                assert "http" not in dump
                assert "/user/" not in dump
                assert "Hello" not in dump


def test_what_was_given_up_is_deleted_after_90_days(app: Flask, inbox: Inbox) -> None:
    inbox.answers["RCPT"] = "550 no"
    enqueue(app, "susan", "david")
    run(app, "send")
    with app.app_context():
        first = update(OutgoingMail).where(OutgoingMail.id == 1)
        db.session.execute(first.values(created_at=datetime.now(UTC) - timedelta(days=91)))
        db.session.commit()
    run(app, "send")
    assert [(mail.id, mail.state) for mail in mails(app)] == [(2, "failed")]


def test_what_was_sent_is_deleted_after_30_days(app: Flask, inbox: Inbox) -> None:
    visitor(app).say("john")
    run(app, "send")
    enqueue(app, "susan", "david")
    run(app, "send")
    inbox.answers["RCPT"] = "550 no"
    enqueue(app, "failed")
    run(app, "send")
    long_ago = datetime.now(UTC) - timedelta(days=31)
    with app.app_context():
        old = update(OutgoingMail).where(OutgoingMail.id != 3)
        db.session.execute(old.values(created_at=long_ago))
        db.session.execute(old.where(OutgoingMail.sent_at.is_not(None)).values(sent_at=long_ago))
        db.session.commit()
    run(app, "send")
    assert [(mail.id, mail.state) for mail in mails(app)] == [(3, "sent"), (4, "failed")]
    with app.app_context():
        assert db.session.scalars(select(Notice)).all() == []
    run(app, "send")
    visitor(app).say("somebody else")
    inbox.answers.clear()
    assert run(app, "send") == "1 sent, 0 put off, 0 failed"


def test_the_shell_shows_a_mail_and_what_became_of_it(app: Flask, inbox: Inbox) -> None:
    assert inbox
    enqueue(app, "john")
    assert repr(mails(app)) == "[<OutgoingMail 1 'mail/test' waiting>]"
    run(app, "send")
    assert repr(mails(app)) == "[<OutgoingMail 1 'mail/test' sent>]"
    assert repr(Notice(topic="new_user")) == "<Notice 'new_user'>"
