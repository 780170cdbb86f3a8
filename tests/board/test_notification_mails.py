"""Mails about notifications: when they come, to whom, and what they say."""

from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import pytest
from flask import Flask
from sqlalchemy import select, update

from app import db
from app.board import messages, moderation
from app.board.models import BoardReader, MailFrequency, Message, Notification, NotificationKind
from app.board.notification_mails import mail_notifications, set_frequency
from app.board.notifications import notify
from app.mail.worker import Worker
from app.models import OutgoingMail
from tests.auth.people import add_account, log_in, submit
from tests.auth.races import at_once
from tests.board.conftest import make_members_old
from tests.board.people import disable, user_of, write
from tests.mail.inbox import Inbox, text_of
from tests.mail.outbox import mails, run
from tests.pages import shown


@pytest.fixture
def people(app: Flask) -> Flask:
    for name in ("susan", "anna", "john"):
        add_account(app, name)
    make_members_old(app)
    return app


def mention(app: Flask, text: str = "Hello @susan", author: str = "anna") -> None:
    with app.app_context():
        messages.post(user_of(app, author), text)


def choose(app: Flask, frequency: MailFrequency, name: str = "susan") -> None:
    with app.app_context():
        set_frequency(user_of(app, name), frequency)


def gather(app: Flask) -> list[str]:
    """Write the mails that are due, and return who all mails so far are for."""
    with app.app_context():
        mail_notifications()
    return [mail.recipient for mail in mails(app)]


def let_a_day_pass(app: Flask) -> None:
    with app.app_context():
        day = datetime.now(UTC) - timedelta(days=1, minutes=1)
        db.session.execute(update(BoardReader).values(mailed_at=day))
        db.session.commit()


def test_one_mail_a_day_tells_of_all(people: Flask, inbox: Inbox) -> None:
    mention(people, "Hello @susan,\n\n<b>how</b> are you? https://example.com/")
    mention(people, "Me too, @susan", author="john")
    run(people, "send")
    mention(people, "Another one, @susan")
    run(people, "send")
    [mail] = inbox.mails
    assert mail["To"] == "susan@example.com"
    assert mail["Subject"] == "[Flasky] You have 2 new notifications"
    text = text_of(mail)
    assert "anna mentioned you:\n\n  Hello @susan,\n\n  <b>how</b> are you?" in text
    assert text.index("john mentioned you:") < text.index("anna mentioned you:")
    for path in ("1", "2", "notifications", "settings"):
        assert f"http://127.0.0.1:5000/board/{path}\n" in f"{text}\n"
    html = text_of(mail, "html")
    assert "&lt;b&gt;how&lt;/b&gt;" in html
    assert 'href="http://127.0.0.1:5000/board/1"' in html
    assert 'href="/' not in html
    let_a_day_pass(people)
    run(people, "send")
    assert "Another one, @susan" in text_of(inbox.mails[1])
    assert inbox.mails[1]["Subject"] == "[Flasky] You have a new notification"
    let_a_day_pass(people)
    run(people, "send")
    assert len(inbox.mails) == 2


def test_mails_come_at_once_or_never_as_one_wants(people: Flask) -> None:
    choose(people, MailFrequency.AT_ONCE)
    choose(people, MailFrequency.NEVER, "john")
    for number in range(3):
        mention(people, f"{number} @susan @john")
        assert gather(people) == ["susan@example.com"] * (number + 1)
    choose(people, MailFrequency.DAILY, "john")
    assert gather(people) == ["susan@example.com"] * 3  # not of what was before that


def test_what_was_read_or_mailed_otherwise_is_not_mailed(people: Flask) -> None:
    mention(people)
    log_in(people, "susan").get("/board/1")
    with people.app_context():
        anna, message = user_of(people, "anna"), db.session.get_one(Message, 1)
        for kind in (NotificationKind.HIDDEN, NotificationKind.SHOWN):
            notify(anna, message, kind)
        db.session.commit()
    assert gather(people) == []


def test_who_is_disabled_gets_no_mail(people: Flask) -> None:
    mention(people)
    disable(people, "susan")
    assert gather(people) == []


def test_what_is_hidden_is_in_no_mail(people: Flask, inbox: Inbox) -> None:
    add_account(people, "david", role="Administrator")
    choose(people, MailFrequency.AT_ONCE)
    for number in range(3):
        mention(people, f"Text {number} @susan")
    with people.app_context():
        david = user_of(people, "david")
        moderation.hide(db.session.get_one(Message, 1), "Why", david)
        mail_notifications()
        moderation.hide(db.session.get_one(Message, 2), "Why", david)
    run(people, "send")
    text = text_of(mails_to_susan(inbox)[0])
    assert [f"Text {number}" in text for number in range(3)] == [False, False, True]
    mention(people, "Text 3 @susan")
    gather(people)
    with people.app_context():
        moderation.hide(db.session.get_one(Message, 4), "Why", user_of(people, "david"))
    run(people, "send")
    assert "These messages are no longer on the board." in text_of(mails_to_susan(inbox)[1])


