"""The login of a browser: the cookie that holds the key of its session."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import session
from flask_login import login_user, logout_user
from werkzeug.exceptions import Unauthorized

from app.accounts import administration, login_sessions
from app.accounts.login_sessions import Browser, DisabledError
from app.client import client_address, client_agent
from app.extensions import db
from app.models import User, passwords
from app.web.visitors import find_current_user, get_current_user


def load(key: str) -> User | None:
    """Return the user whose session has that key, for Flask-Login.

    `app.web.access` asks before a view writes anything, as this may commit.
    """
    found = login_sessions.find(key)
    if found is None:
        return None
    if login_sessions.touch(found):
        session.modified = True  # the cookie of a kept login has a new end
    found.user.session_key = key
    return found.user


def log_in(user: User, *, keep: bool = False, code: str | None = None) -> None:
    """Log a user in, in a session that shares nothing with the one before, and commit it.

    Raises CodeNeededError, and Unauthorized if the account is disabled.
    """
    if find_current_user() is not None:  # perhaps somebody else
        log_out()
    try:
        key = login_sessions.begin(user, _this_browser(keep=keep), code)
    except DisabledError as error:
        raise Unauthorized from error
    _enter(user, key, keep=keep)


@contextmanager
def renew_session() -> Iterator[User]:
    """Give this browser another session, in the transaction of what the block does to its user.

    So a copy of its cookie ends. Raises Unauthorized if the session has ended meanwhile: whoever
    was logged out does not come in again by changing something at that moment.
    """
    user = get_current_user()
    keep: bool = session.permanent
    administration.lock(user)
    if not login_sessions.remove(user.get_id()):
        db.session.rollback()
        clear_session()
        raise Unauthorized
    yield user
    state = passwords.state_of(user.password_hash)
    key = login_sessions.add(user, _this_browser(keep=keep), state)
    db.session.commit()
    _enter(user, key, keep=keep)


def log_out() -> None:
    """Log out: the cookie, and any copy of it, is worth nothing from now on."""
    user = find_current_user()
    if user is not None:
        login_sessions.end(user, user.get_id())
    clear_session()


def clear_session() -> None:
    """Let this browser know nobody any more."""
    logout_user()
    session.clear()


def _this_browser(*, keep: bool) -> Browser:
    return Browser(client_agent(), client_address(), is_kept=keep)


def _enter(user: User, key: str, *, keep: bool) -> None:
    """Let this browser know the key of its session."""
    session.clear()
    session.permanent = keep
    user.session_key = key
    login_user(user)
    session["name"] = user.username
    session["known"] = user.visits > 0
