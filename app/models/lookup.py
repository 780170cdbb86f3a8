"""Finding users: by a name in any of its spellings, by an address, by either."""

from collections.abc import Sequence
from contextlib import suppress

from sqlalchemy import select

from app.extensions import db
from app.models.addresses import EmailAddress, InvalidAddressError, parse_email
from app.models.nickname import LONGEST_KEY, InvalidNameError, parse_nickname
from app.models.role import IS_HIGHEST
from app.models.user import User


def find(login: str) -> User | None:
    """Return the user of that email address or name. An address goes before a name like it."""
    with suppress(InvalidAddressError):
        if "@" in login and (owner := find_by_email(parse_email(login))):
            return owner
    return find_by_name(login)


def find_by_name(name: str) -> User | None:
    """Return the user of that name, in any of its spellings."""
    try:
        key = parse_nickname(name).key
    except InvalidNameError:
        return None
    return db.session.scalar(select(User).where(User.username_key == key))


def find_by_email(address: EmailAddress) -> User | None:
    """Return the user of that address."""
    return db.session.scalar(select(User).where(User.email_key == address.key))


def find_conflict(name: str, address: EmailAddress) -> User | None:
    """Return the user because of whom a name can get no account with an address, if any.

    Either the address is theirs, or they have an account of that name.
    """
    user, owner = find_by_name(name), find_by_email(address)
    if owner is not None and (owner.has_account or owner is not user):
        return owner
    return user if user is not None and user.has_account else None


def find_administrators() -> Sequence[User]:
    """Return those who can administer the site."""
    can = User.password_hash.is_not(None) & User.disabled_at.is_(None) & IS_HIGHEST
    return db.session.scalars(select(User).join(User.role).where(can).order_by(User.id)).all()


def normalize_login(login: str) -> str:
    """Return a name or an address, as somebody typed it to log in, in one form."""
    with suppress(InvalidAddressError):
        if "@" in login:
            return parse_email(login).key
    with suppress(InvalidNameError):
        return parse_nickname(login).key
    return login.strip().casefold()[:LONGEST_KEY]
