"""Mails, to a real server on this machine."""

import logging
import shutil
import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from flask_mail import Message

from app import mail, smtp
from app.email import send_email
from tests.clients import CheckingClient
from tests.conftest import application, visitor
from tests.judges.front import make_certificate
from tests.pages import heading
from tests.requirements import missing
from tests.servers import free_port


class Inbox:
    """Keeps what a mail server takes."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"


@pytest.fixture
def inbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Inbox]:
    """What the mail server of Flasky's settings has taken."""
    inbox, port = Inbox(), free_port()
    controller = Controller(inbox, hostname="127.0.0.1", port=port)
    controller.start()
    monkeypatch.setenv("MAIL_SERVER", "127.0.0.1")
    monkeypatch.setenv("MAIL_PORT", str(port))
    monkeypatch.setenv("MAIL_USE_TLS", "false")
    monkeypatch.setenv("FLASKY_MAIL_SENDER", "Flasky <flasky@example.com>")
    yield inbox
    controller.stop()


def wait_for_mails() -> None:
    for thread in threading.enumerate():
        if thread.name.startswith("mail to "):
            thread.join()


def test_a_mail_has_text_html_and_the_prefix(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLASKY_MAIL_SUBJECT_PREFIX", "[Test]")
    with application() as app, app.app_context():
        send_email("susan@example.com", "Grüße", "mail/new_user", username="<John>").join()
    [received] = inbox.mails
    assert received["Subject"] == "[Test] Grüße"
    assert received["To"] == "susan@example.com"
    assert received["From"] == "Flasky <flasky@example.com>"
    text, html = received.get_body(["plain"]), received.get_body(["html"])
    assert text
    assert text.get_content().strip() == "Somebody new said a name: <John>"
    assert html
    assert "&lt;John&gt;" in html.get_content()
    assert '<p lang="en">' in html.get_content()


def test_the_administrator_reads_the_sites_language_not_the_visitors(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLASKY_ADMIN", "admin@example.com")
    monkeypatch.setenv("BABEL_DEFAULT_LOCALE", "zh_Hans")
    with application() as app:
        client = visitor(app)
        client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
        assert heading(client.say("john").text) == "Hello, john!"
        wait_for_mails()
    [received] = inbox.mails
    assert received["Subject"] == "[Flasky] 新用户"
    text, html = received.get_body(["plain"]), received.get_body(["html"])
    assert text
    assert text.get_content().strip() == "有新访客留下了名字：john"
    assert html
    assert '<p lang="zh-Hans">' in html.get_content()


def test_the_administrator_is_told_of_a_new_visitor_once(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLASKY_ADMIN", "admin@example.com")
    with application() as app:
        client = visitor(app)
        client.say("John")
        client.say("john")
        wait_for_mails()
    [received] = inbox.mails
    assert received["To"] == "admin@example.com"
    assert received["Subject"] == "[Flasky] New User"
    body = received.get_body(["plain"])
    assert body
    assert "John" in body.get_content()


def test_nobody_is_told_without_an_administrator(inbox: Inbox) -> None:
    with application() as app:
        visitor(app).say("john")
        wait_for_mails()
    assert inbox.mails == []


def test_the_example_of_the_notes_sends_a_mail(inbox: Inbox) -> None:
    with application() as app:
        message = Message("test subject", sender="you@example.com", recipients=["you@example.com"])
        message.body = "text body"
        message.html = "<b>HTML</b> body"
        with app.app_context():
            mail.send(message)
    assert [received["Subject"] for received in inbox.mails] == ["test subject"]


def test_without_a_server_the_mail_is_in_the_log(
    sqlite_client: CheckingClient, caplog: pytest.LogCaptureFixture
) -> None:
    sqlite_client.application.config["FLASKY_ADMIN"] = "admin@example.com"
    with caplog.at_level(logging.INFO):
        sqlite_client.say("john")
        wait_for_mails()
    assert "Without MAIL_SERVER, a mail was not sent: '[Flasky] New User'" in caplog.text
    assert "Somebody new said a name: john" in caplog.text


def test_a_site_keeps_what_visitors_said_out_of_its_log(
    sqlite_client: CheckingClient, caplog: pytest.LogCaptureFixture
) -> None:
    sqlite_client.application.config.update(
        CONFIGURATION="production", FLASKY_ADMIN="admin@example.com"
    )
    with caplog.at_level(logging.INFO):
        sqlite_client.say("john")
        wait_for_mails()
    assert "a mail was not sent" in caplog.text
    assert "john" not in caplog.text


def test_a_server_that_is_down_costs_the_mail_but_not_the_greeting(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("MAIL_SERVER", "127.0.0.1")
    monkeypatch.setenv("MAIL_PORT", str(free_port()))
    monkeypatch.setenv("FLASKY_ADMIN", "admin@example.com")
    with application() as app:
        assert "Hello, john!" in visitor(app).say("john").text
        wait_for_mails()
    assert "The mail '[Flasky] New User' to ['admin@example.com'] was not sent." in caplog.text
    assert "Connection refused" in caplog.text


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate for localhost that nobody has signed, and its key."""
    if not shutil.which("openssl"):
        missing("there is no openssl to make a certificate with")
    return make_certificate(tmp_path)


@pytest.fixture(params=["MAIL_USE_TLS", "MAIL_USE_SSL"])
def encrypting_inbox(
    request: pytest.FixtureRequest,
    certificate: tuple[Path, Path],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Inbox]:
    """What a mail server that speaks TLS has taken: by STARTTLS, or from the first byte on."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    inbox, port = Inbox(), free_port()
    if request.param == "MAIL_USE_SSL":
        controller = Controller(inbox, hostname="localhost", port=port, ssl_context=context)
    else:
        controller = Controller(
            inbox, hostname="localhost", port=port, tls_context=context, require_starttls=True
        )
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    controller.start()
    monkeypatch.delenv("SSL_CERT_FILE")
    monkeypatch.setenv("MAIL_SERVER", "localhost")
    monkeypatch.setenv("MAIL_PORT", str(port))
    monkeypatch.setenv(request.param, "true")
    yield inbox
    controller.stop()


def send_one() -> None:
    with application() as app, app.app_context():
        mail.send(Message("Hello", recipients=["susan@example.com"], body="Hello"))


def test_a_server_that_is_not_whom_it_claims_to_be_gets_no_mail(encrypting_inbox: Inbox) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        send_one()
    assert encrypting_inbox.mails == []


def test_a_server_that_is_known_gets_the_mail(
    encrypting_inbox: Inbox, certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    send_one()
    assert [received["Subject"] for received in encrypting_inbox.mails] == ["Hello"]


def test_a_server_that_says_nothing_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp, "SECONDS_TO_WAIT", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("MAIL_SERVER", "127.0.0.1")
        monkeypatch.setenv("MAIL_PORT", str(silent.getsockname()[1]))
        with pytest.raises(smtplib.SMTPServerDisconnected, match="timed out"):
            send_one()
