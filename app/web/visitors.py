"""Who sends this request, as Flask-Login has found out: it keeps that in `g`."""

from flask import g
from flask_login import current_user
from werkzeug.exceptions import Unauthorized

from app.models import AnonymousUser, User

NOBODY = AnonymousUser()


def find_current_user() -> User | None:
    """Return the user who is logged in, or None. It asks the database, once for a request.

    Templates have `current_user`, who may be nobody.
    """
    visitor: object = known_visitor() or current_user._get_current_object()  # noqa: SLF001
    return visitor if isinstance(visitor, User) else None


def get_current_user() -> User:
    """Return the user who is logged in. Raise Unauthorized if nobody is."""
    user = find_current_user()
    if user is None:
        raise Unauthorized
    return user


def known_visitor() -> User | AnonymousUser | None:
    """Return who it is, or None if nothing has asked for that yet. It asks no database."""
    visitor: User | AnonymousUser | None = g.get("_login_user")
    return visitor


def set_visitor(user: User | None) -> None:
    """Let somebody, or nobody, be logged in for the rest of this request, whatever a cookie says.

    It is found out in another way than by a cookie, or is of no concern.
    """
    g._login_user = user or NOBODY  # noqa: SLF001


def make_anonymous() -> None:
    """Let nobody be logged in for the rest of this request, whatever the cookie says."""
    set_visitor(None)
