"""What users are told about messages."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.board.models.message import Message
from app.extensions import Model
from app.models import User
from app.models.columns import UtcDateTime, max_length_check, text_type, utc_now


class NotificationKind(StrEnum):
    """Why somebody is told of a message. The values are what the table keeps."""

    REPLY = "reply"  # it replies to one of theirs
    MENTION = "mention"  # it has their @name
    HIDDEN = "hidden"  # it is theirs, and a moderator has hidden it
    SHOWN = "shown"  # it is theirs, and a moderator shows it again
    APPEAL_REJECTED = "appeal rejected"  # it is theirs, and stays hidden


class Notification(Model):
    """A user is told of a message, for one reason once."""

    __tablename__ = "notifications"
    __table_args__ = (
        max_length_check(16, "kind"),
        UniqueConstraint("user_id", "message_id", "kind"),
        Index("ix_notifications_user_id_read_at", "user_id", "read_at"),
        Index("ix_notifications_mailed_at_user_id", "mailed_at", "user_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    message_id: Mapped[int] = mapped_column(
        ForeignKey("messages.id", ondelete="CASCADE"), index=True
    )
    kind: Mapped[str] = mapped_column(text_type(16))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # When a mail told of it, or was not to.
    mailed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    user: Mapped[User] = relationship()
    message: Mapped[Message] = relationship()

    def __repr__(self) -> str:
        """Return `<Notification 7 'reply'>`."""
        return f"<Notification {self.id} {self.kind!r}>"
