"""Changes of mail addresses: those that are asked for, and those that can be taken back."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Model
from app.models.addresses import LONGEST_EMAIL
from app.models.columns import UtcDateTime, max_length_check, text_type, utc_now


class EmailChange(Model):
    """A user's change of address, of which at most one is not done: it waits for its link.

    Those that are done lie above each other: who takes one back takes back all after it.
    """

    __tablename__ = "email_changes"
    __table_args__ = (
        max_length_check(LONGEST_EMAIL, "former"),
        max_length_check(LONGEST_EMAIL, "email"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    former: Mapped[str] = mapped_column(text_type(LONGEST_EMAIL))
    email: Mapped[str] = mapped_column(text_type(LONGEST_EMAIL))
    # When it was asked for, or, once it is done, when that was.
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now, index=True)
    is_done: Mapped[bool] = mapped_column(default=False)

    def __repr__(self) -> str:
        """Return `<EmailChange 3 of user 7>`."""
        return f"<EmailChange {self.id} of user {self.user_id}>"
