"""What is done with messages: writing, changing, deleting, and who sees which.

Nothing here knows of a request: all of it can be called from `flask shell`. What changes a message
holds its row meanwhile, and looks at it again: of two who change one, the second sees what the
first did.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, Select, or_, select, update
from sqlalchemy.orm import contains_eager
from sqlalchemy.orm.exc import StaleDataError

from app.accounts import administration
from app.board import notifications, search_index
from app.board.models import Message
from app.board.texts import parse_text
from app.database import rows_matched
from app.extensions import db
from app.models import Permission, User
from app.models.texts import TranslatableError
from app.retry import retry

TIME_TO_EDIT = timedelta(minutes=15)
TIME_FOR_THE_SAME = timedelta(minutes=1)  # in which a text that comes again is the same message
LOOKED_AT = 20  # messages of one author: more than the limit lets them write in a minute
IS_SHOWN = Message.hidden_at.is_(None)
IS_HIDDEN = Message.hidden_at.is_not(None)
# For what is not hidden, MariaDB would read half of the index of what is, for a page in the middle:
# 60 ms, instead of 1 for 26 rows by their numbers.
IGNORED_INDEX = "IGNORE INDEX (ix_messages_hidden_at)"


class RefusedError(TranslatableError):
    """What is not done with a message, and why."""


def visible_messages(reader: User | None = None) -> Select[Message]:
    """Return all that a reader may see, with their authors: every list is made of this.

    Nobody sees a deleted message, or one of a disabled author. Who wrote it sees a hidden one too.
    """
    visible = _select_messages(_is_visible(reader))
    for dialect in ("mariadb", "mysql"):
        visible = visible.with_hint(Message, IGNORED_INDEX, dialect)
    return visible


def hidden_messages() -> Select[Message]:
    """Return what moderators have hidden, and nobody has deleted, with its authors."""
    return _select_messages(IS_HIDDEN)


def find_visible(number: int, reader: User | None = None) -> Message | None:
    """Return the message of that number if a reader may see it. Moderators see hidden ones."""
    may_see = _is_visible(reader)
    if reader is not None and reader.can(Permission.MODERATE):
        may_see |= IS_HIDDEN
    return db.session.scalar(_select_messages(may_see).where(Message.id == number))


def _select_messages(rule: ColumnElement[bool]) -> Select[Message]:
    return (
        select(Message)
        .outerjoin(Message.author)
        .options(contains_eager(Message.author))
        .where(Message.deleted_at.is_(None), rule)
    )


def _is_visible(reader: User | None) -> ColumnElement[bool]:
    """Return the rule that a reader may see a message, unless it is deleted."""
    is_shown = or_(IS_SHOWN, Message.author_id == reader.id) if reader else IS_SHOWN
    return User.disabled_at.is_(None) & is_shown


def is_deleted(number: int) -> bool:
    """Return whether there was a message of that number."""
    deleted = select(Message.id).where(Message.id == number, Message.deleted_at.is_not(None))
    return db.session.scalar(deleted) is not None


def post(
    author: User,
    text: str,
    reply_to: Message | None = None,
    before_commit: Callable[[Message], None] = lambda _message: None,
) -> Message:
    """Write a message, and commit it. `before_commit` is called right before, and may raise.

    A text that its author has written within a minute is that message, and not another one: who
    presses a button twice, or loads a page anew, means one.
    Raises InvalidMessageError.
    """
    kept = parse_text(text)
    reply_to_id = reply_to.id if reply_to else None

    def write() -> Message:
        administration.lock(author)
        message = _find_same(author, kept, reply_to_id)
        if message is None:
            message = Message(author=author, text=kept, reply_to_id=reply_to_id)
            db.session.add(message)
            search_index.add(message)
            notifications.tell_of(message)
        before_commit(message)
        db.session.commit()
        return message

    return retry(write)


def _find_same(author: User, text: str, reply_to_id: int | None) -> Message | None:
    mine = select(Message).where(Message.author_id == author.id)
    newest = db.session.scalars(mine.order_by(Message.id.desc()).limit(LOOKED_AT))
    since = datetime.now(UTC) - TIME_FOR_THE_SAME
    for message in newest:
        is_same = message.text == text and message.reply_to_id == reply_to_id
        if is_same and message.written_at > since and message.deleted_at is None:
            return message
    return None


def may_edit(user: User | None, message: Message) -> bool:
    """Return whether somebody may change a text: its author, for a while, unless it is hidden."""
    is_new = datetime.now(UTC) - message.written_at < TIME_TO_EDIT
    return may_delete(user, message) and is_new and message.hidden_at is None


def check_edit(user: User, message: Message) -> None:
    """Roll back and raise RefusedError if somebody may not change a text, or no longer."""
    if not may_edit(user, message):
        db.session.rollback()
        raise RefusedError("This message can no longer be edited.")


def edit(
    user: User, message: Message, text: str, before_change: Callable[[], None] = lambda: None
) -> None:
    """Change a text, mark it as edited, and commit it. Raise InvalidMessageError, RefusedError.

    `before_change` is called while nobody else can change the message, and may raise instead.
    """
    kept = parse_text(text)

    def change() -> None:
        hold(message)
        before_change()
        check_edit(user, message)
        if message.text != kept:
            search_index.update(message, kept)
            message.text = kept
            message.edited_at = datetime.now(UTC)
            notifications.tell_of(message)
        db.session.commit()

    retry(change)


def may_delete(user: User | None, message: Message) -> bool:
    """Return whether somebody may delete a message: its author."""
    is_author = user is not None and message.author_id == user.id
    return is_author and message.deleted_at is None


def delete(user: User, message: Message, before_change: Callable[[], None] = lambda: None) -> None:
    """Empty a message for good, and commit it. What replied to it stays. Raise RefusedError.

    `before_change` is as in `edit`.
    """

    def empty() -> None:
        hold(message)
        before_change()
        if not may_delete(user, message):
            db.session.rollback()
            raise RefusedError("This message has already been deleted.")
        search_index.remove(message)
        message.text = ""
        message.deleted_at = datetime.now(UTC)
        db.session.commit()

    retry(empty)


def hold(message: Message) -> None:
    """Lock a message's row until the transaction ends, and look at it again.

    The row is written, though nothing changes, as in `administration.lock`.
    Rolls back and raises StaleDataError if the row is gone.
    """
    unchanged = update(Message).where(Message.id == message.id).values(text=Message.text)
    result = db.session.execute(unchanged, execution_options={"synchronize_session": False})
    if rows_matched(result) != 1:
        db.session.rollback()
        raise StaleDataError("The message is gone.")
    db.session.refresh(message)
