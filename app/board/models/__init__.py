"""The board's tables."""

from app.board.models.favourite import favourites
from app.board.models.message import LONGEST_REASON, LONGEST_TEXT, Message
from app.board.models.moderation import Appeal, ModerationAction, ModerationEvent, Report
from app.board.models.notification import Notification, NotificationKind
from app.board.models.reader import BoardReader, MailFrequency
from app.board.models.search_term import SearchTerm

__all__ = [
    "LONGEST_REASON",
    "LONGEST_TEXT",
    "Appeal",
    "BoardReader",
    "MailFrequency",
    "Message",
    "ModerationAction",
    "ModerationEvent",
    "Notification",
    "NotificationKind",
    "Report",
    "SearchTerm",
    "favourites",
]
