"""Whoever has given the right password, and is yet to give a code: for ten minutes."""

import time
from typing import NamedTuple

from flask import session

from app.extensions import db
from app.models import User, passwords

SECONDS = 10 * 60
KEY = "waiting"


class Waiting(NamedTuple):
    """Who waits, and whether they are to be kept logged in."""

    user: User
    keep: bool


def let_wait(user_id: int, password_state: str, *, keep: bool) -> None:
    """Remember in the signed cookie who has given the right password, and which it was."""
    now = int(time.time())
    session[KEY] = {"user": user_id, "state": password_state, "keep": keep, "since": now}


def who_waits() -> Waiting | None:
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
    return Waiting(user, kept["keep"])
