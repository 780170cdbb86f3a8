"""Logging in and out: a row for each browser, without which its cookie opens nothing."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from flask import request, session
from flask_login import current_user, login_user, logout_user
from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import contains_eager
from werkzeug.exceptions import Unauthorized

from app.auth import accounts, second_factor, standing
from app.auth.accounts import ChangedMeanwhileError
from app.database import gave_way, is_unavailable, rows_met
from app.extensions import db
from app.models import Action, LoginSession, User, passwords
from app.models.login_session import IS_OVER, LONGEST_AGENT, ends, hash_key, new_key
from app.web import audit
from app.web.proxies import client_address
from app.web.templates import writable
from app.web.visitors import me

log = logging.getLogger(__name__)

SECONDS_BETWEEN_NOTES = 10 * 60  # of when a session was last seen


def authenticate(user: User | None, password: str) -> User | None:
    """Return the user if this is their password and the account is enabled.

    It takes as long for nobody. A hash of former parameters is made anew.
    """
    if not passwords.verify(user.password_hash if user else None, password):
        _refuse(user, _why_refused(user))
        return None
    assert user is not None  # noqa: S101  # whose password it was
    assert user.password_hash is not None  # noqa: S101
    if user.disabled_at is not None:
        _refuse(user, "disabled")
        return None
    if passwords.needs_rehash(user.password_hash):
        new_hash = passwords.hash_password(password)
        try:
            accounts.change(user, password_hash=new_hash)
            db.session.commit()
            is_changed = user.password_hash != new_hash
        except ChangedMeanwhileError:
            is_changed = True
        if is_changed:  # by somebody else meanwhile, and this is the former password
            _refuse(user, "wrong password")
            return None
    return user


def _why_refused(user: User | None) -> str:
    if user is None:
        return "unknown name"
    return "wrong password" if user.has_account else "no account"


def _refuse(user: User | None, reason: str) -> None:
    """Note that nobody was let in. It is as much work for a name that nobody has."""
    audit.note(Action.LOGIN_REFUSED, user, detail=reason)


def confirm(password: str) -> bool:
    """Return whether this is the password of whoever is logged in."""
    user = me()
    if user.verify_password(password):
        return True
    audit.note(Action.PASSWORD_REFUSED, user)
    return False


class CodeNeededError(ValueError):
    """The user has a second factor, and this is no code of it."""


def use_code(user: User, typed: str) -> str:
    """Use up a code of a user's second factor, in the current transaction. Return its kind.

    The user is held. Raises CodeNeededError, and the log tells of it, if it is none.
    """
    kind = second_factor.use(user, typed)
    if not kind:
        audit.note(Action.CODE_REFUSED, user)
        raise CodeNeededError
    return kind


def begin(user: User, *, keep: bool = False, code: str | None = None) -> None:
    """Log a user in, in a session that shares nothing with the one before, and commit it.

    It is bound to the password as it was when the user was looked up: if that was changed since,
    the session is worth nothing. Raises CodeNeededError if the user has a second factor and this
    is no code of it, Unauthorized if the account is disabled, and StaleDataError if the user is no
    more.
    """
    state = passwords.state_of(user.password_hash)
    if current_user.is_authenticated:  # perhaps somebody else
        end()
    standing.hold(user)
    db.session.refresh(user)
    if user.disabled_at is not None:  # at this moment
        _refuse(user, "disabled")
        raise Unauthorized
    kind = ""
    if second_factor.of(user) is not None:  # which may have been set up at this moment
        if code is None:
            audit.note(Action.CODE_ASKED, user)
            raise CodeNeededError
        kind = use_code(user, code)
    audit.record(Action.LOGGED_IN, user, actor=user, detail=kind)
    key = _open(user, state, keep=keep)
    db.session.commit()
    standing.promote_admin(user)
    _enter(user, key, keep=keep)


@contextmanager
def renewal() -> Iterator[User]:
    """Give this browser another session, in the transaction of what the block does to its user.

    So a copy of its cookie ends. Raises Unauthorized if the session has ended meanwhile: whoever
    was logged out does not come in again by changing something at that moment.
    """
    user = me()
    keep: bool = session.permanent
    standing.hold(user)
    if not _close():
        db.session.rollback()
        forget()
        raise Unauthorized
    yield user
    key = _open(user, passwords.state_of(user.password_hash), keep=keep)
    db.session.commit()
    _enter(user, key, keep=keep)


def end() -> None:
    """Log out: the cookie, and any copy of it, is worth nothing from now on."""
    if current_user.is_authenticated:
        user = me()
        standing.hold(user)
        if _close():
            audit.record(Action.LOGGED_OUT, user)
        db.session.commit()
    forget()


def end_one(user: User, session_id: int) -> None:
    """End one of a user's sessions, if it has not ended already, and commit it."""
    standing.hold(user)
    theirs = (LoginSession.id == session_id) & (LoginSession.user_id == user.id)
    deleted = db.session.execute(delete(LoginSession).where(theirs))
    if rows_met(deleted):
        audit.record(Action.SESSIONS_ENDED, user, detail="one browser")
    db.session.commit()


