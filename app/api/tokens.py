"""Tokens: what programs show instead of a password. Nothing here knows of a request."""

import logging
import secrets
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import contains_eager

from app import audit
from app.accounts import administration, letters
from app.api.models import LONGEST_TOKEN_NAME, ApiToken, Scope, digest
from app.database import is_transient_conflict, is_unavailable, rows_matched
from app.extensions import db
from app.models import Action, User, passwords
from app.models.texts import TranslatableError, normalize_text

log = logging.getLogger(__name__)

PREFIX = "flasky_"  # by which those who look for leaked secrets know one
MOST_TOKENS = 50  # of one user
TIME_BETWEEN_NOTES = timedelta(minutes=10)  # of when one was last used
IS_VALID = ApiToken.expires_at.is_(None) | (ApiToken.expires_at > bindparam("now"))


class TokenError(TranslatableError):
    """What can be no token, and why."""


def create(
    user: User, name: str, scopes: Iterable[Scope], expires_at: datetime | None
) -> tuple[ApiToken, str]:
    """Make a token, tell its owner by mail, and commit it. Return it, and what it is shown by.

    Nobody can be shown that again. Raises TokenError.
    """
    shown = " ".join(normalize_text(name).split())
    if not shown or len(shown) > LONGEST_TOKEN_NAME:
        raise TokenError(
            "Please give it a name of at most %(number)s characters.", number=LONGEST_TOKEN_NAME
        )
    secret = f"{PREFIX}{secrets.token_urlsafe(32)}"
    administration.lock(user)
    if len(find_by_user(user)) >= MOST_TOKENS:
        db.session.rollback()
        raise TokenError(
            "You have %(number)s tokens. Please revoke one you no longer need.", number=MOST_TOKENS
        )
    token = ApiToken(
        user=user,
        token_hash=digest(secret),
        password_state=passwords.state_of(user.password_hash),
        name=shown,
        scopes=" ".join(sorted(set(scopes))),
        expires_at=expires_at,
    )
    db.session.add(token)
    audit.record(Action.TOKEN_CREATED, user, detail=shown)
    letters.tell_owner(user, "api/mail/token_created", name=shown)
    db.session.commit()
    return token, secret


def revoke(token: ApiToken) -> None:
    """Let a token open nothing any more, if it still does, and commit it."""
    user, token_id, name = token.user, token.id, token.name
    administration.lock(user)
    deleted = db.session.execute(delete(ApiToken).where(ApiToken.id == token_id))
    if rows_matched(deleted):
        audit.record(Action.TOKEN_REVOKED, user, detail=name)
    db.session.commit()


# One SELECT for the token, the user and the role.
FIND = (
    select(ApiToken)
    .join(ApiToken.user)
    .options(contains_eager(ApiToken.user).joinedload(User.role))
    .where(ApiToken.token_hash == bindparam("hash"), User.disabled_at.is_(None), IS_VALID)
)


def find(secret: str) -> ApiToken | None:
    """Return the token that is shown by that, with its user, if it opens anything. One SELECT."""
    if not (secret.startswith(PREFIX) and secret.isascii()):
        return None
    found = db.session.scalar(FIND, {"hash": digest(secret), "now": datetime.now(UTC)})
    return found if found and has_present_password(found) else None


def is_valid(token: ApiToken) -> bool:
    """Return whether a token of a user who is not disabled opens anything."""
    is_over = token.expires_at is not None and token.expires_at <= datetime.now(UTC)
    return not is_over and has_present_password(token)


def has_present_password(token: ApiToken) -> bool:
    """Return whether the password that a token was made behind is still its owner's."""
    return token.password_state == passwords.state_of(token.user.password_hash)


def find_by_user(user: User) -> Sequence[ApiToken]:
    """Return a user's tokens, the newest first, also those that have expired of late."""
    mine = select(ApiToken).where(ApiToken.user_id == user.id)
    return db.session.scalars(mine.order_by(ApiToken.id.desc())).all()


def touch(token: ApiToken) -> bool:
    """Note and commit every ten minutes that a token was used, and when its owner was last seen.

    A request can be answered without: the next one notes it, if the database takes nothing now.
    Return whether the token is still there.
    """
    now = datetime.now(UTC)
    if token.last_used_at and now - token.last_used_at <= TIME_BETWEEN_NOTES:
        return True
    try:  # the user first, as whoever revokes it does
        db.session.execute(update(User).where(User.id == token.user_id).values(last_seen=now))
        used = update(ApiToken).where(ApiToken.id == token.id).values(last_used_at=now)
        is_there = rows_matched(db.session.execute(used)) == 1
        db.session.commit()
    except SQLAlchemyError as error:
        db.session.rollback()
        if not (is_transient_conflict(error) or is_unavailable(error)):
            raise
        log.warning("It cannot be noted now which token was used: %s", type(error).__name__)
        return True
    return is_there
