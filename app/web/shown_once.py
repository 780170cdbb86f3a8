"""What is shown once, before it is kept for good or not at all: a secret to scan, recovery codes.

It waits in the session of this browser, encrypted for its user, so that its page can be loaded
anew, and for half an hour at most.
"""

import time

from flask import session

from app.web.encryption import decrypt, encrypt
from app.web.visitors import get_current_user

SECONDS_TO_SEE = 30 * 60


def keep(name: str, text: str) -> None:
    """Keep a text for the page that shows it."""
    session[name] = {
        "is": encrypt(text, get_current_user().id),
        "since": int(time.time()),
    }


def read(name: str) -> str | None:
    """Return the text of that name, or None if there is none, or none any more."""
    kept = session.get(name)
    if not isinstance(kept, dict) or kept.keys() != {"is", "since"}:
        return None  # there is none, or it is of another release
    if time.time() - kept["since"] > SECONDS_TO_SEE:
        return None
    return decrypt(kept["is"], get_current_user().id)


def forget(name: str) -> bool:
    """Forget the text of that name. Return whether there was one."""
    return session.pop(name, None) is not None
