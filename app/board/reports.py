"""Reports: what users ask moderators to look at."""

from collections.abc import Callable

from sqlalchemy import select

from app.board import messages
from app.board.messages import RefusedError
from app.board.models import LONGEST_REASON, Message, Report
from app.extensions import db
from app.models import User
from app.models.texts import normalize_text
from app.retry import retry


def may_report(user: User | None, message: Message) -> bool:
    """Return whether somebody may report a message: anybody but its author, while it is shown."""
    is_shown = message.deleted_at is None and message.hidden_at is None
    return user is not None and message.author_id != user.id and is_shown


def check_report(user: User, message: Message) -> None:
    """Roll back and raise RefusedError if somebody may not report a message, or already has."""
    if not may_report(user, message):
        db.session.rollback()
        raise RefusedError("This message cannot be reported.")
    if _has_reported(user, message):
        db.session.rollback()
        raise RefusedError("You have already reported this message.")


def report(
    reporter: User,
    message: Message,
    reason: str,
    before_commit: Callable[[], None] = lambda: None,
) -> None:
    """Ask the moderators to look at a message, and commit it. Raise RefusedError.

    `before_commit` is called right before that, and may raise instead.

    Its text is kept as it is now: its author may change it, or delete it, before they look.
    """
    kept = normalize_text(reason[:LONGEST_REASON])

    def write() -> None:
        messages.hold(message)  # whoever hides it settles this report, or it is refused
        check_report(reporter, message)
        db.session.add(Report(message=message, reporter=reporter, reason=kept, text=message.text))
        before_commit()
        db.session.commit()

    retry(write)


def _has_reported(user: User, message: Message) -> bool:
    own = select(Report.id).filter_by(message_id=message.id, reporter_id=user.id)
    return db.session.scalar(own) is not None
