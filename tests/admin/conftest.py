"""The same people as among accounts, and a mail server."""

from tests.auth.conftest import app, closed_inbox, david, inbox, sqlite_app, susan

__all__ = ["app", "closed_inbox", "david", "inbox", "sqlite_app", "susan"]
