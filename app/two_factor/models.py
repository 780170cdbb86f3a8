"""What a user has, besides what they know: an app that shows codes, and codes for when it is lost.

A user without a row in `second_factors` logs in by the password alone.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Model
from app.models.columns import UtcDateTime, max_length_check, text_type, utc_now

LONGEST_SECRET = 255  # characters, encrypted


class SecondFactor(Model):
    """The app that shows a user's codes. A leaked table shows none: the secret is encrypted."""

    __tablename__ = "second_factors"
    __table_args__ = (max_length_check(LONGEST_SECRET, "secret"),)

    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    secret: Mapped[str] = mapped_column(text_type(LONGEST_SECRET))  # see encryption.py
    last_step: Mapped[int] = mapped_column()  # of the last code, which none before it may follow
    set_up_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)

    def __repr__(self) -> str:
        """Return `<SecondFactor of user 3>`."""
        return f"<SecondFactor of user {self.user_id}>"


class RecoveryCode(Model):
    """A code that stands in for the app's, once. Kept is its hash."""

    __tablename__ = "recovery_codes"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    code_hash: Mapped[str] = mapped_column(text_type(64))

    def __repr__(self) -> str:
        """Return `<RecoveryCode 7 of user 3>`."""
        return f"<RecoveryCode {self.id} of user {self.user_id}>"
