"""What is reported, decided, and objected to."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, backref, mapped_column, relationship

from app.board.models.message import LONGEST_REASON, LONGEST_TEXT, Message
from app.extensions import Model
from app.models import User
from app.models.columns import UtcDateTime, max_length_check, text_type, utc_now


class Report(Model):
    """Somebody asks the moderators to look at a message: once, with its text as it was then."""

    __tablename__ = "reports"
    __table_args__ = (
        max_length_check(LONGEST_REASON, "reason"),
        max_length_check(LONGEST_TEXT, "text"),
        UniqueConstraint("message_id", "reporter_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"))
    reporter_id: Mapped[int | None] = mapped_column(
        ForeignKey("users.id", ondelete="SET NULL"), index=True
    )
    reason: Mapped[str] = mapped_column(text_type(LONGEST_REASON))
    text: Mapped[str] = mapped_column(text_type(LONGEST_TEXT))  # emptied once it is settled
    reported_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)

    message: Mapped[Message] = relationship(backref=backref("reports", passive_deletes=True))
    reporter: Mapped[User | None] = relationship()

    def __repr__(self) -> str:
        """Return `<Report 7>`."""
        return f"<Report {self.id}>"


class Appeal(Model):
    """What the author of a hidden message answers to the moderators, once."""

    __tablename__ = "appeals"
    __table_args__ = (max_length_check(LONGEST_REASON, "text"),)

    message_id: Mapped[int] = mapped_column(
        ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True
    )
    text: Mapped[str] = mapped_column(text_type(LONGEST_REASON))
    written_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)

    message: Mapped[Message] = relationship(
        backref=backref("appeal", uselist=False, passive_deletes=True)
    )

    def __repr__(self) -> str:
        """Return `<Appeal 7>`."""
        return f"<Appeal {self.message_id}>"


class ModerationAction(StrEnum):
    """What a moderator can have done. The values are what the table keeps."""

    HIDDEN = "hidden"
    SHOWN = "shown"
    REPORTS_DISMISSED = "reports dismissed"
    APPEAL_REJECTED = "appeal rejected"


class ModerationEvent(Model):
    """A moderator did something, for a reason that everybody may read: never with the text."""

    __tablename__ = "moderation_events"
    __table_args__ = (
        max_length_check(32, "action"),
        max_length_check(LONGEST_REASON, "reason"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    action: Mapped[str] = mapped_column(text_type(32))
    reason: Mapped[str] = mapped_column(text_type(LONGEST_REASON), default="", server_default="")
    message_id: Mapped[int] = mapped_column(
        ForeignKey("messages.id", ondelete="CASCADE"), index=True
    )
    moderator_id: Mapped[int | None] = mapped_column(
        ForeignKey("users.id", ondelete="SET NULL"), index=True
    )

    message: Mapped[Message] = relationship()
    moderator: Mapped[User | None] = relationship()

    def __repr__(self) -> str:
        """Return `<ModerationEvent 7 'hidden'>`."""
        return f"<ModerationEvent {self.id} {self.action!r}>"
