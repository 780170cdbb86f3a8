"""What a reader has not seen yet: notifications, and the messages since the last visit."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import NamedTuple, cast

from sqlalchemy import ScalarSelect, Select, bindparam, func, insert, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import joinedload

from app.board.messages import visible_messages
from app.board.models import BoardReader, Message, Notification
from app.database import is_transient_conflict, is_unavailable, rows_matched
from app.extensions import db
from app.models import User
from app.retry import retry

MOST_COUNTED = 99  # of each: more is "99+"


class News(NamedTuple):
    """How many messages are new to a reader, and notifications unread: 100 stands for more."""

    messages: int
    notifications: int


def _count(found: Select[int]) -> ScalarSelect[int]:
    some = found.limit(MOST_COUNTED + 1).subquery()
    return select(func.count()).select_from(some).scalar_subquery()


# Made once: every page of whoever is logged in asks this, and SQLAlchemy takes as long to make it
# as a database to answer it.
READER = cast("User", SimpleNamespace(id=bindparam("reader_id")))
VISIBLE = visible_messages(READER).with_only_columns(Message.id)
LAST_READ = select(func.nullif(BoardReader.last_read_id, 0)).filter_by(user_id=READER.id)
# In this order, or PostgreSQL reads the table from its beginning: new messages are at its end.
NEW_MESSAGES = VISIBLE.where(
    Message.id > LAST_READ.scalar_subquery(),
    func.coalesce(Message.author_id, 0) != READER.id,
).order_by(Message.id.desc())
UNREAD = VISIBLE.join(Notification, Notification.message_id == Message.id).where(
    Notification.user_id == READER.id, Notification.read_at.is_(None)
)
COUNT = select(_count(NEW_MESSAGES), _count(UNREAD))


def count_news(reader: User) -> News:
    """Count what is new to a reader, among what they may see. One SELECT."""
    return News(*db.session.execute(COUNT, {"reader_id": reader.id}).one())


def is_any_new(found: Iterable[Message], reader: User | None, last_read: int | None) -> bool:
    """Return whether one of these messages is another one's, and after those of the last visit."""
    others = (message.id for message in found if reader and message.author_id != reader.id)
    return last_read is not None and any(number > last_read for number in others)


def notifications_of(reader: User) -> Select[Notification]:
    """Return what a reader was told of messages that they may see, with these."""
    visible = visible_messages(reader).with_only_columns(Message.id)
    return (
        select(Notification)
        .where(Notification.user_id == reader.id, Notification.message_id.in_(visible))
        .options(joinedload(Notification.message).joinedload(Message.author))
    )


def mark_all_read(reader: User) -> None:
    """Mark all notifications of a reader as read, and commit it."""
    retry(lambda: _mark_read(reader.id))


def note_read(reader: User, message: Message) -> None:
    """Mark what a reader was told of a message as read, and commit it, if there is anything.

    A message can be read without: it stays unread, if the database takes nothing now.
    """
    user_id, message_id = reader.id, message.id
    unread = select(Notification.id).filter_by(user_id=user_id, message_id=message_id, read_at=None)
    if db.session.scalar(unread.limit(1)):
        _try_to_note(lambda: _mark_read(user_id, message_id=message_id))


def _mark_read(user_id: int, **which: int) -> None:
    unread = update(Notification).filter_by(user_id=user_id, read_at=None, **which)
    db.session.execute(unread.values(read_at=datetime.now(UTC)))
    db.session.commit()


def note_visit(reader: User) -> int | None:
    """Note, and commit, that a reader sees the newest messages. Return the newest of last time.

    It is None at the first visit, to which nothing is new. Of two visits at once, the one that
    saw more counts. The board can be read without: the next visit notes it.
    """
    user_id = reader.id
    newest = db.session.scalar(VISIBLE.order_by(Message.id.desc()).limit(1), {"reader_id": user_id})
    last_read = db.session.scalar(LAST_READ, {"reader_id": user_id})
    if newest and newest > (last_read or 0):
        _try_to_note(lambda: retry(lambda: _raise_last_read(user_id, newest)))
    return last_read


def _raise_last_read(user_id: int, newest: int) -> None:
    lower = update(BoardReader).filter_by(user_id=user_id).where(BoardReader.last_read_id < newest)
    is_raised = rows_matched(db.session.execute(lower.values(last_read_id=newest)))
    if not is_raised and db.session.get(BoardReader, user_id) is None:
        db.session.execute(insert(BoardReader).values(user_id=user_id, last_read_id=newest))
    db.session.commit()


def _try_to_note(note: Callable[[], None]) -> None:
    """Commit what a page can be shown without."""
    try:
        note()
    except SQLAlchemyError as error:
        db.session.rollback()
        if not (is_transient_conflict(error) or is_unavailable(error)):
            raise
