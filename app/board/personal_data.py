"""What the board keeps of somebody: selected for a copy of their data, and emptied if they want.

Messages without a text were deleted: their numbers are kept.
"""

from datetime import UTC, datetime

from sqlalchemy import delete, select, update

from app.accounts import deletion
from app.accounts.personal_data import Rows, register_section
from app.board import moderation_letters, notification_mails, search_index
from app.board.models import (
    Appeal,
    BoardReader,
    Message,
    ModerationEvent,
    Notification,
    Report,
    favourites,
)
from app.extensions import db
from app.models import OutgoingMail, User

MESSAGES_AT_ONCE = 500


@register_section("messages")
def select_messages(user: User) -> Rows:
    """Select what a user has written, also what is hidden, and what of deleted messages is left."""
    times = Message.written_at, Message.edited_at, Message.deleted_at, Message.hidden_at
    columns = Message.id, Message.text, Message.reply_to_id, *times, Message.hidden_reason
    return select(*columns).where(Message.author_id == user.id)


@register_section("appeals")
def select_appeals(user: User) -> Rows:
    """Select what a user has answered to moderators."""
    columns = Appeal.message_id, Appeal.text, Appeal.written_at, Appeal.settled_at
    return select(*columns).join(Appeal.message).where(Message.author_id == user.id)


@register_section("favourites")
def select_favourites(user: User) -> Rows:
    """Select the numbers of the messages that a user keeps."""
    return select(favourites.c.message_id).where(favourites.c.user_id == user.id)


@register_section("reports")
def select_reports(user: User) -> Rows:
    """Select what a user has reported. The text is another one's."""
    columns = Report.id, Report.message_id, Report.reason, Report.reported_at, Report.settled_at
    return select(*columns).where(Report.reporter_id == user.id)


@register_section("notifications")
def select_notifications(user: User) -> Rows:
    """Select what a user was told of."""
    told = Notification
    times = told.created_at, told.read_at, told.mailed_at
    return select(told.id, told.kind, told.message_id, *times).where(told.user_id == user.id)


@register_section("board_settings")
def select_settings(user: User) -> Rows:
    """Select a user's place on the board, and wishes about it."""
    columns = BoardReader.last_read_id, BoardReader.mail_frequency, BoardReader.mailed_at
    return select(*columns).where(BoardReader.user_id == user.id)


@register_section("moderation")
def select_decisions(user: User) -> Rows:
    """Select what a user has decided as a moderator."""
    event = ModerationEvent
    columns = event.id, event.at, event.action, event.reason, event.message_id
    return select(*columns).where(event.moderator_id == user.id)


@deletion.register_step
def forget_mails(user: User) -> None:
    """Delete the mails about the board that wait for a user, but for those in a worker's hand."""
    mail = OutgoingMail
    is_about_board = mail.template.in_([notification_mails.TEMPLATE, moderation_letters.TEMPLATE])
    is_waiting = mail.due.is_not(None) & ((mail.tries == 0) | mail.error.is_not(None))
    is_theirs = mail.recipient == user.email
    db.session.execute(delete(mail).where(is_about_board, is_waiting, is_theirs))


@deletion.register_eraser
def erase_texts(user: User) -> None:
    """Empty a user's messages as if each was deleted, their appeals, and the reasons of reports.

    What others have reported stays in the report, until a moderator has decided about it.
    """
    theirs = select(Message).where(Message.author_id == user.id).order_by(Message.id)
    theirs = theirs.limit(MESSAGES_AT_ONCE).with_for_update()
    while found := db.session.scalars(theirs.where(Message.deleted_at.is_(None))).all():
        for message in found:
            search_index.remove(message)
        numbers = [message.id for message in found]
        emptied = update(Message).where(Message.id.in_(numbers))
        db.session.execute(emptied.values(text="", deleted_at=datetime.now(UTC)))
        for message in found:
            db.session.expunge(message)
    written = select(Message.id).where(Message.author_id == user.id)
    db.session.execute(delete(Appeal).where(Appeal.message_id.in_(written)))
    db.session.execute(update(Report).where(Report.reporter_id == user.id).values(reason=""))
