"""Notifications: who is told of which message, and why."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, delete, insert, select

from app.board.mentions import find_mentioned
from app.board.models import Message, Notification, NotificationKind
from app.extensions import db
from app.models import User

KEPT = timedelta(days=90)  # after they were read; what is unread is kept
GATHERED_INTO_MAILS = {NotificationKind.REPLY, NotificationKind.MENTION}


def notify(user: User | None, message: Message, kind: NotificationKind) -> None:
    """Tell a user of a message, in the current transaction. Nobody is told for None.

    Who was told before, for the same reason, is told anew: it is unread again, and the newest.
    What is not gathered into mails counts as mailed. Whoever calls it holds the message, or has
    just made it: two that told of it at once would insert the same row.
    """
    if user is None:
        return
    mailed_at = None if kind in GATHERED_INTO_MAILS else datetime.now(UTC)
    same = {"user_id": user.id, "message_id": message.id, "kind": kind}
    db.session.execute(delete(Notification).filter_by(**same))
    db.session.execute(insert(Notification).values(**same, mailed_at=mailed_at))


def tell_of(message: Message) -> None:
    """Tell those whom a new text concerns, once each, in the current transaction.

    That is the author of what it replies to, and whoever it mentions: but for its own author,
    those who cannot log in, and those who were told of it before it was edited.
    """
    db.session.flush()  # a new message has no number before
    told = set(db.session.scalars(select(Notification.user_id).filter_by(message_id=message.id)))
    told.add(message.author_id or 0)
    for user, kind in _find_concerned(message):
        if user.id not in told:
            notify(user, message, kind)
            told.add(user.id)


def _find_concerned(message: Message) -> Iterator[tuple[User, NotificationKind]]:
    """Give the one whom a message replies to, and then those whom it mentions."""
    replied_to = message.reply_to.author if message.reply_to else None
    if replied_to and replied_to.has_account and not replied_to.disabled_at:
        yield replied_to, NotificationKind.REPLY
    for mentioned in find_mentioned(message.text):
        yield mentioned, NotificationKind.MENTION


def is_old(now: datetime) -> ColumnElement[bool]:
    """Return which notifications are kept no longer."""
    return Notification.read_at < now - KEPT
