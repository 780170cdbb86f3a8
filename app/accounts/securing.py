"""Closing an account after "this was not me", until its owner opens it by a mailed link.

Whoever asks for that gains nothing: they are logged out, too, and only the account's address gets
the link by which a password is chosen. A second factor stays: an address alone is no way around it.
"""

from collections.abc import Callable
from typing import NamedTuple

from app import audit
from app.accounts import administration, email_changes
from app.accounts.letters import mail_new_password
from app.accounts.links import LinkError, NotMeLink
from app.extensions import db
from app.models import Action, User, passwords
from app.models.login_session import new_key

_steps: list[Callable[[User], None]] = []


def register_step(step: Callable[[User], None]) -> Callable[[User], None]:
    """Let a function take away another way into an account, in the transaction that closes it."""
    _steps.append(step)
    return step


class Disowning(NamedTuple):
    """What a mailed link asks for: that an account is closed, and has that address afterwards."""

    user: User
    email: str
    email_key: str


def read(token: str) -> Disowning:
    """Return what a mailed link asks for. Raise LinkError."""
    link = NotMeLink.read(token)
    user = db.session.get(User, link.user)
    if user is None or not user.email or user.disabled_at:
        raise LinkError
    if user.email_key == link.email:
        return Disowning(user, user.email, link.email)
    lost = email_changes.find_lost(user, link.email)
    if lost is None:
        raise LinkError
    return Disowning(user, lost.former, link.email)


def secure(user: User, email_key: str) -> None:
    """End the sessions and tokens of an account, void its links and its password, and commit it.

    The link for another password goes to that address, which is taken back if it was changed.
    Raises LinkError if the account has not had it of late, AddressTakenError.
    """
    password_hash = passwords.hash_password(new_key())  # which nobody knows
    administration.lock(user)
    db.session.refresh(user)
    if user.email_key != email_key:
        email_changes.take_back(user, email_key)
    user.password_hash = password_hash  # tokens and sessions are bound to it
    administration.end_sessions(user)
    for step in _steps:
        step(user)
    audit.record(Action.SECURED, user, actor=user)
    mail_new_password(user)
    db.session.commit()
