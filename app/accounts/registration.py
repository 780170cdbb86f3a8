"""How a name gets an account: by a link that is mailed to its address."""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import NamedTuple

from sqlalchemy import ColumnElement, select, update

from app import audit
from app.accounts import names
from app.accounts.administration import role_for
from app.accounts.administration_letters import tell_administrators
from app.accounts.links import LinkError, RegisterLink, hash_link
from app.database import rows_matched
from app.extensions import db
from app.models import Action, Permission, Role, UsedLink, User, passwords
from app.models.account_name import parse_account_name
from app.models.addresses import EmailAddress, parse_email
from app.models.lookup import find_by_name, find_conflict
from app.retention import register_table
from app.retry import retry


class Registration(NamedTuple):
    """What a mailed link asks for: an account for a name, with an address."""

    name: str
    address: EmailAddress
    link: str  # its digest


def read(token: str) -> Registration:
    """Return what a mailed link asks for. Raise LinkError."""
    link = RegisterLink.read(token)
    try:
        name, address = parse_account_name(link.name).shown, parse_email(link.email)
    except ValueError as error:  # the rules of another release
        raise LinkError from error
    return Registration(name, address, hash_link(token))


def check(wanted: Registration) -> None:
    """Raise LinkError if the link has been used, or the name or the address is taken by now."""
    if db.session.scalar(select(UsedLink.id).where(UsedLink.digest == wanted.link)):
        raise LinkError
    if find_conflict(wanted.name, wanted.address) is not None or not names.is_free(wanted.name):
        raise LinkError


def register(wanted: Registration, password: str) -> User:
    """Give a name its account, and commit it.

    A row of a visitor stays the same row. Of two links for one name, or for one address, the first
    that is used wins. Raises LinkError for any other, WeakPasswordError.
    """
    check(wanted)  # or a link that was used would have passwords hashed, again and again
    password_hash = passwords.check_and_hash(password, [wanted.name, wanted.address.shown])
    return retry(partial(_register, wanted, password_hash))


def _register(wanted: Registration, password_hash: str) -> User:
    check(wanted)
    role = Role.get_or_insert(role_for(wanted.address.key))
    db.session.commit()  # or all others who get an account would wait for the roles
    now = datetime.now(UTC)
    user = find_by_name(wanted.name)
    if user is None:
        user = User(username=wanted.name, first_seen=now, last_seen=now)
        db.session.add(user)
        db.session.flush()
    account = {
        "email": wanted.address.shown,
        "email_key": wanted.address.key,
        "password_hash": password_hash,
        "member_since": now,
        "role_id": role.id,
    }
    # It counts only if nobody has made an account of the row since.
    row = update(User).where(User.id == user.id, User.password_hash.is_(None)).values(account)
    if rows_matched(db.session.execute(row)) != 1:
        db.session.rollback()
        raise LinkError
    names.claim(user, wanted.name)
    db.session.add(UsedLink(digest=wanted.link))
    audit.record(Action.REGISTERED, user, actor=user)
    if role.has_permission(Permission.ADMIN):
        tell_administrators(user, "added")
    db.session.commit()
    return user


def _is_old(now: datetime) -> ColumnElement[bool]:
    """Tell of which links nobody need know that they were used: they are too old by now."""
    return UsedLink.used_at < now - timedelta(seconds=RegisterLink.lifetime())


register_table(UsedLink, _is_old)