def mails_to_susan(inbox: Inbox) -> list[EmailMessage]:
    """Return her mails: who wrote what is hidden is mailed, too."""
    return [mail for mail in inbox.mails if mail["To"] == "susan@example.com"]


def test_many_are_told_of_in_one_mail_of_bounded_length(people: Flask, inbox: Inbox) -> None:
    with people.app_context():
        susan = user_of(people, "susan")
        for number in range(30):
            message = Message(text=f"No {number}: {'long ' * 1000}")
            db.session.add(message)
            db.session.flush()
            notify(susan, message, NotificationKind.MENTION)
        db.session.commit()
    run(people, "send")
    text = text_of(inbox.mails[0])
    assert inbox.mails[0]["Subject"] == "[Flasky] You have 30 new notifications"
    assert text.count("A former user mentioned you:") == 10
    assert "No 29:" in text
    assert "And 20 more:" in text
    assert len(text) < 8000


def test_a_mail_is_in_the_language_of_its_reader(people: Flask, inbox: Inbox) -> None:
    with people.app_context():
        user_of(people, "susan").locale = "zh_Hans"
        db.session.commit()
    mention(people)
    run(people, "send")
    assert inbox.mails[0]["Content-Language"] == "zh-Hans"


def test_a_reader_of_another_name_meanwhile_gets_the_mail(people: Flask, inbox: Inbox) -> None:
    mention(people)
    gather(people)
    with people.app_context():
        user_of(people, "susan").username = "suzanne"
        db.session.commit()
    run(people, "send")
    assert "Hello @susan" in text_of(inbox.mails[0])


def test_of_workers_that_look_at_once_one_writes_the_mail(people: Flask) -> None:
    choose(people, MailFrequency.AT_ONCE)
    for number in range(5):
        mention(people, f"{number} @susan @john")

    def look() -> int:
        with people.app_context():
            mail_notifications()
            return 200

    assert at_once(*[look] * 8) == {200}
    with people.app_context():
        found = db.session.scalars(select(OutgoingMail).order_by(OutgoingMail.recipient)).all()
        assert [(mail.recipient, mail.parameters["count"]) for mail in found] == [
            ("john@example.com", 5),
            ("susan@example.com", 5),
        ]


def test_a_worker_that_dies_before_the_commit_loses_nothing(
    people: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    mention(people)

    def die(*_: object, **__: object) -> None:
        raise SystemExit

    with monkeypatch.context() as dying, people.app_context():
        dying.setattr("app.board.notification_mails.tell_owner", die)
        with pytest.raises(SystemExit):
            mail_notifications()
        db.session.rollback()
    assert mails(people) == []
    assert gather(people) == ["susan@example.com"]


def test_the_worker_looks_by_itself(people: Flask, inbox: Inbox) -> None:
    mention(people)
    worker = Worker(people)
    with people.app_context():
        assert worker.send_due() is None
        assert len(inbox.mails) == 1
        db.session.execute(update(Notification).values(mailed_at=None))
        db.session.execute(update(BoardReader).values(mailed_at=None))
        db.session.commit()
        worker.send_due()  # in the same second: it does not look again
    assert len(inbox.mails) == 1


def test_a_bug_in_a_room_stops_no_mail(
    people: Flask, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("app.mail.gathering._gatherers", [fail, mail_notifications])
    mention(people)
    run(people, "send")
    assert len(inbox.mails) == 1


def test_how_often_is_chosen_in_the_settings(app: Flask) -> None:
    add_account(app, "susan")
    susan = log_in(app, "susan")
    assert "Emails about notifications Once a day at most" in shown(
        susan.get("/auth/settings").text
    )
    answer = submit(susan, "/board/settings", frequency="at once")
    assert answer.location == "/auth/settings"
    assert "Emails about notifications At once" in shown(susan.get("/auth/settings").text)
    write(susan, "Hello")
    susan.get("/board/")
    page = submit(susan, "/board/settings", frequency="hourly")
    assert page.status_code == 422
    with app.app_context():
        place = db.session.scalars(select(BoardReader)).one()
        assert (place.mail_frequency, place.last_read_id) == ("at once", 1)
