"""The connection to the mail server: with a time limit, and encrypted to who it is meant for."""

import shutil
import smtplib
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from flask_mail import Message

from app import mail, smtp
from safe_schema.tests.databases import missing
from tests.conftest import application
from tests.judges.front import make_certificate
from tests.mail.inbox import Inbox
from tests.mail.outbox import add_templates, enqueue, mails, run


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate for localhost that nobody has signed, and its key."""
    if not shutil.which("openssl"):
        missing("there is no openssl: apt-get install openssl")
    return make_certificate(tmp_path)


@pytest.fixture(params=["MAIL_USE_TLS", "MAIL_USE_SSL"])
def encrypting_inbox(
    request: pytest.FixtureRequest,
    certificate: tuple[Path, Path],
    closed_inbox: Inbox,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Inbox]:
    """What a mail server that speaks TLS has taken: by STARTTLS, or from the first byte on."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    options: dict[str, Any] = {"ssl_context": context}
    if request.param == "MAIL_USE_TLS":
        options = {"tls_context": context, "require_starttls": True}
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    with closed_inbox.open(hostname="localhost", **options):
        monkeypatch.delenv("SSL_CERT_FILE")
        monkeypatch.delenv("MAIL_USE_TLS")
        monkeypatch.setenv("MAIL_SERVER", "localhost")
        monkeypatch.setenv(request.param, "true")
        yield closed_inbox


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


def test_mails_wait_for_a_server_that_is_the_right_one(
    encrypting_inbox: Inbox, certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    with application() as app:
        add_templates(app)
        enqueue(app, "john")
        printed = run(app, "send", succeeds=False)
        assert "the certificate of localhost:" in printed
        assert "is not valid: self-signed certificate. All emails wait." in printed
        assert [(mail.state, mail.tries) for mail in mails(app)] == [("waiting", 0)]
        assert "is not valid" in run(app, "test", "susan@example.com", succeeds=False)
        assert encrypting_inbox.mails == []

        monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
        assert "(TLSv1.3)" in run(app, "test", "susan@example.com")
        run(app, "send")
        assert len(encrypting_inbox.mails) == 2


def test_a_server_that_says_nothing_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp, "SECONDS_TO_WAIT", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("MAIL_SERVER", "127.0.0.1")
        monkeypatch.setenv("MAIL_PORT", str(silent.getsockname()[1]))
        with pytest.raises(smtplib.SMTPServerDisconnected, match="timed out"):
            send_one()


GREETING = b"220 here I am\r\n"


@contextmanager
def endless(monkeypatch: pytest.MonkeyPatch, first: bytes, then: bytes) -> Iterator[None]:
    """Let the mail server say something, and then something else for ever."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setenv("MAIL_SERVER", "127.0.0.1")
        monkeypatch.setenv("MAIL_PORT", str(server.getsockname()[1]))

        def talk() -> None:
            with suppress(OSError):
                connection, _ = server.accept()
                with connection:
                    connection.sendall(first)
                    while then:
                        connection.sendall(then)
                        time.sleep(0.01)

        talking = threading.Thread(target=talk)
        talking.start()
        try:
            yield
        finally:
            server.shutdown(socket.SHUT_RDWR)
            talking.join()


@pytest.mark.parametrize(
    ("first", "then"),
    [(GREETING, b"250-one more\r\n"), (GREETING, b"2"), (b"", b"2")],
    ids=["lines", "a drip", "a greeting"],
)
def test_a_server_that_never_comes_to_an_end_is_left(
    first: bytes, then: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "SECONDS_TO_CONNECT", 0.5)
    with (
        endless(monkeypatch, first, then),
        application() as app,
    ):
        printed = run(app, "test", "susan@example.com", succeeds=False)
    assert "did not answer in time" in printed


def test_an_answer_without_an_end_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    with endless(monkeypatch, GREETING, b"250-one more\r\n" * 1000), application() as app:
        printed = run(app, "test", "susan@example.com", succeeds=False)
    assert "its answer has no end" in printed


def test_something_else_at_the_port_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with endless(monkeypatch, b"SSH-2.0-OpenSSH_9.2\r\n", b""), application() as app:
        printed = run(app, "test", "susan@example.com", succeeds=False)
    assert "what answers at 127.0.0.1:" in printed
    assert "is no mail server" in printed
