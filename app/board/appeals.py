"""Appeals: what the author of a hidden message answers to the moderators, once."""

from typing import NamedTuple

from sqlalchemy import select

from app.board import messages
from app.board.messages import RefusedError
from app.board.models import LONGEST_REASON, Appeal, Message, ModerationAction, ModerationEvent
from app.extensions import db
from app.models import User
from app.models.texts import normalize_text
from app.retry import retry


class Outcome(NamedTuple):
    """What an author answered, and what became of it: None while nobody has decided.

    Of one that is granted nothing is left: the message is shown again.
    """

    appeal: Appeal
    rejection: ModerationEvent | None


def check_appeal(user: User, message: Message) -> None:
    """Roll back and raise RefusedError if somebody may not answer, or already has."""
    is_own = message.author_id == user.id and message.deleted_at is None
    if not is_own or message.hidden_at is None:
        db.session.rollback()
        raise RefusedError("This message is not hidden.")
    if db.session.get(Appeal, message.id) is not None:
        db.session.rollback()
        raise RefusedError("You have already appealed.")


def appeal(author: User, message: Message, text: str) -> None:
    """Answer the moderators who have hidden one's message, and commit it. Raise RefusedError."""
    kept = normalize_text(text[:LONGEST_REASON])

    def write() -> None:
        messages.hold(message)  # whoever shows it again deletes this answer, or it is refused
        check_appeal(author, message)
        db.session.add(Appeal(message=message, text=kept))
        db.session.commit()

    retry(write)


def find_outcome(message: Message) -> Outcome | None:
    """Return what the author of a message answered, and what became of it."""
    found = db.session.get(Appeal, message.id)
    if found is None:
        return None
    return Outcome(found, _find_rejection(message) if found.settled_at else None)


def _find_rejection(message: Message) -> ModerationEvent | None:
    """Return the newest rejection: those before it were of answers that are gone."""
    rejected = select(ModerationEvent).filter_by(
        message_id=message.id, action=ModerationAction.APPEAL_REJECTED
    )
    return db.session.scalar(rejected.order_by(ModerationEvent.id.desc()).limit(1))
