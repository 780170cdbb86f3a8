"""How an account changes: its password, and its name."""

from functools import partial

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from app import audit
from app.accounts import administration, names
from app.accounts.administration import end_sessions
from app.accounts.letters import tell_owner
from app.accounts.links import LinkError, ResetLink, find_user, hash_credentials
from app.database import rows_matched
from app.extensions import db
from app.models import Action, User, passwords
from app.models.account_name import parse_account_name
from app.models.nickname import Nickname
from app.retry import retry


class ChangedMeanwhileError(ValueError):
    """An account is not what it was any more: somebody else has changed it."""


class NameTakenError(ValueError):
    """A name is another account's, or looks like one, or rests after it was given up."""


def read_reset(token: str) -> User:
    """Return the user who chooses a password by a mailed link. Raise LinkError."""
    return find_user(ResetLink.read(token))


def reset_password(user: User, password: str) -> None:
    """Give the user of a mailed link another password, end all sessions, and commit it.

    Raises LinkError if somebody else was faster, WeakPasswordError.
    """
    password_hash = passwords.check_and_hash(password, user.known_to_others)
    lock_as_seen(user)
    set_password(user, password_hash=password_hash, action=Action.PASSWORD_RESET)
    db.session.commit()


def lock_as_seen(user: User) -> None:
    """Lock the user of a mailed link. Raise LinkError if it has been voided since it was read."""
    seen = hash_credentials(user)
    administration.lock(user)
    db.session.refresh(user)
    if hash_credentials(user) != seen:
        db.session.rollback()
        raise LinkError


def set_password(
    user: User, *, password_hash: str, action: Action = Action.PASSWORD_CHANGED
) -> None:
    """Change a password, end all sessions, and tell the owner, in the current transaction.

    Raises ChangedMeanwhileError.
    """
    change(user, password_hash=password_hash)
    end_sessions(user)
    audit.record(action, user, actor=user)
    tell_owner(user, "mail/password_changed")


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
    tell_owner(user, "mail/name_changed", former=former)
    db.session.commit()


def _take_from_visitor(user: User, name: Nickname) -> None:
    """Let an account have the visits that were made under its new name, if no account made them.

    What is known of a name stays with it, as when it gets an account. Raises NameTakenError, and
    StaleDataError if another account has just done the same.
    """
    visitor = db.session.scalar(select(User).where(User.username_key == name.key))
    if visitor is None or visitor is user:
        return
    administration.lock(visitor)
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
