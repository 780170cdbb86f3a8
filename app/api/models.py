"""Tokens, and requests that are not done twice."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, ForeignKey
from sqlalchemy.orm import Mapped, backref, mapped_column, relationship

from app.extensions import Model
from app.models import User
from app.models.columns import UtcDateTime, max_length_check, text_type, utc_now

LONGEST_TOKEN_NAME = 64
LONGEST_RESULT = 64
DIGEST = 64  # characters of a SHA-256
EXPIRED_TOKENS_KEPT = timedelta(days=30)
RESULTS_KEPT = timedelta(days=1)


class Scope(StrEnum):
    """What a token may be used for, besides what everybody may do."""

    READ = "read"  # what only its owner sees
    WRITE = "write"  # whatever changes something


def digest(secret: str) -> str:
    """Return what is kept of a secret: a leaked table opens nothing."""
    return hashlib.sha256(secret.encode()).hexdigest()


class ApiToken(Model):
    """What a program shows instead of a user's password. What it opens is kept as a digest."""

    __tablename__ = "api_tokens"
    __table_args__ = (
        max_length_check(LONGEST_TOKEN_NAME, "name"),
        max_length_check(32, "scopes"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[str] = mapped_column(text_type(DIGEST), unique=True)
    # Of the password that its owner had: another one ends it, as it ends logins.
    password_state: Mapped[str] = mapped_column(text_type(32))
    name: Mapped[str] = mapped_column(text_type(LONGEST_TOKEN_NAME))
    scopes: Mapped[str] = mapped_column(text_type(32))  # with a blank between two
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    user: Mapped[User] = relationship(
        backref=backref("api_tokens", cascade="all, delete-orphan", passive_deletes=True)
    )

    def allows(self, scope: Scope) -> bool:
        """Return whether it may be used for that."""
        return scope in self.scopes.split()

    def __repr__(self) -> str:
        """Return `<ApiToken 3 'backup' of 'john'>`."""
        return f"<ApiToken {self.id} {self.name!r} of {self.user.username!r}>"


class IdempotentRequest(Model):
    """A request that came with a key, and what came of it: one that comes again is told the same.

    The row is written in the transaction that does what the request asks for.
    """

    __tablename__ = "idempotent_requests"
    __table_args__ = (max_length_check(LONGEST_RESULT, "result"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key_hash: Mapped[str] = mapped_column(text_type(DIGEST), unique=True)  # with whose it is
    request_hash: Mapped[str] = mapped_column(text_type(DIGEST))
    result: Mapped[str] = mapped_column(text_type(LONGEST_RESULT))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now, index=True)

    def __repr__(self) -> str:
        """Return `<IdempotentRequest 7>`."""
        return f"<IdempotentRequest {self.id}>"


def is_long_expired(now: datetime) -> ColumnElement[bool]:
    """Return which tokens are listed no longer."""
    return ApiToken.expires_at < now - EXPIRED_TOKENS_KEPT


def is_forgotten(now: datetime) -> ColumnElement[bool]:
    """Return which requests may be done again."""
    return IdempotentRequest.created_at < now - RESULTS_KEPT
