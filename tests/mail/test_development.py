"""Mails on a developer's machine."""

import logging
import time
import urllib.request
from collections.abc import Iterator
from threading import Event

import pytest
from flask import Flask

from app import create_app, db
from app.main.greeting import greet
from app.models import OutgoingMail
from tests.clients import CheckingClient
from tests.conftest import application, visitor
from tests.mail.inbox import Inbox, text_of
from tests.mail.outbox import enqueue, mails, run
from tests.mail.test_worker import workers
from tests.pages import heading, shown
from tests.servers import serve


@pytest.fixture
def developer(tmp_path: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[CheckingClient]:
    """Somebody in front of the development configuration, without a mail server."""
    monkeypatch.setenv("DEV_DATABASE_URL", f"sqlite:///{tmp_path}/data.sqlite")
    monkeypatch.setenv("SECRET_KEY", "a key for tests")
    monkeypatch.setenv("FLASKY_ADMIN", "admin@example.com")
    app = create_app("development")
    app.test_client_class = CheckingClient
    with app.app_context():
        db.create_all()
    yield visitor(app)
    app.extensions["mail_worker"].stop()
    with app.app_context():
        db.engine.dispose()


def wait_for_mail(client: CheckingClient) -> str:
    end = time.monotonic() + 60
    while "<td>sent</td>" not in (page := client.get("/dev/mailbox/").text):  # and not "sending"
        assert time.monotonic() < end, page
        time.sleep(0.05)
    return page


def test_mails_are_in_the_log_and_in_a_mailbox(
    developer: CheckingClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        assert "No emails yet." in shown(developer.get("/dev/mailbox/").text)
        developer.say("<John>")
        page = wait_for_mail(developer)
    assert "New User admin@example.com mail/new_user sent " in shown(page)
    assert "Without MAIL_SERVER, a mail was not sent: '[Flasky] New User' to admin" in caplog.text
    assert "- <John>" in caplog.text

    mail = developer.get("/dev/mailbox/1").text
    assert heading(mail) == "[Flasky] New User"
    assert "- <John> http://127.0.0.1:5000/user/%3CJohn%3E" in shown(mail)
    assert heading(developer.get("/dev/mailbox/1.html").text) == "Someone new said hello"
    for path in ("2", f"{2**70}", f"{2**70}.html"):
        assert developer.get(f"/dev/mailbox/{path}").status_code == 404


@pytest.mark.parametrize("path", ["", "1", "1.html"])
@pytest.mark.parametrize(
    "elsewhere",
    [
        {"REMOTE_ADDR": "192.0.2.1"},
        {"REMOTE_ADDR": ""},
        {"HTTP_X_FORWARDED_FOR": "127.0.0.1"},
        {"HTTP_FORWARDED": "for=127.0.0.1"},
    ],
)
def test_the_mailbox_is_open_to_this_machine_alone(
    developer: CheckingClient, path: str, elsewhere: dict[str, str]
) -> None:
    developer.say("john")
    wait_for_mail(developer)
    assert developer.get(f"/dev/mailbox/{path}").status_code == 200
    assert developer.get(f"/dev/mailbox/{path}", environ_base=elsewhere).status_code == 404


@pytest.mark.parametrize("configuration", ["testing", "production"])
def test_only_developers_have_a_mailbox(
    configuration: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_KEY", "x" * 32)
    monkeypatch.setenv("TRUSTED_HOSTS", "localhost")
    client = create_app(configuration).test_client()
    assert client.get("/dev/mailbox/").status_code == 404


def test_a_site_keeps_what_visitors_said_out_of_its_log(
    sqlite_app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    sqlite_app.extensions["mail"].suppress = True
    with caplog.at_level(logging.INFO):
        enqueue(sqlite_app, "john")
        run(sqlite_app, "send")
        assert "Hello, john!" in caplog.text
        caplog.clear()
        sqlite_app.config["CONFIGURATION"] = "production"
        sqlite_app.config["MAIL_SERVER"] = "a server, or the command would refuse"
        enqueue(sqlite_app, "john")
        run(sqlite_app, "send")
    assert "a mail was not sent" in caplog.text
    assert "john" not in caplog.text


def test_the_server_of_make_run_sends_mails_by_itself(
    tmp_path: str, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path}/data.sqlite"
    monkeypatch.setenv("TEST_DATABASE_URL", url)
    settings = {"FLASK_CONFIG": "development", "DEV_DATABASE_URL": url}
    with application() as app, serve(url, settings=settings) as address:
        with urllib.request.urlopen(address) as page:  # noqa: S310
            assert page.status == 200
        with app.app_context():
            greet("john")
        inbox.wait_for(1)
        assert f"{address}/user/john" in text_of(inbox.mails[0])


def test_a_server_that_is_stopped_finishes_the_mail_in_hand(
    tmp_path: str, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path}/data.sqlite"
    monkeypatch.setenv("TEST_DATABASE_URL", url)
    settings = {"FLASK_CONFIG": "development", "DEV_DATABASE_URL": url}
    in_hand = Event()

    def be_slow() -> None:
        in_hand.set()
        time.sleep(0.5)

    inbox.on_data = be_slow
    with application() as app:
        with serve(url, settings=settings) as address:
            with urllib.request.urlopen(address) as page:  # noqa: S310
                assert page.status == 200
            with app.app_context():
                greet("john")
            assert in_hand.wait(60)
        assert [mail.state for mail in mails(app)] == ["sent"]


def test_a_site_whose_server_has_no_mail_server_keeps_its_mails(
    tmp_path: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/data.sqlite")
    monkeypatch.setenv("SECRET_KEY", "x" * 32)
    monkeypatch.setenv("TRUSTED_HOSTS", "localhost")
    monkeypatch.setenv("MAIL_THREAD", "true")
    app = create_app("production")
    with app.app_context():
        db.create_all()
        db.session.add(OutgoingMail(recipient="a@b.c", template="t", locale="en"))
        db.session.commit()
    assert app.test_client().get("/").status_code == 200
    end = time.monotonic() + 60
    while "No mail can be sent: MAIL_SERVER is not set." not in caplog.text:
        assert time.monotonic() < end
        time.sleep(0.05)
    assert [mail.state for mail in mails(app)] == ["waiting"]
    app.extensions["mail_worker"].stop()
    with app.app_context():
        db.engine.dispose()


def test_servers_and_workers_at_once_do_no_harm(
    tmp_path: str, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path}/data.sqlite"
    monkeypatch.setenv("DEV_DATABASE_URL", url)
    monkeypatch.setenv("TEST_DATABASE_URL", url)
    settings = {"FLASK_CONFIG": "development", "DEV_DATABASE_URL": url}
    with application() as app:
        for number in range(20):
            enqueue(app, str(number), template="mail/new_user")
        with serve(url, settings=settings) as address, workers(url, 2):
            with urllib.request.urlopen(address) as page:  # noqa: S310
                assert page.status == 200
            inbox.wait_for(20)
            end = time.monotonic() + 60
            while any(mail.state != "sent" for mail in mails(app)):
                assert time.monotonic() < end
                time.sleep(0.05)
    assert set(inbox.keys.values()) == {1}
