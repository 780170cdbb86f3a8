"""The same people as among accounts, and a moderator; and what they do on the board."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import update

from app import db
from app.models import User
from tests.auth.conftest import app, closed_inbox, david, inbox, sqlite_app, susan
from tests.auth.people import add_account, log_in
from tests.clients import CheckingClient

__all__ = ["app", "closed_inbox", "david", "inbox", "sqlite_app", "susan"]


@pytest.fixture
def anna(app: Flask) -> CheckingClient:
    """The browser of a moderator."""
    add_account(app, "anna", role="Moderator")
    return log_in(app, "anna")


@pytest.fixture
def members(sqlite_app: Flask) -> dict[str, CheckingClient]:
    """The browsers of one of each role, where the database makes no difference."""
    roles = {"susan": "User", "anna": "Moderator", "david": "Administrator"}
    for name, role in roles.items():
        add_account(sqlite_app, name, role=role)
    make_members_old(sqlite_app)
    return {name: log_in(sqlite_app, name) for name in roles}


def make_members_old(app: Flask) -> None:
    """Let everybody have been a member for some days."""
    with app.app_context():
        since = datetime.now(UTC) - timedelta(days=3)
        db.session.execute(update(User).values(member_since=since))
        db.session.commit()
