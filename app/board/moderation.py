"""What moderators decide about messages, and who may: each decision is in the public log.

Nothing here knows of a request. Of two who decide about one message, the second finds it decided,
and changes nothing.
"""

from datetime import UTC, datetime
from typing import NoReturn

from sqlalchemy import Select, delete, select, update
from sqlalchemy.orm import joinedload

from app import audit
from app.board import messages, moderation_letters
from app.board.messages import RefusedError
from app.board.models import (
    LONGEST_REASON,
    Appeal,
    Message,
    ModerationAction,
    ModerationEvent,
    NotificationKind,
    Report,
)
from app.board.notifications import notify
from app.database import rows_matched
from app.extensions import db
from app.models import Action, Permission, User
from app.models.texts import normalize_text
from app.retry import retry

# What the log of the administration calls them. It has whose message it was, and no reasons.
AUDITED_AS = {
    ModerationAction.HIDDEN: Action.MESSAGE_HIDDEN,
    ModerationAction.SHOWN: Action.MESSAGE_SHOWN,
    ModerationAction.REPORTS_DISMISSED: Action.REPORTS_DISMISSED,
    ModerationAction.APPEAL_REJECTED: Action.APPEAL_REJECTED,
}


class DecidedError(RefusedError):
    """What waited for a decision has got it from somebody else."""


def may_decide(user: User | None, message: Message) -> bool:
    """Return whether somebody may decide about a message, and about what others say of it.

    Moderators may, but for their own messages, or they would judge themselves, and for those of
    administrators. Administrators may in any case: else nobody could decide about what the only
    one wrote. What they decide is in the log, too.
    """
    if user is None or not user.can(Permission.MODERATE):
        return False
    is_own = message.author_id == user.id
    is_administrators = message.author is not None and message.author.is_administrator()
    return user.is_administrator() or not (is_own or is_administrators)


def may_moderate(user: User | None, message: Message) -> bool:
    """Return whether somebody may hide a message, and show it again: not one that is deleted."""
    return message.deleted_at is None and may_decide(user, message)


def check_decide(user: User, message: Message) -> None:
    """Roll back and raise RefusedError if somebody may not decide about a message."""
    if may_decide(user, message):
        return
    is_own = message.author_id == user.id
    db.session.rollback()
    if is_own:
        raise RefusedError("Another moderator has to decide about your message.")
    raise RefusedError("Only an administrator can hide or show this message.")


def check_moderate(user: User, message: Message) -> None:
    """Roll back and raise RefusedError if somebody may not hide a message, or show it again."""
    check_decide(user, message)
    if message.deleted_at is not None:
        db.session.rollback()
        raise RefusedError("This message has already been deleted.")


def hide(message: Message, reason: str, moderator: User) -> None:
    """Let nobody but its author and moderators see a message, and commit it. Raise RefusedError.

    Of two who hide it, the first one's reason stands. It settles what was reported, and the author
    is told.
    """

    def change() -> None:
        messages.hold(message)
        check_moderate(moderator, message)
        if message.hidden_at is None:
            _hide(message, _parse_reason(reason), moderator)
        db.session.commit()

    retry(change)


def _hide(message: Message, reason: str, moderator: User) -> None:
    message.hidden_at = datetime.now(UTC)
    message.hidden_by = moderator
    message.hidden_reason = reason
    _settle_reports(message)
    _record(ModerationAction.HIDDEN, message, moderator, reason)
    if _tell_author(message, NotificationKind.HIDDEN, moderator):
        moderation_letters.tell_author(message)


def show(message: Message, moderator: User) -> None:
    """Let everybody see a hidden message again, and commit it. Raise RefusedError.

    What the author answered is deleted: once it is hidden again, they may answer again. No mail of
    its own tells them, as nothing is left for them to do: the notification is enough.
    """

    def change() -> None:
        messages.hold(message)
        check_moderate(moderator, message)
        if message.hidden_at is not None:
            _show(message, moderator)
        db.session.commit()

    retry(change)


def _show(message: Message, moderator: User) -> None:
    message.hidden_at = message.hidden_by = None
    message.hidden_reason = ""
    db.session.execute(delete(Appeal).where(Appeal.message_id == message.id))
    _record(ModerationAction.SHOWN, message, moderator)
    _tell_author(message, NotificationKind.SHOWN, moderator)


def dismiss_reports(message: Message, reason: str, moderator: User) -> None:
    """Let a message be as it is, or deleted, whoever reported it, and commit that.

    The reason may be empty. Raises RefusedError, or DecidedError if no report waits.
    """

    def change() -> None:
        messages.hold(message)
        check_decide(moderator, message)
        if not _settle_reports(message):
            _refuse_to_decide_again()
        _record(ModerationAction.REPORTS_DISMISSED, message, moderator, _parse_reason(reason))
        db.session.commit()

    retry(change)


def reject_appeal(message: Message, reason: str, moderator: User) -> None:
    """Let a message stay hidden, for a reason that its author reads, and commit it.

    Who has hidden it may reject it, too: a site may have one moderator. Raises RefusedError, or
    DecidedError if no appeal waits.
    """

    def change() -> None:
        messages.hold(message)
        check_moderate(moderator, message)
        if not _settle_appeal(message):
            _refuse_to_decide_again()
        _record(ModerationAction.APPEAL_REJECTED, message, moderator, _parse_reason(reason))
        _tell_author(message, NotificationKind.APPEAL_REJECTED, moderator)
        db.session.commit()

    retry(change)


def _refuse_to_decide_again() -> NoReturn:
    db.session.rollback()
    raise DecidedError("Someone else has already decided this.")


def logged_events() -> Select[ModerationEvent]:
    """Return the public log: who decided what about which message, and why."""
    return select(ModerationEvent).options(joinedload(ModerationEvent.moderator))


def _parse_reason(reason: str) -> str:
    return normalize_text(reason[:LONGEST_REASON])


def _settle_reports(message: Message) -> bool:
    """Settle the reports of a message, in the current transaction. Return whether any waited.

    The copies of its text have served, and are not kept.
    """
    waiting = update(Report).where(Report.message_id == message.id, Report.settled_at.is_(None))
    settled = waiting.values(settled_at=datetime.now(UTC), text="")
    return rows_matched(db.session.execute(settled)) > 0


def _settle_appeal(message: Message) -> bool:
    waiting = update(Appeal).where(Appeal.message_id == message.id, Appeal.settled_at.is_(None))
    return rows_matched(db.session.execute(waiting.values(settled_at=datetime.now(UTC)))) == 1


def _record(action: ModerationAction, message: Message, moderator: User, reason: str = "") -> None:
    """Add a decision to both logs: the public one, and that of the administration."""
    db.session.add(
        ModerationEvent(action=action, reason=reason, message=message, moderator=moderator)
    )
    audit.record(AUDITED_AS[action], message.author, actor=moderator, detail=str(message.id))


def _tell_author(message: Message, kind: NotificationKind, moderator: User) -> bool:
    """Notify the author of a message, unless it is they who decided. Return whether it is not."""
    if message.author_id == moderator.id:
        return False
    notify(message.author, message, kind)
    return True
