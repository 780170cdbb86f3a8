"""A browser in which susan is logged in, and a mail server for what she is told."""

from tests.auth.conftest import app, closed_inbox, david, inbox, sqlite_app, susan

__all__ = ["app", "closed_inbox", "david", "inbox", "sqlite_app", "susan"]
