"""Addresses that do not exist, as a server says: for a week no mail is tried there again.

Whoever goes on sends to traps, and soon nobody takes their mails. An operator who lets a mail be
tried again lets its address be.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.exc import IntegrityError

from app import retention
from app.database import rows_matched
from app.extensions import db
from app.models import RefusedAddress
from app.models.addresses import LOWER
from settings import parse_address

REMEMBERED_FOR = timedelta(days=7)
# What RFC 5321 has for a mailbox that is not there, unless a code of RFC 3463 says more: 5.1 is
# about the address, and 5.2.1 about a mailbox that is closed. Servers that distrust the sender, or
# the mail, refuse with the same numbers.
NO_MAILBOX = {550, 551, 553}
REASON = re.compile(r"\d{3}[ -](5\.\d{1,3}\.\d{1,3})\b")
ABOUT_ADDRESS = re.compile(r"5\.1\.\d+|5\.2\.1")


def is_about_address(code: int | None, answer: str) -> bool:
    """Return whether a server has refused a recipient because nobody has that address."""
    reason = REASON.match(answer)
    return bool(ABOUT_ADDRESS.fullmatch(reason[1])) if reason else code in NO_MAILBOX


def remember(recipient: str, answer: str) -> None:
    """Send nothing there for a week, and commit that."""
    row = {"answer": answer, "refused_at": datetime.now(UTC)}
    address = _address_of(recipient)
    known = update(RefusedAddress).where(RefusedAddress.address == address).values(row)
    try:
        if not rows_matched(db.session.execute(known)):
            db.session.add(RefusedAddress(address=address, **row))
        db.session.commit()
    except IntegrityError:  # another worker was refused at the same moment
        db.session.rollback()


def find(recipient: str) -> RefusedAddress | None:
    """Return how an address was refused in the last week, or None if it was not."""
    found = select(RefusedAddress).where(RefusedAddress.address == _address_of(recipient))
    return db.session.scalar(found.where(~is_forgotten(datetime.now(UTC))))


def forget(recipients: Iterable[str] | None) -> None:
    """Let mails to these, or to everybody, be tried again, in the current transaction."""
    forgotten = delete(RefusedAddress)
    if recipients is not None:
        addresses = [_address_of(recipient) for recipient in recipients]
        forgotten = forgotten.where(RefusedAddress.address.in_(addresses))
    db.session.execute(forgotten)


def is_forgotten(now: datetime) -> ColumnElement[bool]:
    """Return which refusals are so old that the address may exist by now."""
    return RefusedAddress.refused_at < now - REMEMBERED_FOR


def _address_of(recipient: str) -> str:
    """Return an address without the name before it, to compare by."""
    try:
        parsed = parse_address(recipient)
    except ValueError:  # an address by the rules of another release
        return recipient
    return f"{parsed.username.translate(LOWER)}@{parsed.domain}"


retention.register_table(RefusedAddress, is_forgotten)
