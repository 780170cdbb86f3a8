"""Accounts: how a name gets one, how it changes, how it ends."""

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from app.auth import links
from app.auth.links import LinkError, Purpose
from app.auth.news import tell_owner
from app.auth.standing import end_sessions, hold, promote_admin, role_for
from app.database import gave_way, rows_met
from app.extensions import db
from app.models import Action, Role, User, passwords
from app.models.addresses import InvalidAddressError, MailAddress, mail_address
from app.models.nickname import LONGEST_KEY, InvalidNameError, account_name, nickname
from app.web import audit

ATTEMPTS = 5


def find(login: str) -> User | None:
    """Return the user of that mail address or name. A name that looks like an address yields."""
    if "@" in login:
        try:
            owner = find_by_email(mail_address(login))
        except InvalidAddressError:
            owner = None
        if owner is not None:
            return owner
    return find_by_name(login)


def key_of(login: str) -> str:
    """Return a name or an address, as somebody typed it to log in, in one form."""
    with suppress(InvalidAddressError):
        if "@" in login:
            return mail_address(login).key
    with suppress(InvalidNameError):
        return nickname(login).key
    return login.strip().casefold()[:LONGEST_KEY]


def find_by_name(name: str) -> User | None:
    """Return the user of that name, in any of its spellings."""
    try:
        key = nickname(name).key
    except InvalidNameError:
        return None
    user: User | None = db.session.scalar(select(User).where(User.username_key == key))
    return user


def find_by_email(address: MailAddress) -> User | None:
    """Return the user of that address."""
    user: User | None = db.session.scalar(select(User).where(User.email_key == address.key))
    return user


def in_the_way(name: str, address: MailAddress) -> User | None:
    """Return the user because of whom a name can get no account with an address, if any.

    Either the address is theirs, or they have an account of that name.
    """
    user, owner = find_by_name(name), find_by_email(address)
    if owner is not None and (owner.has_account or owner is not user):
        return owner
    return user if user is not None and user.has_account else None


def claim(token: str, password: str) -> User:
    """Give a name the account that a mailed link is for, and commit it.

    A row of a visitor stays the same row. Of two links for one name, or for one address, the first
    that is used wins. Raises LinkError for any other, WeakPasswordError.
    """
    name, address = check_claim(token)
    password_hash = passwords.hash_checked(password, [name, address.shown])
    attempts_left = ATTEMPTS
    while True:
        try:
            return _claim(name, address, password_hash)
        except DBAPIError as error:
            db.session.rollback()
            attempts_left -= 1
            # Somebody else was faster: the next look finds what they did.
            if not (attempts_left and (isinstance(error, IntegrityError) or gave_way(error))):
                raise


def check_claim(token: str) -> tuple[str, MailAddress]:
    """Return the name and the address of a link that `claim` would take, as things stand.

    Raises LinkError for any other.
    """
    values = links.read(Purpose.REGISTER, token)
    try:
        name, address = account_name(values["name"]).shown, mail_address(values["email"])
    except ValueError as error:  # the rules of another release
        raise LinkError from error
    if in_the_way(name, address) is not None:
        raise LinkError
    return name, address


def _claim(name: str, address: MailAddress, password_hash: str) -> User:
    if in_the_way(name, address) is not None:
        raise LinkError
    role = Role.named(role_for(address))
    now = datetime.now(UTC)
    user = find_by_name(name)
    if user is None:
        user = User(username=name, first_seen=now, last_seen=now)
        db.session.add(user)
        db.session.flush()
    account = {
        "email": address.shown,
        "email_key": address.key,
        "password_hash": password_hash,
        "member_since": now,
        "role_id": role.id,
    }
    # It counts only if nobody has made an account of the row since.
    row = update(User).where(User.id == user.id, User.password_hash.is_(None)).values(account)
    if rows_met(db.session.execute(row)) != 1:
        db.session.rollback()
        raise LinkError
    audit.record(Action.REGISTERED, user, actor=user)
    db.session.commit()
    return user


def user_of_link(purpose: Purpose, token: str) -> tuple[User, dict[str, Any]]:
    """Return the user whom a mailed link is about, and its values. Raise LinkError."""
    values = links.read(purpose, token)
    user = db.session.get(User, values["user"])
    if user is None or user.disabled_at or values["state"] != links.state_of(user):
        raise LinkError
    return user, values


def reset_password(token: str, password: str) -> None:
    """Give an account the password that a mailed link allows, and end all its sessions.

    Raises LinkError, WeakPasswordError.
    """
    user, _ = user_of_link(Purpose.RESET, token)
    password_hash = passwords.hash_checked(password, user.known_to_others)
    hold(user)
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
    tell_owner(user, "Your password was changed", "mail/password_changed")


def change_email(token: str) -> None:
    """Give an account the address that a mailed link proves. Raise LinkError."""
    user, values = user_of_link(Purpose.CHANGE_EMAIL, token)
    address = mail_address(values["email"])
    tell_owner(user, "Your address was changed", "mail/email_changed")  # at the former one
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


class ChangedMeanwhileError(ValueError):
    """An account is not what it was any more: somebody else has changed it."""


class NameTakenError(ValueError):
    """A name is somebody else's, who may have no account."""


def change_name(user: User, typed: str) -> None:
    """Give a user another name, or another spelling of theirs, and commit it.

    Raises NameTakenError, InvalidNameError, ChangedMeanwhileError.
    """
    name, former = account_name(typed), user.username
    if name.shown == former:
        return
    attempts_left = ATTEMPTS
    while True:
        try:
            change(user, username=name.shown, username_key=name.key)
            names = f"{former!r} → {name.shown!r}"
            audit.record(Action.NAME_CHANGED, user, actor=user, detail=names)
            db.session.commit()
        except IntegrityError:
            db.session.rollback()
            raise NameTakenError(f"{name.shown!r} is somebody else's name.") from None
        except DBAPIError as error:
            db.session.rollback()
            attempts_left -= 1
            # Two who want each other's names wait for each other.
            if not (attempts_left and gave_way(error)):
                raise
        else:
            return


def change(user: User, **values: str) -> None:
    """Change an account in the current transaction, if it is what it was when it was looked at.

    Of two who do so at once, one changes the account, and the other gets ChangedMeanwhileError.
    """
    unchanged = (User.password_hash == user.password_hash) & (User.email_key == user.email_key)
    row = update(User).where(User.id == user.id, unchanged).values(values)
    if rows_met(db.session.execute(row)) != 1:
        db.session.rollback()
        raise ChangedMeanwhileError
