"""What `flask doctor` finds about mails, limits and administrators."""

from datetime import UTC, datetime, timedelta

import pytest
from aiosmtpd.smtp import AuthResult
from flask import Flask
from sqlalchemy import update

from app import create_app, db
from app.models import OutgoingMail, User
from tests.auth.people import add_account
from tests.conftest import application
from tests.doctor.patients import FAIL, OK, WARN, find
from tests.mail.inbox import Inbox
from tests.mail.outbox import add_templates, enqueue
from tests.servers import free_port
from tests.web.test_limits import redis


@pytest.fixture
def inbox(monkeypatch: pytest.MonkeyPatch) -> Inbox:
    """The mail server of the settings, which is down."""
    inbox = Inbox()
    monkeypatch.setenv("MAIL_SERVER", "127.0.0.1")
    monkeypatch.setenv("MAIL_PORT", str(inbox.port))
    monkeypatch.setenv("MAIL_USE_TLS", "false")
    return inbox


def test_a_mail_server_that_takes_us_gets_no_mail(inbox: Inbox) -> None:
    with application() as app, inbox.open():
        level, said = find(app, "F050")
    assert (level, "takes us" in said) == (OK, True)
    assert not inbox.mails


def test_a_mail_server_that_is_down_is_told(inbox: Inbox) -> None:
    with application() as app:
        level, said = find(app, "F050")
    assert level is FAIL
    assert f"127.0.0.1:{inbox.port} cannot be used: " in said


def test_a_login_that_is_refused_is_told(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAIL_USERNAME", "flasky")
    monkeypatch.setenv("MAIL_PASSWORD", "a password nobody sees")
    options = {"auth_require_tls": False, "authenticator": refuse}
    with application() as app, inbox.open(**options):
        level, said = find(app, "F050")
    assert level is FAIL
    assert "refuses: 535" in said
    assert "look at MAIL_USERNAME and MAIL_PASSWORD" in said


def refuse(*_arguments: object) -> AuthResult:
    return AuthResult(success=False, handled=False)


def test_a_mail_server_that_does_not_encrypt_is_told(inbox: Inbox) -> None:
    with application() as app, inbox.open():
        app.extensions["mail"].use_tls = True
        level, said = find(app, "F050")
    assert (level, "cannot be used: STARTTLS" in said) == (FAIL, True)
    assert "by server; look at MAIL_PORT; set MAIL_USE_TLS=false only if" in said


@pytest.mark.parametrize(
    ("settings", "level"),
    [
        ({"MAIL_SERVER": ""}, None),
        ({"MAIL_SERVER": "localhost", "MAIL_USE_TLS": "false"}, OK),
        ({"MAIL_SERVER": "mail.example.com"}, OK),
        ({"MAIL_SERVER": "mail.example.com", "MAIL_USE_SSL": "true"}, OK),
        ({"MAIL_SERVER": "mail.example.com", "MAIL_USE_TLS": "false"}, FAIL),
    ],
)
def test_mails_have_to_be_encrypted(
    monkeypatch: pytest.MonkeyPatch, settings: dict[str, str], level: int | None
) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    assert find(create_app("testing"), "F051")[0] == level


def test_a_site_without_a_mail_server_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "8f3b1c0a9d7e4f52b6a1c3d5e7f90812")
    monkeypatch.setenv("TRUSTED_HOSTS", "flasky.example.com")
    level, said = find(create_app("production"), "F050")
    assert (level, "nobody can register" in said) == (WARN, True)


def change_mail(app: Flask, **values: object) -> None:
    with app.app_context():
        db.session.execute(update(OutgoingMail).values(values))
        db.session.commit()


def test_a_mail_that_nobody_sends_is_told(
    database_url: str, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert inbox
    monkeypatch.setenv("TEST_DATABASE_URL", database_url)
    with application() as app:
        assert find(app, "F052")[0] is OK
        add_templates(app)
        enqueue(app, "john")
        assert find(app, "F052")[0] is OK
        change_mail(app, due=datetime.now(UTC) - timedelta(minutes=9))
        level, said = find(app, "F052")
    assert level is FAIL
    assert "has been due for 9 minutes, and nobody has tried to send it; start flask mail" in said


def test_mails_that_were_given_up_are_told(sqlite_app: Flask) -> None:
    assert find(sqlite_app, "F053")[0] is OK
    add_templates(sqlite_app)
    enqueue(sqlite_app, "john")
    change_mail(sqlite_app, due=None)
    level, said = find(sqlite_app, "F053")
    assert (level, "1 mails were given up; look at: flask mail list" in said) == (WARN, True)


def test_a_redis_that_does_not_answer_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port()
    assert find(create_app("testing"), "F060")[0] is OK
    monkeypatch.setenv("LIMITS_STORAGE", f"redis://:hidden@127.0.0.1:{port}")
    level, said = find(create_app("testing"), "F060")
    assert (level, "hidden" in said) == (FAIL, False)
    monkeypatch.setenv("LIMITS_STORAGE", f"redis://127.0.0.1:{port}")
    with redis(port):
        assert find(create_app("testing"), "F060")[0] is OK
        assert find(create_app("testing"), "F061")[0] is None


def test_a_site_without_an_administrator_is_told(app: Flask) -> None:
    add_account(app, "john")
    level, said = find(app, "F071")
    assert (level, "nobody can administer the site; run: flask user promote" in said) == (
        WARN,
        True,
    )
    add_account(app, "susan", role="Administrator")
    assert find(app, "F071") == (OK, "administrators: 1; ")


def test_whoever_is_disabled_does_not_administer(sqlite_app: Flask) -> None:
    add_account(sqlite_app, "susan", role="Administrator")
    with sqlite_app.app_context():
        db.session.execute(update(User).values(disabled_at=datetime.now(UTC)))
        db.session.commit()
    assert find(sqlite_app, "F071")[0] is WARN
