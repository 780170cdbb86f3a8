"""Who sends this request, as Flask-Login has found out: it keeps that in `g`."""

from flask import g
from flask_login import current_user

from app.models import AnonymousUser, User

NOBODY = AnonymousUser()


def me() -> User:
    """Return the user who is logged in, on pages that need a login: not the proxy for them."""
    user: User = current_user._get_current_object()  # noqa: SLF001
    return user


def known_visitor() -> User | AnonymousUser | None:
    """Return who it is, or None if nothing has asked for that yet. It asks no database."""
    visitor: User | AnonymousUser | None = g.get("_login_user")
    return visitor


def be_nobody() -> None:
    """Let nobody be logged in for the rest of this request, whatever the cookie says."""
    g._login_user = NOBODY  # noqa: SLF001
