"""What the board knows of a user who reads it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, backref, mapped_column, relationship

from app.extensions import Model
from app.models import User
from app.models.columns import UtcDateTime, max_length_check, text_type


class MailFrequency(StrEnum):
    """How often somebody wants mails about notifications. The values are what the table keeps."""

    NEVER = "never"
    DAILY = "daily"
    AT_ONCE = "at once"


class BoardReader(Model):
    """A user's place on the board, and wishes about it. Who has none yet has the defaults."""

    __tablename__ = "board_readers"
    __table_args__ = (max_length_check(16, "mail_frequency"),)

    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    # The newest message that was there when the user last read the newest page; 0: never.
    last_read_id: Mapped[int] = mapped_column(default=0, server_default="0")
    mail_frequency: Mapped[str] = mapped_column(
        text_type(16), default=MailFrequency.DAILY, server_default=MailFrequency.DAILY
    )
    mailed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # about notifications

    user: Mapped[User] = relationship(
        backref=backref("board_reader", uselist=False, passive_deletes=True)
    )

    def __repr__(self) -> str:
        """Return `<BoardReader 7>`."""
        return f"<BoardReader {self.user_id}>"
