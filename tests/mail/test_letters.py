"""What is written to people."""

import re

import pytest
from flask import Flask
from flask_mail import Message
from markupsafe import escape

from app import db, mail
from app.email import send_email
from app.mail import outbox
from app.mail.letters import compose
from tests.conftest import application, visitor
from tests.mail.inbox import Inbox, text_of
from tests.mail.outbox import enqueue, mails, pass_time, run


def test_a_mail_has_text_and_html_and_headers(sqlite_app: Flask, inbox: Inbox) -> None:
    sqlite_app.config["FLASKY_MAIL_SUBJECT_PREFIX"] = "[Test]"
    enqueue(sqlite_app, "<John>")
    run(sqlite_app, "send")
    [received] = inbox.mails
    assert received["Subject"] == "[Test] New User"
    assert text_of(received).startswith("Hello, <John>!")
    assert "Hello, &lt;John&gt;!" in text_of(received, "html")
    assert received["Auto-Submitted"] == "auto-generated"
    assert received["Content-Language"] == "en"
    assert re.fullmatch("<[0-9a-f]{32}@example.com>", received["Message-ID"])
    assert received["Date"].datetime == mails(sqlite_app)[0].created_at.replace(microsecond=0)
    content = inbox.envelopes[0].content
    assert isinstance(content, bytes)
    assert content.isascii()


def test_links_are_those_of_the_settings_whatever_host_a_request_names(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUBLIC_URL", "https://flasky.example.com/greeter/")
    with application() as app:
        client = visitor(app)
        client.environ_base["HTTP_HOST"] = "evil.example"
        client.say("john")
        run(app, "send")
    [received] = inbox.mails
    assert "https://flasky.example.com/greeter/user/john" in text_of(received)
    assert 'href="https://flasky.example.com/greeter/user/john"' in text_of(received, "html")
    assert "evil" not in received.as_string()


def test_a_mail_speaks_the_language_of_whoever_caused_it(sqlite_app: Flask, inbox: Inbox) -> None:
    with sqlite_app.test_request_context(headers={"Accept-Language": "zh-CN"}):
        outbox.enqueue("susan@example.com", "mail/test", username="john")
        db.session.commit()
    run(sqlite_app, "send")
    [received] = inbox.mails
    assert received["Subject"] == "[Flasky] 新用户"
    assert text_of(received).startswith("你好，john！")
    assert received["Content-Language"] == "zh-Hans"


def test_a_mail_speaks_the_language_that_it_is_told(sqlite_app: Flask, inbox: Inbox) -> None:
    with sqlite_app.test_request_context(headers={"Accept-Language": "zh-CN"}):
        outbox.enqueue("susan@example.com", "mail/test", locale="en", username="john")
        db.session.commit()
    run(sqlite_app, "send")
    assert inbox.mails[0]["Subject"] == "[Flasky] New User"


def test_a_mail_of_a_readers_has_the_subject_that_they_gave(
    sqlite_app: Flask, inbox: Inbox
) -> None:
    subject = "100% <free>, %(username)s: New User"
    with sqlite_app.test_request_context(headers={"Accept-Language": "zh-CN"}):
        send_email("susan@example.com", subject, "mail/theirs", username="john")
        send_email("susan@example.com", subject, "mail/test", username="john")
        db.session.commit()
    run(sqlite_app, "send")
    for received in inbox.mails:
        assert received["Subject"] == f"[Flasky] {subject}"
        assert received["Content-Language"] == "zh-Hans"
    assert text_of(inbox.mails[0]) == "你好，john！"
    heading = f"<h1>{escape(subject)}</h1>"
    assert heading in text_of(inbox.mails[0], "html")


def test_a_line_break_in_a_value_makes_no_header(sqlite_app: Flask, inbox: Inbox) -> None:
    subject = "Hello john\r\nBcc: david@example.com\n\nBuy!"
    with sqlite_app.app_context():
        send_email("susan@example.com", subject, "mail/test", username="john")
        db.session.commit()
    run(sqlite_app, "send")
    [received] = inbox.mails
    assert received["Subject"] == "[Flasky] Hello john Bcc: david@example.com Buy!"
    assert received["Bcc"] is None
    assert inbox.envelopes[0].rcpt_tos == ["susan@example.com"]


@pytest.mark.parametrize(
    ("recipient", "header", "envelope"),
    [
        ("张三 <susan@example.com>", "张三 <susan@example.com>", "susan@example.com"),
        ('"White, Susan" <susan@example.com>', '"White, Susan" <susan@example.com>', ""),
        ("susan@münchen.example", "susan@xn--mnchen-3ya.example", ""),
        ("jürgen@münchen.example", "jürgen@xn--mnchen-3ya.example", ""),
        ("o'brien+flasky@example.com", "o'brien+flasky@example.com", ""),
    ],
)
def test_names_and_addresses_in_all_scripts(
    sqlite_app: Flask, inbox: Inbox, recipient: str, header: str, envelope: str
) -> None:
    enqueue(sqlite_app, "john", to=recipient)
    assert run(sqlite_app, "send") == "1 sent, 0 put off, 0 failed"
    assert inbox.mails[0]["To"] == header
    address = envelope or header.rsplit("<", maxsplit=1)[-1].rstrip(">")
    assert inbox.envelopes[0].rcpt_tos == [address]


@pytest.mark.parametrize("to", ["", "susan@example.com, david@example.com"])
def test_a_letter_to_nobody_or_to_more_than_one_is_never_handed_over(
    sqlite_app: Flask, inbox: Inbox, to: str
) -> None:
    with sqlite_app.app_context(), mail.connect() as connection:
        letter = compose("susan@example.com", "Test", "Hello")
        letter.replace_header("To", to)
        with pytest.raises(ValueError, match="unpack"):
            connection.send_letter(letter)
    assert inbox.mails == []


def test_an_address_that_the_server_cannot_write_is_given_up(
    sqlite_app: Flask, closed_inbox: Inbox
) -> None:
    enqueue(sqlite_app, "john", to="jürgen@example.com")
    with closed_inbox.open(enable_SMTPUTF8=False):
        assert run(sqlite_app, "send") == "0 sent, 0 put off, 1 failed"
    assert "SMTPUTF8" in (mails(sqlite_app)[0].error or "")


def test_a_mail_that_cannot_be_written_is_tried_again(app: Flask, inbox: Inbox) -> None:
    enqueue(app, "", template="mail/broken")
    enqueue(app, "john")
    assert run(app, "send") == "1 sent, 1 put off, 0 failed"
    broken, _ = mails(app)
    assert broken.state == "waiting"
    assert (broken.error or "").startswith("ZeroDivisionError")
    mended = "{% block subject %}mended{% endblock %}"
    app.jinja_env.loader.loaders[1].mapping["mail/broken.txt"] = mended  # type: ignore[union-attr]
    app.jinja_env.cache.clear()  # type: ignore[union-attr]
    pass_time(app)
    assert run(app, "send") == "1 sent, 0 put off, 0 failed"
    assert text_of(inbox.mails[1]) == "mended"


def test_the_example_of_the_notes_sends_a_mail_at_once(sqlite_app: Flask, inbox: Inbox) -> None:
    message = Message("test subject", sender="you@example.com", recipients=["you@example.com"])
    message.body = "text body"
    message.html = "<b>HTML</b> body"
    with sqlite_app.app_context():
        mail.send(message)
    assert [received["Subject"] for received in inbox.mails] == ["test subject"]