def _close() -> bool:
    """Delete this browser's session, in the current transaction. Return whether there was one."""
    mine = LoginSession.key_hash == hash_key(current_user.get_id())
    deleted = db.session.execute(delete(LoginSession).where(mine))
    return rows_met(deleted) == 1


def _open(user: User, password_state: str, *, keep: bool) -> str:
    """Add a session to the current transaction, and return its key."""
    key = new_key()
    db.session.add(
        LoginSession(
            user=user,
            password_state=password_state,
            key_hash=hash_key(key),
            is_kept=keep,
            ip_address=client_address(),
            agent=writable(request.user_agent.string)[:LONGEST_AGENT],
        )
    )
    return key


def _enter(user: User, key: str, *, keep: bool) -> None:
    """Let this browser know the key of its session."""
    session.clear()
    session.permanent = keep
    user.session_key = key
    login_user(user)
    session["name"] = user.username
    session["known"] = user.visits > 0


def forget() -> None:
    """Let this browser know nobody any more."""
    logout_user()
    session.clear()


# One SELECT for the session, the user and the role.
FIND = (
    select(LoginSession)
    .join(LoginSession.user)
    .options(contains_eager(LoginSession.user).joinedload(User.role))
    .where(LoginSession.key_hash == bindparam("key"), User.disabled_at.is_(None), ~IS_OVER)
)


def load(key: str) -> User | None:
    """Return the user who has a session with that key, if it is not over.

    One SELECT, but for the note of it every ten minutes.
    """
    now = datetime.now(UTC)
    found = db.session.scalar(FIND, {"key": hash_key(key), **ends(now)})
    if found is None or found.password_state != passwords.state_of(found.user.password_hash):
        return None  # or it was begun with a password that is no more
    if now - found.last_seen > timedelta(seconds=SECONDS_BETWEEN_NOTES):
        note(found, now)
    user: User = found.user
    user.session_key = key
    return user


def note(login: LoginSession, now: datetime) -> None:
    """Note when a session was last seen. `app.web.access` asks before a view writes anything.

    A page can be read without: the next one notes it, if the database takes nothing now.
    """
    is_as_seen = (LoginSession.id == login.id) & (LoginSession.last_seen == login.last_seen)
    try:
        db.session.execute(update(LoginSession).where(is_as_seen).values(last_seen=now))
        db.session.commit()
    except SQLAlchemyError as error:
        db.session.rollback()
        if not (gave_way(error) or is_unavailable(error)):
            raise
        log.warning("It cannot be noted now who was here: %s", type(error).__name__)
    else:
        session.modified = True  # the cookie of a kept login has a new end


def sessions_of(user: User) -> Sequence[LoginSession]:
    """Return a user's sessions that are not over, the last seen first."""
    mine = select(LoginSession).where(LoginSession.user_id == user.id, ~IS_OVER)
    newest_first = mine.order_by(LoginSession.last_seen.desc(), LoginSession.id.desc())
    return db.session.scalars(newest_first, ends(datetime.now(UTC))).all()
