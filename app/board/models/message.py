"""Messages on the board.

A message that is deleted stays as a row without a text: so its number is never given to another
one, and its address says that it is gone.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, backref, mapped_column, relationship

from app.board.models.favourite import favourites
from app.extensions import Model
from app.models import User
from app.models.columns import UtcDateTime, max_length_check, text_type, utc_now

LONGEST_TEXT = 12_000  # code points: 4000 characters as people count, of which some are many
LONGEST_REASON = 500


class Message(Model):
    """What somebody wrote, perhaps in reply to another message.

    Who wrote it is nobody once their account is deleted, and whoever made it in the shell.
    """

    __tablename__ = "messages"
    __table_args__ = (
        max_length_check(LONGEST_TEXT, "text"),
        max_length_check(LONGEST_REASON, "hidden_reason"),
        # The primary key serves the list of all. These serve the messages of a user, and replies.
        Index("ix_messages_author_id_id", "author_id", "id"),
        Index("ix_messages_reply_to_id_id", "reply_to_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    text: Mapped[str] = mapped_column(text_type(LONGEST_TEXT))
    written_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    edited_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reply_to_id: Mapped[int | None] = mapped_column(ForeignKey("messages.id", ondelete="SET NULL"))
    # By a moderator. The few that are hidden are found by when.
    hidden_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    hidden_by_id: Mapped[int | None] = mapped_column(
        ForeignKey("users.id", ondelete="SET NULL"), index=True
    )
    hidden_reason: Mapped[str] = mapped_column(
        text_type(LONGEST_REASON), default="", server_default=""
    )

    # `user.messages` is made here: users know nothing of this room, which can be left out.
    author: Mapped[User | None] = relationship(
        foreign_keys=[author_id],
        backref=backref("messages", order_by="Message.id", passive_deletes=True),
    )
    hidden_by: Mapped[User | None] = relationship(foreign_keys=[hidden_by_id])
    reply_to: Mapped[Message | None] = relationship(remote_side="Message.id")
    favourited_by: Mapped[list[User]] = relationship(
        secondary=favourites,
        backref=backref("favourites", order_by="Message.id", passive_deletes=True),
        passive_deletes=True,
    )

    def __repr__(self) -> str:
        """Return `<Message 7>`."""
        return f"<Message {self.id}>"
