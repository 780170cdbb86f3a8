"""A mail server, a Flasky that sends to it, and a browser in which susan is logged in."""

import pytest
from flask import Flask

from tests.auth.people import add_account, log_in
from tests.clients import CheckingClient
from tests.mail.conftest import app, closed_inbox, inbox, sqlite_app

__all__ = ["app", "closed_inbox", "inbox", "sqlite_app"]


@pytest.fixture
def susan(app: Flask) -> CheckingClient:
    """The browser of a user."""
    add_account(app, "susan")
    return log_in(app, "susan")


@pytest.fixture
def david(app: Flask) -> CheckingClient:
    """The browser of an administrator."""
    add_account(app, "david", role="Administrator")
    return log_in(app, "david")
