"""Where users are logged in."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime
from typing import TYPE_CHECKING

from flask import current_app
from sqlalchemy import ForeignKey, bindparam
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.extensions import Model
from app.models.columns import UtcDateTime, max_length_check, text_type, utc_now

if TYPE_CHECKING:
    from app.models.user import User

LONGEST_AGENT = 200  # characters of what a browser calls itself
LONGEST_IP_ADDRESS = 45


def hash_key(key: str) -> str:
    """Return what is kept of the key that a browser has: a leaked table opens no session."""
    return hashlib.sha256(key.encode()).hexdigest()


def new_key() -> str:
    """Return a key that nobody can guess."""
    return secrets.token_urlsafe(32)


class LoginSession(Model):
    """A browser in which a user is logged in. Without its row, its cookie is worth nothing."""

    __tablename__ = "login_sessions"
    __table_args__ = (
        max_length_check(LONGEST_AGENT, "agent"),
        max_length_check(LONGEST_IP_ADDRESS, "ip_address"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    key_hash: Mapped[str] = mapped_column(text_type(64), unique=True)
    # Of the password that it was begun with: another one ends it.
    password_state: Mapped[str] = mapped_column(text_type(32))
    is_kept: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    last_seen: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    # When its user last proved who they are; unknown of a session that is older than this column.
    proved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ip_address: Mapped[str] = mapped_column(text_type(LONGEST_IP_ADDRESS), default="")
    agent: Mapped[str] = mapped_column(text_type(LONGEST_AGENT), default="")

    user: Mapped[User] = relationship(back_populates="logins")

    def __repr__(self) -> str:
        """Return `<LoginSession 3 of 'john'>`."""
        return f"<LoginSession {self.id} of {self.user.username!r}>"


# Whether a login has been idle for too long, or lasts too long already. `get_cutoffs` has the
# parameters.
IS_OVER = (
    LoginSession.is_kept
    & (
        (LoginSession.last_seen < bindparam("kept_idle_end"))
        | (LoginSession.created_at < bindparam("kept_end"))
    )
) | (
    ~LoginSession.is_kept
    & (
        (LoginSession.last_seen < bindparam("idle_end"))
        | (LoginSession.created_at < bindparam("end"))
    )
)


def get_cutoffs(now: datetime) -> dict[str, datetime]:
    """Return the parameters of IS_OVER: when the logins that end now were last seen, or begun."""
    settings = current_app.config
    return {
        "kept_idle_end": now - settings["KEPT_LOGIN_IDLE_LIMIT"],
        "kept_end": now - settings["KEPT_LOGIN_LIMIT"],
        "idle_end": now - settings["LOGIN_IDLE_LIMIT"],
        "end": now - settings["LOGIN_LIMIT"],
    }
