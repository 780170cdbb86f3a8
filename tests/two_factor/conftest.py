"""A mail server, a Flasky that sends to it, and browsers in which somebody is logged in."""

from tests.auth.conftest import app, closed_inbox, david, inbox, sqlite_app, susan

__all__ = ["app", "closed_inbox", "david", "inbox", "sqlite_app", "susan"]
