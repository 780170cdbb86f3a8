"""What is done with messages: writing, changing, deleting, hiding, and who sees which.

Nothing here knows of a request: all of it can be called from `flask shell`. What changes a message
holds its row meanwhile, and looks at it again: of two who change one, the second sees what the
first did.
"""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Select, func, or_, select, update
from sqlalchemy.orm import contains_eager
from sqlalchemy.orm.exc import StaleDataError

from app import audit
from app.accounts import administration
from app.board.models import LONGEST_REASON, Message
from app.board.texts import parse_text
from app.database import rows_matched
from app.extensions import db
from app.models import Action, Permission, User
from app.models.texts import TranslatableError, normalize_text
from app.retry import retry

TIME_TO_EDIT = timedelta(minutes=15)
TIME_FOR_THE_SAME = timedelta(minutes=1)  # in which a text that comes again is the same message
LOOKED_AT = 20  # messages of one author: more than the limit lets them write in a minute
# Neither deleted nor hidden. As `hidden_at IS NULL`, MariaDB would read half of the index on that
# column for a page in the middle, instead of 26 rows by their numbers: 60 ms, and not 1.
IS_SHOWN = func.coalesce(Message.deleted_at, Message.hidden_at).is_(None)


class RefusedError(TranslatableError):
    """What is not done with a message, and why."""


def visible_messages(reader: User | None = None) -> Select[Message]:
    """Return all that a reader may see, with their authors: every list is made of this.

    Nobody sees a deleted message, or one of a disabled author. Who wrote it sees a hidden one too.
    """
    return (
        select(Message)
        .outerjoin(Message.author)
        .options(contains_eager(Message.author))
        .where(Message.deleted_at.is_(None), User.disabled_at.is_(None))
        .where(or_(IS_SHOWN, Message.author_id == reader.id) if reader else IS_SHOWN)
    )


def hidden_messages() -> Select[Message]:
    """Return what moderators have hidden, and nobody has deleted, with its authors."""
    return (
        select(Message)
        .outerjoin(Message.author)
        .options(contains_eager(Message.author))
        .where(Message.deleted_at.is_(None), Message.hidden_at.is_not(None))
    )


def find_visible(number: int, reader: User | None = None) -> Message | None:
    """Return the message of that number if a reader may see it. Moderators see hidden ones."""
    is_moderator = reader is not None and reader.can(Permission.MODERATE)
    found = db.session.scalar(visible_messages(reader).where(Message.id == number))
    if found is None and is_moderator:
        return db.session.scalar(hidden_messages().where(Message.id == number))
    return found


def is_deleted(number: int) -> bool:
    """Return whether there was a message of that number."""
    deleted = select(Message.id).where(Message.id == number, Message.deleted_at.is_not(None))
    return db.session.scalar(deleted) is not None


def post(author: User, text: str, reply_to: Message | None = None) -> Message:
    """Write a message, and commit it.

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


def edit(user: User, message: Message, text: str) -> None:
    """Change a text, mark it as edited, and commit it. Raise InvalidMessageError, RefusedError."""
    kept = parse_text(text)

    def change() -> None:
        _hold(message)
        check_edit(user, message)
        if message.text != kept:
            message.text = kept
            message.edited_at = datetime.now(UTC)
        db.session.commit()

    retry(change)


def may_delete(user: User | None, message: Message) -> bool:
    """Return whether somebody may delete a message: its author."""
    is_author = user is not None and message.author_id == user.id
    return is_author and message.deleted_at is None


def delete(user: User, message: Message) -> None:
    """Empty a message for good, and commit it. What replied to it stays. Raise RefusedError."""

    def empty() -> None:
        _hold(message)
        if not may_delete(user, message):
            db.session.rollback()
            raise RefusedError("This message has already been deleted.")
        message.text = ""
        message.deleted_at = datetime.now(UTC)
        db.session.commit()

    retry(empty)


def may_moderate(user: User | None, message: Message) -> bool:
    """Return whether somebody may hide a message, and show it again.

    Moderators may, but for the messages of administrators, which administrators alone moderate.
    """
    if user is None or not user.can(Permission.MODERATE) or message.deleted_at is not None:
        return False
    is_administrators = message.author is not None and message.author.is_administrator()
    return user.is_administrator() or not is_administrators


def check_moderate(user: User, message: Message) -> None:
    """Roll back and raise RefusedError if somebody may not moderate a message."""
    if not may_moderate(user, message):
        db.session.rollback()
        raise RefusedError("Only an administrator can hide or show this message.")


def hide(message: Message, reason: str, moderator: User) -> None:
    """Let nobody but its author and moderators see a message, and commit it. Raise RefusedError.

    Of two who hide it, the first one's reason stands. The log has its number, and not its text.
    """
    kept = normalize_text(reason[:LONGEST_REASON])

    def change() -> None:
        _hold(message)
        check_moderate(moderator, message)
        if message.hidden_at is None:
            message.hidden_at = datetime.now(UTC)
            message.hidden_by = moderator
            message.hidden_reason = kept
            _record(Action.MESSAGE_HIDDEN, message, moderator)
        db.session.commit()

    retry(change)


def show(message: Message, moderator: User) -> None:
    """Let everybody see a hidden message again, and commit it. Raise RefusedError."""

    def change() -> None:
        _hold(message)
        check_moderate(moderator, message)
        if message.hidden_at is not None:
            message.hidden_at = message.hidden_by = None
            message.hidden_reason = ""
            _record(Action.MESSAGE_SHOWN, message, moderator)
        db.session.commit()

    retry(change)


def _record(action: Action, message: Message, moderator: User) -> None:
    audit.record(action, message.author, actor=moderator, detail=str(message.id))


def _hold(message: Message) -> None:
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
