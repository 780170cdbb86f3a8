"""Mails on their way out, and the notices that are gathered into them."""

from __future__ import annotations

import secrets
from datetime import datetime
from enum import IntEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.extensions import Model
from app.models.columns import UtcDateTime, max_length_check, non_negative_check, text_type, utc_now

LONGEST_RECIPIENT = 320  # characters, with the name before the address
LONGEST_ERROR = 500
LONGEST_TOPIC = 200


class Priority(IntEnum):
    """Which mails leave first, of those that are due."""

    URGENT = 0  # somebody waits for it, and cannot go on without
    ORDINARY = 1


def _new_key() -> str:
    return secrets.token_hex(16)


class OutgoingMail(Model):
    """A mail that has been decided: what to write to whom, but not the text itself.

    It is rendered when it is sent, so this table holds no link, and no token that opens anything.
    """

    __tablename__ = "outgoing_mail"
    __table_args__ = (
        max_length_check(LONGEST_RECIPIENT, "recipient"),
        max_length_check(64, "template"),
        max_length_check(16, "locale"),
        max_length_check(LONGEST_ERROR, "error"),
        Index("ix_outgoing_mail_done", "sent_at", "due"),
        Index("ix_outgoing_mail_next", "priority", "due"),
        non_negative_check("tries"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    # Of its Message-ID, the same at every try.
    key: Mapped[str] = mapped_column(text_type(32), unique=True, default=_new_key)
    recipient: Mapped[str] = mapped_column(text_type(LONGEST_RECIPIENT))
    template: Mapped[str] = mapped_column(text_type(64))
    parameters: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    locale: Mapped[str] = mapped_column(text_type(16))
    # When to try (again); while a worker has it in hand, when another may. NULL: it is done.
    due: Mapped[datetime | None] = mapped_column(UtcDateTime, default=utc_now, index=True)
    priority: Mapped[int] = mapped_column(
        SmallInteger, default=Priority.ORDINARY, server_default=str(int(Priority.ORDINARY))
    )
    tries: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    error: Mapped[str | None] = mapped_column(text_type(LONGEST_ERROR))  # of the last try
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)

    notices: Mapped[list[Notice]] = relationship(back_populates="mail", order_by="Notice.id")

    @property
    def state(self) -> str:
        """What has become of it: new, waiting, sending, sent or failed."""
        if self.id is None:
            return "new"
        if self.due is None:
            return "sent" if self.sent_at else "failed"
        return "sending" if self.tries and not self.error else "waiting"

    def __repr__(self) -> str:
        """Return `<OutgoingMail 7 'mail/new_user' waiting>`."""
        return f"<OutgoingMail {self.id} {self.template!r} {self.state}>"


class Notice(Model):
    """Something that the administrator is to be told, together with others on the same topic."""

    __tablename__ = "notices"
    __table_args__ = (
        max_length_check(LONGEST_TOPIC, "topic"),
        Index("ix_notices_waiting", "mail_id", "topic"),
        Index("ix_notices_told", "topic", "mail_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    topic: Mapped[str] = mapped_column(text_type(LONGEST_TOPIC))
    parameters: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    # NULL until it is gathered into a mail.
    mail_id: Mapped[int | None] = mapped_column(ForeignKey("outgoing_mail.id"))

    mail: Mapped[OutgoingMail | None] = relationship(back_populates="notices")

    def __repr__(self) -> str:
        """Return `<Notice 'new_user'>`."""
        return f"<Notice {self.topic!r}>"
