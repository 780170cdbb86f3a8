"""Links that are mailed: each opens one thing, once, for a while.

A link is signed, and bound to what it would change: an address, a password. Whoever uses it changes
that, and with it every other link that was bound to it is void. Nothing is stored.
"""

import hashlib
from dataclasses import asdict, dataclass
from typing import ClassVar, Self

from flask import current_app, url_for
from itsdangerous import BadSignature, URLSafeTimedSerializer

from app.accounts.signing import make_serializer
from app.models import User


class LinkError(ValueError):
    """A link is not valid: it was altered, is too old, or is for something else."""


@dataclass(frozen=True)
class Link:
    """What a link says. Each kind has its page, a setting for its lifetime, and a salt."""

    endpoint: ClassVar[str]
    setting: ClassVar[str]
    salt: ClassVar[str]  # so that no kind can stand in for another

    def make_url(self) -> str:
        """Return what is mailed."""
        return url_for(self.endpoint, token=self._serializer().dumps(asdict(self)), _external=True)

    @classmethod
    def read(cls, token: str) -> Self:
        """Return what a link of this kind says. Raise LinkError."""
        try:
            return cls(**cls._serializer().loads(token, max_age=cls.lifetime()))
        except BadSignature as error:  # of which "too old" is a kind
            raise LinkError from error
        except TypeError as error:  # of another release
            raise LinkError from error

    @classmethod
    def lifetime(cls) -> int:
        """Return for how many seconds a link can be used."""
        seconds: int = current_app.config[cls.setting]
        return seconds

    @classmethod
    def _serializer(cls) -> URLSafeTimedSerializer:
        return make_serializer(cls.salt)


@dataclass(frozen=True)
class RegisterLink(Link):
    """A name gets an account with an address."""

    endpoint = "auth.choose_password"
    setting = "REGISTER_LINK_LIFETIME"
    salt = "link REGISTER"

    name: str
    email: str


@dataclass(frozen=True)
class ResetLink(Link):
    """A user chooses a new password."""

    endpoint = "auth.reset_password"
    setting = "RESET_LINK_LIFETIME"
    salt = "link RESET"

    user: int
    state: str


@dataclass(frozen=True)
class ChangeEmailLink(Link):
    """A user gets another address."""

    endpoint = "auth.confirm_email"
    setting = "CHANGE_EMAIL_LINK_LIFETIME"
    salt = "link CHANGE_EMAIL"

    user: int
    email: str
    state: str


def hash_credentials(user: User) -> str:
    """Return what a link about a user is bound to. It changes with the address and the password."""
    parts = (user.email_key or "", user.password_hash or "")
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]
