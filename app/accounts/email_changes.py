"""Another mail address: asked for, confirmed by a link to it, cancelled, and taken back."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.exc import IntegrityError

from app import audit
from app.accounts import administration, letters
from app.accounts.changes import ChangedMeanwhileError, change, lock_as_seen
from app.accounts.letters import tell_owner
from app.accounts.links import ChangeEmailLink, LinkError, NotMeLink, find_user
from app.extensions import db
from app.models import Action, Detail, EmailChange, User
from app.models.addresses import EmailAddress, parse_email
from app.retention import register_table


class AddressTakenError(ValueError):
    """An address is another account's by now."""


class WantedEmail(NamedTuple):
    """What a mailed link asks for: another address for a user."""

    user: User
    email: str


def ask(user: User, address: EmailAddress) -> None:
    """Mail a link to an address that is to be the new one, and tell the present one.

    In the current transaction, in which the user is locked. What was asked for before is void.
    """
    administration.void_links(user)
    db.session.add(EmailChange(user_id=user.id, former=user.email, email=address.shown))
    audit.record(Action.EMAIL_ASKED, user)
    tell_owner(user, "mail/email_asked", new=address.shown)
    letters.ask_to_change_email(user, address)


def find_waiting(user: User) -> EmailChange | None:
    """Return the change that waits for its link, if there is one."""
    mine = select(EmailChange).where(EmailChange.user_id == user.id, ~EmailChange.is_done)
    return db.session.scalar(mine)


def cancel(user: User) -> bool:
    """Let the address that was asked for not be the new one, and commit it.

    Return whether there was one.
    """
    administration.lock(user)
    is_waiting = find_waiting(user) is not None
    if is_waiting:
        administration.void_links(user)
        audit.record(Action.EMAIL_CANCELLED, user)
    db.session.commit()
    return is_waiting


def read(token: str) -> WantedEmail:
    """Return what a mailed link asks for. Raise LinkError."""
    link = ChangeEmailLink.read(token)
    return WantedEmail(find_user(link), link.email)


def confirm(user: User, email: str) -> None:
    """Give the user of a mailed link the address that it proves, and commit it.

    Raises LinkError if the link has been voided since it was read, or another account has it.
    """
    address = parse_email(email)
    lock_as_seen(user)
    done = EmailChange(user_id=user.id, former=user.email, email=address.shown, is_done=True)
    tell_owner(user, "mail/email_changed", new=address.shown)  # at the former one
    try:
        change(user, email=address.shown, email_key=address.key)
        administration.void_links(user)
        db.session.add(done)
        audit.record(Action.EMAIL_CHANGED, user, actor=user)
        db.session.commit()
    except (ChangedMeanwhileError, IntegrityError) as error:
        db.session.rollback()
        raise LinkError from error
    administration.promote_admin(user)


def find_lost(user: User, email_key: str) -> EmailChange | None:
    """Return the change by which a user has lost an address that can be taken back still."""
    done = select(EmailChange).where(
        EmailChange.user_id == user.id,
        EmailChange.is_done,
        ~_is_old(datetime.now(UTC)),
    )
    changes = db.session.scalars(done.order_by(EmailChange.id)).all()
    return next((lost for lost in changes if parse_email(lost.former).key == email_key), None)


def take_back(user: User, email_key: str) -> None:
    """Give a user a former address again, in the current transaction, in which they are locked.

    No address after it can be taken back any more. Raises LinkError if this one cannot,
    AddressTakenError if another account has it.
    """
    lost = find_lost(user, email_key)
    if lost is None:
        db.session.rollback()
        raise LinkError
    tell_owner(user, "mail/email_taken_back")  # at the one that is lost now
    address = parse_email(lost.former)
    after = (EmailChange.user_id == user.id) & (EmailChange.id >= lost.id)
    db.session.execute(delete(EmailChange).where(after))
    audit.record(Action.EMAIL_CHANGED, user, actor=user, detail=Detail.TAKEN_BACK)
    try:
        change(user, email=address.shown, email_key=address.key)
    except IntegrityError:
        db.session.rollback()
        raise AddressTakenError(f"{address.shown} is another account's.") from None


def _is_old(now: datetime) -> ColumnElement[bool]:
    return EmailChange.at < now - timedelta(seconds=NotMeLink.lifetime())


register_table(EmailChange, _is_old)
