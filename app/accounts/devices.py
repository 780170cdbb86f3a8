"""Browsers in which somebody has logged in before (OWASP's device cookies).

Such a browser keeps a signed text, which opens nothing. Its wrong passwords are counted apart, so
that nobody who guesses elsewhere shuts the owner out. A new password voids it.
"""

import secrets
from typing import NamedTuple

from itsdangerous import BadSignature

from app.accounts.signing import make_serializer
from app.models import User, passwords

MOST_USERS = 4  # of one browser, those who logged in last
SECONDS_KEPT = 365 * 24 * 60 * 60
SALT = "device"


class Device(NamedTuple):
    """A browser in which a user has logged in."""

    user: int
    nonce: str
    state: str  # of the account at that moment


def add(kept: str, user: User) -> str:
    """Return what a browser is to keep that kept something so far, and that a user uses now."""
    others = [device for device in _read(kept) if device.user != user.id]
    mine = Device(user.id, secrets.token_urlsafe(12), _state_of(user))
    return str(make_serializer(SALT).dumps([mine, *others[: MOST_USERS - 1]]))


def find(kept: str, user: User | None) -> Device | None:
    """Return the device that a browser is for a user, by what it keeps, if they used it before.

    That is as much work for nobody.
    """
    devices = _read(kept)
    if user is None:
        return None
    mine = (user.id, _state_of(user))
    return next((device for device in devices if (device.user, device.state) == mine), None)


def _read(kept: str) -> list[Device]:
    try:
        return [Device(*entry) for entry in make_serializer(SALT).loads(kept, SECONDS_KEPT)]
    except (BadSignature, TypeError):  # forged, too old, or of another release
        return []


def _state_of(user: User) -> str:
    return passwords.state_of(user.password_hash)
