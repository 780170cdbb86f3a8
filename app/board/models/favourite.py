"""Which messages somebody keeps: many users, many messages."""

from sqlalchemy import Column, ForeignKey, Table

from app.extensions import Model

# `user.favourites` and `message.favourited_by`; see app.board.models.message.
favourites = Table(
    "favourites",
    Model.metadata,
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    Column(
        "message_id", ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True, index=True
    ),
)
