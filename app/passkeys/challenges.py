"""What a passkey is asked to sign: something random, once, of this browser's session, for a while.

It waits in the signed cookie, which a browser may keep a copy of. So a passkey takes no challenge
that is older than its last use: see `keys.use`.
"""

import secrets
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime
from typing import NamedTuple

from flask import session

SECONDS = 5 * 60
KEY = "passkey_challenge"
BYTES = 32


class Challenge(NamedTuple):
    """What is to be signed, since when, and what a new passkey was told to know its user by."""

    value: bytes
    made_at: datetime
    user_handle: bytes


def make(user_handle: bytes = b"") -> bytes:
    """Return a new challenge, and keep it for the next request that brings an answer."""
    value = secrets.token_bytes(BYTES)
    session[KEY] = {
        "is": urlsafe_b64encode(value).decode(),
        "since": time.time(),
        "handle": urlsafe_b64encode(user_handle).decode(),
    }
    return value


def take() -> Challenge | None:
    """Return the challenge of this session, and forget it. None if there is none, or no more."""
    kept = session.pop(KEY, None)
    if not isinstance(kept, dict) or kept.keys() != {"is", "since", "handle"}:
        return None  # there is none, or it is of another release
    if time.time() - kept["since"] > SECONDS:
        return None
    value, user_handle = urlsafe_b64decode(kept["is"]), urlsafe_b64decode(kept["handle"])
    return Challenge(value, datetime.fromtimestamp(kept["since"], UTC), user_handle)
