"""A login that waits for a code of the second factor: for ten minutes after the password."""

import time
from typing import NamedTuple

from flask import session

from app.extensions import db
from app.models import User, passwords

SECONDS = 10 * 60
KEY = "pending_login"


class PendingLogin(NamedTuple):
    """Who has given the password, and whether they are to be kept logged in."""

    user: User
    keep: bool


def remember(user_id: int, password_state: str, *, keep: bool) -> None:
    """Remember in the signed cookie who has given the right password, and which it was."""
    now = int(time.time())
    session[KEY] = {"user": user_id, "state": password_state, "keep": keep, "since": now}


def find() -> PendingLogin | None:
    """Return who has given the password that is theirs still, or None."""
    kept = session.get(KEY)
    if not isinstance(kept, dict) or kept.keys() != {"user", "state", "keep", "since"}:
        return None  # there is none, or it is of another release
    if time.time() - kept["since"] > SECONDS:
        return None
    user = db.session.get(User, kept["user"])
    if user is None or user.disabled_at:
        return None
    if kept["state"] != passwords.state_of(user.password_hash):
        return None
    return PendingLogin(user, kept["keep"])
