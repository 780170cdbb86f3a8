"""The login of a browser: the cookie that holds the key of its session.

Another one, which outlives logins, tells that somebody has logged in there before.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from flask import Response, after_this_request, flash, session
from flask_login import login_user, logout_user
from werkzeug.exceptions import Unauthorized

from app import audit
from app.accounts import administration, devices, login_sessions
from app.accounts.devices import Device
from app.accounts.login_sessions import Browser, DisabledError
from app.client import client_address, client_agent
from app.extensions import db
from app.models import Action, Detail, User, passwords
from app.web import cookies
from app.web.languages import gettext
from app.web.visitors import find_current_user, get_current_user

DEVICE = "device"  # the name of its cookie


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
    found.user.proved_at = found.proved_at
    return found.user


def log_in(
    user: User, *, keep: bool = False, code: str | None = None, shown_by: Detail | None = None
) -> None:
    """Log a user in, in a session that shares nothing with the one before, and commit it.

    `code` and `shown_by` are what `login_sessions.begin` takes. Raises CodeNeededError, and
    Unauthorized if the account is disabled.
    """
    if find_current_user() is not None:  # perhaps somebody else
        log_out()
    try:
        key = login_sessions.begin(user, _this_browser(user, keep=keep), code, shown_by=shown_by)
    except DisabledError as error:
        raise Unauthorized from error
    session.clear()
    _enter(user, key, keep=keep)
    if keep and not session.permanent:
        flash(gettext("Administrators are not kept logged in when they close the browser."))


def prove(code: str | None = None, *, shown_by: Detail | None = None) -> None:
    """Note that whoever is logged in here has just proved who they are, and commit it.

    After a right password, the checks of `login_sessions` look at the code. `shown_by` is what
    shows without a password who it is: then they are not asked. Raises CodeNeededError, and
    Unauthorized as `renew_session`, which ends a copy of the cookie that proves nothing.
    """
    with renew_session(proved_at=datetime.now(UTC)) as user:
        shown_by = shown_by or login_sessions.run_checks(user, code)
        audit.record(Action.PROVED, user, detail=shown_by or "")


@contextmanager
def renew_session(*, proved_at: datetime | None = None) -> Iterator[User]:
    """Give this browser another session, in the transaction of what the block does to its user.

    So a copy of its cookie ends. It is as long ago as before that the user has proved who they
    are, unless `proved_at` says when. Raises Unauthorized if the session has ended meanwhile:
    whoever was logged out does not come in again by changing something at that moment.
    """
    user = get_current_user()
    proved_at = proved_at or user.proved_at
    keep: bool = session.permanent
    administration.lock(user)
    if not login_sessions.remove(user.get_id()):
        db.session.rollback()
        clear_session()
        raise Unauthorized
    yield user
    state = passwords.state_of(user.password_hash)
    key = login_sessions.add(user, _this_browser(user, keep=keep), state, proved_at=proved_at)
    db.session.commit()
    session.pop("csrf_token", None)
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


def find_device(user: User | None) -> Device | None:
    """Return what this browser is to a user who has logged in here before."""
    return devices.find(cookies.read(DEVICE) or "", user)


def is_known_device(user: User) -> bool:
    """Return whether a user has logged in here before, with the present password."""
    return find_device(user) is not None


def remember_device(user: User) -> None:
    """Let this browser keep that a user was here, who has proved it."""
    kept = devices.add(cookies.read(DEVICE) or "", user)

    @after_this_request
    def keep(response: Response) -> Response:
        cookies.keep(response, DEVICE, kept)
        return response


def _this_browser(user: User, *, keep: bool) -> Browser:
    return Browser(client_agent(), client_address(), is_kept=keep, is_known=is_known_device(user))


def _enter(user: User, key: str, *, keep: bool) -> None:
    """Let this browser know the key of its session."""
    session.permanent = keep and not user.is_administrator()
    user.session_key = key
    login_user(user)
    remember_device(user)
    session["name"] = user.username
    session["known"] = user.visits > 0
