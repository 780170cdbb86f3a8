"""How an account changes: its password, its address, its name."""

from functools import partial
from typing import NamedTuple

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from app import audit
from app.accounts import names
from app.accounts.administration import end_sessions, lock, promote_admin
from app.accounts.letters import tell_owner
from app.accounts.links import ChangeEmailLink, LinkError, ResetLink, hash_credentials
from app.database import rows_matched
from app.extensions import db
from app.models import Action, User, passwords
from app.models.account_name import parse_account_name
from app.models.addresses import parse_email
from app.models.nickname import Nickname
from app.retry import retry


class ChangedMeanwhileError(ValueError):
    """An account is not what it was any more: somebody else has changed it."""


class NameTakenError(ValueError):
    """A name is another account's, or looks like one, or rests after it was given up."""


class EmailChange(NamedTuple):
    """What a mailed link asks for: another address for a user."""

    user: User
    email: str


def read_reset(token: str) -> User:
    """Return the user who chooses a password by a mailed link. Raise LinkError."""
    return _user_of(ResetLink.read(token))


def read_email_change(token: str) -> EmailChange:
    """Return what a mailed link asks for. Raise LinkError."""
    link = ChangeEmailLink.read(token)
    return EmailChange(_user_of(link), link.email)


def _user_of(link: ResetLink | ChangeEmailLink) -> User:
    user = db.session.get(User, link.user)
    if user is None or user.disabled_at or link.state != hash_credentials(user):
        raise LinkError
    return user


def reset_password(user: User, password: str) -> None:
    """Give the user of a mailed link another password, end all sessions, and commit it.

    Raises LinkError if somebody else was faster, WeakPasswordError.
    """
    password_hash = passwords.check_and_hash(password, user.known_to_others)
    lock(user)
    try:
        set_password(user, password_hash=password_hash)
    except ChangedMeanwhileError as error:
        raise LinkError from error
    db.session.commit()


def set_password(user: User, *, password_hash: str) -> None:
    """Change a password, end all sessions, and tell the owner, in the current transaction.

    Raises ChangedMeanwhileError.
    """
    change(user, password_hash=password_hash)
    end_sessions(user)
    audit.record(Action.PASSWORD_CHANGED, user, actor=user)
    tell_owner(user, "mail/password_changed")


def change_email(user: User, email: str) -> None:
    """Give the user of a mailed link the address that it proves, and commit it.

    Raises LinkError if somebody else was faster.
    """
    address = parse_email(email)
    tell_owner(user, "mail/email_changed")  # at the former one
    try:
        change(user, email=address.shown, email_key=address.key)
        audit.record(Action.EMAIL_CHANGED, user, actor=user)
        db.session.commit()
    except ChangedMeanwhileError as error:
        raise LinkError from error
    except IntegrityError:  # somebody else has that address by now
        db.session.rollback()
        raise LinkError from None
    promote_admin(user)


def change_name(user: User, typed: str) -> None:
    """Give a user another name, or another spelling of theirs, and commit it.

    Raises NameTakenError, InvalidNameError, ChangedMeanwhileError.
    """
    name = parse_account_name(typed)
    if name.shown == user.username:
        return
    try:
        retry(partial(_change_name, user, user.username, name))
    except (IntegrityError, StaleDataError):  # another account was faster
        raise NameTakenError(f"{name.shown!r} is somebody else's name.") from None


def _change_name(user: User, former: str, name: Nickname) -> None:
    _take_from_visitor(user, name)
    change(user, username=name.shown, username_key=name.key)
    names.claim(user, name.shown)
    audit.record(Action.NAME_CHANGED, user, actor=user, detail=f"{former} → {name.shown}")
    db.session.commit()


def _take_from_visitor(user: User, name: Nickname) -> None:
    """Let an account have the visits that were made under its new name, if no account made them.

    What is known of a name stays with it, as when it gets an account. Raises NameTakenError, and
    StaleDataError if another account has just done the same.
    """
    visitor = db.session.scalar(select(User).where(User.username_key == name.key))
    if visitor is None or visitor is user:
        return
    lock(visitor)
    db.session.refresh(visitor)
    if visitor.has_account:
        db.session.rollback()
        raise NameTakenError(f"{name.shown!r} is somebody else's name.")
    first_seen = min(user.first_seen, visitor.first_seen)
    visits = User.visits + visitor.visits
    db.session.execute(delete(User).where(User.id == visitor.id))
    mine = update(User).where(User.id == user.id)
    db.session.execute(mine.values(first_seen=first_seen, visits=visits))


def change(user: User, **values: str) -> None:
    """Change an account in the current transaction, if it is what it was when it was looked at.

    Of two who do so at once, one changes the account. For the other one the transaction is rolled
    back, and ChangedMeanwhileError is raised.
    """
    unchanged = (User.password_hash == user.password_hash) & (User.email_key == user.email_key)
    row = update(User).where(User.id == user.id, unchanged).values(values)
    if rows_matched(db.session.execute(row)) != 1:
        db.session.rollback()
        raise ChangedMeanwhileError
