"""What the administrator is told, and how seldom."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import update

from app import db
from app.mail import notices
from app.mail.worker import Worker
from app.main.greeting import NEW_USER, greet
from app.models import Notice, OutgoingMail
from tests.conftest import application, visitor
from tests.mail.inbox import Inbox, text_of
from tests.mail.outbox import mails, run, send_earlier
from tests.pages import heading


def names(inbox: Inbox) -> list[list[str]]:
    """Return the names in each mail."""
    return [
        [line[2:] for line in text_of(mail).splitlines() if line.startswith("- ")]
        for mail in inbox.mails
    ]


def say(app: Flask, *said: str) -> None:
    with app.app_context():
        for name in said:
            greet(name)


def test_the_administrator_is_told_of_a_new_visitor_once(app: Flask, inbox: Inbox) -> None:
    client = visitor(app)
    client.say("John")
    client.say("john")
    run(app, "send")
    [received] = inbox.mails
    assert received["To"] == "admin@example.com"
    assert received["Subject"] == "[Flasky] New User"
    assert text_of(received).startswith("Someone new said hello\n")
    assert "http://127.0.0.1:5000/user/John" in text_of(received)
    assert names(inbox) == [["John"]]


def test_visitors_of_one_minute_are_told_in_one_mail(app: Flask, inbox: Inbox) -> None:
    say(app, "john")
    run(app, "send")
    say(app, "susan", "david", "John")
    assert run(app, "send") == "0 sent, 0 put off, 0 failed"
    assert run(app, "list") == "2 waiting (2 of them notices), 0 failed"
    send_earlier(app, seconds=60)
    run(app, "send")
    assert names(inbox) == [["john"], ["susan", "david"]]
    assert text_of(inbox.mails[1]).startswith("2 new people said hello\n")
    send_earlier(app, seconds=60)
    assert run(app, "send") == "0 sent, 0 put off, 0 failed"


def test_the_next_mail_waits_for_the_last_one(app: Flask, closed_inbox: Inbox) -> None:
    say(app, "john")
    run(app, "send", succeeds=False)
    say(app, "susan")
    send_earlier(app, seconds=60)
    run(app, "send", succeeds=False)
    assert len(mails(app)) == 1
    with closed_inbox.open():
        run(app, "send")
        send_earlier(app, seconds=60)
        run(app, "send")
    assert names(closed_inbox) == [["john"], ["susan"]]


def test_the_next_mail_waits_for_one_that_is_tried_for_long(app: Flask, inbox: Inbox) -> None:
    inbox.answers["DATA"] = "451 later"
    say(app, "john")
    run(app, "send")
    say(app, "susan")
    with app.app_context():
        long_ago = datetime.now(UTC) - timedelta(hours=1)
        db.session.execute(update(OutgoingMail).values(created_at=long_ago))
        db.session.commit()
    run(app, "send")
    assert len(mails(app)) == 1


def test_of_two_workers_that_write_the_next_mail_one_is_refused(app: Flask, inbox: Inbox) -> None:
    app.config["NEW_USER_MAIL_INTERVAL"] = 0
    say(app, "john")
    with app.app_context(), pytest.MonkeyPatch.context() as patch:
        notices.mail_waiting()
        say(app, "susan")
        # The other worker has looked before that mail was there.
        patch.setattr(notices, "_last_mail", lambda _topic: None)
        notices.mail_waiting()
    assert len(mails(app)) == 1
    run(app, "send")
    run(app, "send")
    assert names(inbox) == [["john"], ["susan"]]


def test_after_a_quiet_month_a_mail_is_told_from_the_one_before(app: Flask, inbox: Inbox) -> None:
    say(app, "john")
    run(app, "send")
    send_earlier(app, seconds=31 * 24 * 60 * 60)
    say(app, "susan")
    run(app, "send")
    run(app, "send")
    assert names(inbox) == [["john"], ["susan"]]
    assert set(inbox.keys.values()) == {1}


def test_one_topic_that_cannot_be_gathered_stops_no_other_mail(
    app: Flask, inbox: Inbox, caplog: pytest.LogCaptureFixture
) -> None:
    with app.app_context():
        db.session.add(Notice(topic="of a later release", parameters={}))
        db.session.commit()
    say(app, "john")
    assert run(app, "send") == "1 sent, 0 put off, 0 failed"
    assert names(inbox) == [["john"]]
    assert "The notices on 'of a later release' cannot be gathered." in caplog.text


def test_a_mail_that_was_given_up_does_not_stop_the_next(app: Flask, inbox: Inbox) -> None:
    inbox.answers["DATA"] = "550 no"
    app.config["NEW_USER_MAIL_INTERVAL"] = 0
    say(app, "john")
    run(app, "send")
    inbox.answers.clear()
    say(app, "susan")
    run(app, "send")
    run(app, "retry", "--failed")
    run(app, "send")
    assert names(inbox) == [["susan"], ["john"]]


def test_workers_that_gather_at_once_tell_each_name_once(app: Flask, inbox: Inbox) -> None:
    app.config["NEW_USER_MAIL_INTERVAL"] = 0
    said = [f"visitor {number}" for number in range(120)]
    done = threading.Event()

    def work() -> None:  # not by the command, which prints to the one output of this process
        worker = Worker(app)
        while not done.is_set():
            with app.app_context():
                assert worker.send_due() is None

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    say(app, *said)
    done.set()
    for thread in threads:
        thread.join()
    run(app, "send")
    told = [name for mail in names(inbox) for name in mail]
    assert sorted(told) == sorted(said)
    assert set(inbox.keys.values()) == {1}


def test_a_mail_holds_no_more_than_servers_take(
    app: Flask, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notices, "MOST_BYTES", 2 * (notices.BYTES_OF_A_NOTICE + 80))
    app.config["NEW_USER_MAIL_INTERVAL"] = 0
    said = ["john", "susan", "david", "miguel", "anna"]
    say(app, *said)
    for _ in range(4):
        run(app, "send")
    assert names(inbox) == [said[:2], said[2:4], said[4:]]


def test_a_flood_of_names_is_summed_up(sqlite_app: Flask, inbox: Inbox) -> None:
    said = [f"visitor {number}" for number in range(203)]
    say(sqlite_app, *said)
    run(sqlite_app, "send")
    assert names(inbox) == [said[:200]]
    assert text_of(inbox.mails[0]).startswith("203 new people said hello\n")
    assert text_of(inbox.mails[0]).endswith("\n\nAnd 3 more.")
    assert "<p>And 3 more.</p>" in text_of(inbox.mails[0], "html")


def test_a_visitor_who_comes_when_another_is_told_is_told_next(app: Flask, inbox: Inbox) -> None:
    app.config["NEW_USER_MAIL_INTERVAL"] = 0
    say(app, "john")
    inbox.on_data = lambda: say(app, "susan") if not inbox.mails else None
    run(app, "send")
    run(app, "send")
    assert names(inbox) == [["john"], ["susan"]]


def test_the_administrator_reads_the_sites_language_not_the_visitors(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BABEL_DEFAULT_LOCALE", "zh_Hans")
    with application() as app:
        client = visitor(app)
        client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
        assert heading(client.say("john").text) == "Hello, john!"
        run(app, "send")
    [received] = inbox.mails
    assert received["Subject"] == "[Flasky] 新用户"
    assert text_of(received).startswith("有 1 位新访客打了招呼\n")
    assert '<html lang="zh-Hans">' in text_of(received, "html")


def test_nobody_is_told_without_an_administrator(sqlite_app: Flask, inbox: Inbox) -> None:
    say(sqlite_app, "told to the administrator of that day")
    sqlite_app.config["FLASKY_ADMIN"] = None
    say(sqlite_app, "john")
    run(sqlite_app, "send")
    assert inbox.mails == []
    assert run(sqlite_app, "list") == "0 waiting, 0 failed"


def test_a_greeting_that_fails_tells_of_nobody(app: Flask, inbox: Inbox) -> None:
    with app.app_context():
        notices.tell_admin(NEW_USER, username="john")
        db.session.flush()
        db.session.rollback()
    run(app, "send")
    assert inbox.mails == []
