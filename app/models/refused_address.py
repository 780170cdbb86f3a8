"""Addresses to which mail servers take no mail."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Model
from app.models.columns import UtcDateTime, max_length_check, text_type, utc_now
from app.models.outgoing_mail import LONGEST_ERROR, LONGEST_RECIPIENT


class RefusedAddress(Model):
    """An address that a server has refused for good: nothing is sent there for a while."""

    __tablename__ = "refused_addresses"
    __table_args__ = (
        max_length_check(LONGEST_RECIPIENT, "address"),
        max_length_check(LONGEST_ERROR, "answer"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    address: Mapped[str] = mapped_column(text_type(LONGEST_RECIPIENT), unique=True)
    answer: Mapped[str] = mapped_column(text_type(LONGEST_ERROR))
    refused_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now, index=True)

    def __repr__(self) -> str:
        """Return `<RefusedAddress 3>`."""
        return f"<RefusedAddress {self.id}>"
