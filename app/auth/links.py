"""Links that are mailed: each opens one thing, once, for a while.

A link is signed, and bound to what it would change: an address, a password. Whoever uses it changes
that, and with it every other link that was bound to it is void. Nothing is stored.
"""

import hashlib
from enum import Enum
from typing import Any

from flask import current_app, url_for
from itsdangerous import BadSignature, URLSafeTimedSerializer

from app.models import User


class Purpose(Enum):
    """What a link is for: its page, the setting with its lifetime in seconds, and what it holds."""

    REGISTER = ("auth.choose_password", "REGISTER_LINK_LIFETIME", {"name", "email"})
    RESET = ("auth.reset_password", "RESET_LINK_LIFETIME", {"user", "state"})
    CHANGE_EMAIL = (
        "auth.confirm_email",
        "CHANGE_EMAIL_LINK_LIFETIME",
        {"user", "email", "state"},
    )


class LinkError(ValueError):
    """A link is not valid: it was altered, is too old, or is for something else."""


def make(purpose: Purpose, **values: Any) -> str:  # noqa: ANN401
    """Return the address of a link that holds these values."""
    endpoint, _, _ = purpose.value
    return url_for(endpoint, token=_serializer(purpose).dumps(values), _external=True)


def read(purpose: Purpose, token: str) -> dict[str, Any]:
    """Return the values in a link. Raise LinkError."""
    _, setting, names = purpose.value
    try:
        values = _serializer(purpose).loads(token, max_age=current_app.config[setting])
    except BadSignature as error:  # of which "too old" is a kind
        raise LinkError from error
    if not isinstance(values, dict) or values.keys() != names:  # of another release
        raise LinkError
    return values


def state_of(user: User) -> str:
    """Return what a link about a user is bound to. It changes with the address and the password."""
    parts = (user.email_key or "", user.password_hash or "")
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


def _serializer(purpose: Purpose) -> URLSafeTimedSerializer:
    keys = [*(current_app.config["SECRET_KEY_FALLBACKS"] or []), current_app.config["SECRET_KEY"]]
    return URLSafeTimedSerializer(
        keys, salt=f"link {purpose.name}", signer_kwargs={"digest_method": hashlib.sha256}
    )
