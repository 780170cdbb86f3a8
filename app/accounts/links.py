"""Links that are mailed: each opens one thing, once, for a while.

A link is signed, and bound to what it would change: an address, a password, and a counter that
every act of safety raises. Whoever uses it raises that, too, and so voids every other one.
"""

import hashlib
from dataclasses import asdict, dataclass
from typing import ClassVar, Self

from flask import current_app, url_for
from itsdangerous import BadSignature, URLSafeTimedSerializer

from app.accounts.signing import make_serializer
from app.extensions import db
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


@dataclass(frozen=True)
class NotMeLink(Link):
    """An account is closed to everybody, by who had its address when something was done with it.

    It is bound to nothing that a thief could change, and lets nobody in.
    """

    endpoint = "auth.disown"
    setting = "NOT_ME_LINK_LIFETIME"
    salt = "link NOT_ME"

    user: int
    email: str  # its key


def find_user(link: ResetLink | ChangeEmailLink) -> User:
    """Return the user whom a link is about. Raise LinkError if it has been voided."""
    user = db.session.get(User, link.user)
    if user is None or user.disabled_at or link.state != hash_credentials(user):
        raise LinkError
    return user


def hash_link(token: str) -> str:
    """Return what tells a link from others: without its signature, which base64 can spell anew."""
    return hashlib.sha256(token.rpartition(".")[0].encode()).hexdigest()


def hash_credentials(user: User) -> str:
    """Return what a link about a user is bound to: address, password, and `void_links`."""
    parts = (user.email_key or "", user.password_hash or "", str(user.links_epoch))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]
