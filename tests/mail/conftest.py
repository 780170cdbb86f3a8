"""A mail server, and a Flasky that sends to it."""

from collections.abc import Iterator

import pytest
from flask import Flask

from tests.conftest import application
from tests.mail.inbox import Inbox
from tests.mail.outbox import add_templates


@pytest.fixture
def closed_inbox(monkeypatch: pytest.MonkeyPatch) -> Inbox:
    """The mail server of Flasky's settings, which is down."""
    inbox = Inbox()
    monkeypatch.setenv("MAIL_SERVER", "127.0.0.1")
    monkeypatch.setenv("MAIL_PORT", str(inbox.port))
    monkeypatch.setenv("MAIL_USE_TLS", "false")
    monkeypatch.setenv("FLASKY_MAIL_SENDER", "Flasky <flasky@example.com>")
    monkeypatch.setenv("FLASKY_ADMIN", "admin@example.com")
    return inbox


@pytest.fixture
def inbox(closed_inbox: Inbox) -> Iterator[Inbox]:
    """What the mail server of Flasky's settings has taken."""
    with closed_inbox.open():
        yield closed_inbox


@pytest.fixture
def app(database_url: str, closed_inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """An application with its tables, and that mail server."""
    assert closed_inbox
    monkeypatch.setenv("TEST_DATABASE_URL", database_url)
    with application() as app:
        add_templates(app)
        yield app


@pytest.fixture
def sqlite_app(closed_inbox: Inbox) -> Iterator[Flask]:
    """The same in memory, where the database makes no difference."""
    assert closed_inbox
    with application() as app:
        add_templates(app)
        yield app
