"""Mails about notifications: one a day at most, or at once, or none, as each reader wants.

The mail worker asks who is to get one. What a mail tells of is marked in the transaction that
writes it into the outbox, and that holds the reader's row: of two workers one writes it, and if
that one dies, the other one does.
"""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.orm.exc import StaleDataError

from app.accounts import administration
from app.accounts.letters import tell_owner
from app.board.models import BoardReader, MailFrequency, Notification
from app.board.unread import notifications_of
from app.extensions import db
from app.mail import gathering, letters
from app.models import User
from app.retry import retry

TIME_BETWEEN_MAILS = timedelta(days=1)  # to those who want them daily, as all do at first
MOST_LISTED = 10  # in a mail, which says how many others there are
MOST_READERS = 100  # in one round of the worker
MOST_TOLD = 1000  # notifications of one reader
TEMPLATE = "board/mail/notifications"


def get_frequency(reader: User) -> MailFrequency:
    """Return how often a reader wants mails."""
    place = db.session.get(BoardReader, reader.id)
    return MailFrequency(place.mail_frequency) if place else MailFrequency.DAILY


def set_frequency(reader: User, frequency: MailFrequency) -> None:
    """Choose how often a reader gets mails, and commit it."""

    def change() -> None:
        administration.lock(reader)
        _get_place(reader).mail_frequency = frequency
        db.session.commit()

    retry(change)


@gathering.register
def mail_notifications() -> None:
    """Write the mails that are due, to one reader after the other, and commit each."""
    is_one_place = BoardReader.user_id == Notification.user_id
    unmailed = select(Notification.user_id).outerjoin(BoardReader, is_one_place)
    cutoff = datetime.now(UTC) - TIME_BETWEEN_MAILS
    is_due = or_(
        BoardReader.user_id.is_(None),
        BoardReader.mail_frequency != MailFrequency.DAILY,
        BoardReader.mailed_at.is_(None),
        BoardReader.mailed_at < cutoff,
    )
    due = unmailed.where(Notification.mailed_at.is_(None), is_due).distinct().limit(MOST_READERS)
    for user_id in db.session.scalars(due).all():
        retry(partial(_mail, user_id, cutoff))


def _mail(user_id: int, cutoff: datetime) -> None:
    """Write a mail to a reader, and commit it, unless another worker was faster."""
    reader = db.session.get(User, user_id)
    if reader is None:
        return
    try:
        administration.lock(reader)
    except StaleDataError:  # the account is deleted, and with it what it was to be told
        return
    place = _get_place(reader)
    if place.mail_frequency != MailFrequency.DAILY or (place.mailed_at or cutoff) <= cutoff:
        unread = _take_unmailed(reader)
        if unread and place.mail_frequency != MailFrequency.NEVER and not reader.disabled_at:
            listed = unread[:MOST_LISTED]
            tell_owner(reader, TEMPLATE, reader=user_id, listed=listed, count=len(unread))
            place.mailed_at = datetime.now(UTC)
    db.session.commit()


def _take_unmailed(reader: User) -> list[int]:
    """Mark what a reader was told as mailed. Return which of it is unread, the newest first.

    What comes at this moment is not marked: it is for the next mail.
    """
    unmailed = select(Notification.id).filter_by(user_id=reader.id, mailed_at=None)
    taken = db.session.scalars(unmailed.order_by(Notification.id.desc()).limit(MOST_TOLD)).all()
    unread = notifications_of(reader).filter_by(read_at=None).where(Notification.id.in_(taken))
    found = [notification.id for notification in db.session.scalars(unread)]
    marked = update(Notification).where(Notification.id.in_(taken))
    db.session.execute(marked.values(mailed_at=datetime.now(UTC)))
    return sorted(found, reverse=True)


def _get_place(reader: User) -> BoardReader:
    """Return a reader's place on the board, as it is now, or a new one. The reader is held."""
    place = db.session.get(BoardReader, reader.id, populate_existing=True)
    if place is None:
        place = BoardReader(user_id=reader.id, mail_frequency=MailFrequency.DAILY)
        db.session.add(place)
    return place


@letters.register_preparation(TEMPLATE)
def _prepare(*, reader: int, listed: list[int], count: int, **_: object) -> dict[str, Any]:
    """Find what a mail tells of: what its reader may see of that when it is sent."""
    user = db.session.get(User, reader)
    if user is None:
        return {"notifications": [], "more": 0}
    told = notifications_of(user).where(Notification.id.in_(listed))
    newest_first = db.session.scalars(told.order_by(Notification.id.desc())).all()
    return {"notifications": newest_first, "more": count - len(listed)}
