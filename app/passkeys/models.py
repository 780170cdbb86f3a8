"""What is kept of a passkey: its public half, which opens nothing."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.extensions import Model
from app.models import User
from app.models.columns import UtcDateTime, bytes_type, max_length_check, text_type, utc_now

LONGEST_ID = 1023  # bytes, by the standard
LONGEST_PUBLIC_KEY = 1024  # bytes: RSA of 4096 bits has some 550
LONGEST_HANDLE = 64  # bytes, by the standard
LONGEST_PASSKEY_NAME = 64  # characters
LONGEST_TRANSPORTS = 100  # characters


class Passkey(Model):
    """A passkey of a user, on one device, or on all that the user's password manager reaches."""

    __tablename__ = "passkeys"
    __table_args__ = (
        max_length_check(LONGEST_HANDLE, "user_handle"),
        max_length_check(LONGEST_ID, "credential_id"),
        max_length_check(LONGEST_PUBLIC_KEY, "public_key"),
        max_length_check(LONGEST_PASSKEY_NAME, "name"),
        max_length_check(LONGEST_TRANSPORTS, "transports"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    # What the device knows its user by: at random, so that it tells nobody who that is. All of a
    # user's passkeys have the same one.
    user_handle: Mapped[bytes] = mapped_column(bytes_type(LONGEST_HANDLE))
    credential_id: Mapped[bytes] = mapped_column(bytes_type(LONGEST_ID), unique=True)
    public_key: Mapped[bytes] = mapped_column(bytes_type(LONGEST_PUBLIC_KEY))  # COSE
    sign_count: Mapped[int] = mapped_column(BigInteger)  # up to 2**32 - 1; 0 where none is kept
    transports: Mapped[str] = mapped_column(text_type(LONGEST_TRANSPORTS), default="")
    is_backed_up: Mapped[bool] = mapped_column()
    name: Mapped[str] = mapped_column(text_type(LONGEST_PASSKEY_NAME))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    user: Mapped[User] = relationship()

    def __repr__(self) -> str:
        """Return `<Passkey 'Chrome on Windows' of user 3>`."""
        return f"<Passkey {self.name!r} of user {self.user_id}>"
