"""Login sessions: a row for each browser, without which its cookie opens nothing."""

import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import contains_eager

from app import audit
from app.accounts import administration, known_browsers
from app.accounts.authentication import note_refusal
from app.database import is_transient_conflict, is_unavailable, rows_matched
from app.extensions import db
from app.models import Action, Detail, LoginSession, User, passwords
from app.models.login_session import IS_OVER, LONGEST_AGENT, get_cutoffs, hash_key, new_key
from app.models.texts import make_writable

log = logging.getLogger(__name__)

SECONDS_BETWEEN_NOTES = 10 * 60  # of when a session was last seen


# Returns what showed, besides the password, who a user is, or None if nothing is asked of them.
Check = Callable[[User, str | None], Detail | None]
_checks: list[Check] = []


class DisabledError(ValueError):
    """The account is disabled."""


class Browser(NamedTuple):
    """What a session remembers of where it is."""

    agent: str  # as the browser calls itself
    ip_address: str
    is_kept: bool = False  # when it is closed
    is_known: bool = False  # as one in which the user has logged in before


def register_check(check: Check) -> Check:
    """Let a function ask for more than the password when a session begins, and at each proof.

    It is given the user, who is locked, and the code that they typed, or None if none was asked
    for. It raises CodeNeededError if it does not let the user in.
    """
    _checks.append(check)
    return check


def run_checks(user: User, code: str | None) -> Detail | None:
    """Let every check look at a user, who is locked, in the current transaction.

    Return what showed, besides the password, who they are. Raise CodeNeededError.
    """
    shown_by = [detail for check in _checks if (detail := check(user, code))]
    return next(iter(shown_by), None)


def begin(
    user: User, browser: Browser, code: str | None = None, *, shown_by: Detail | None = None
) -> str:
    """Begin a session of a user, who has just proved who they are, commit it, and return its key.

    `shown_by` is what has shown already who it is, alone: then the checks are not asked. It is
    bound to the password as it was when the user was looked up: if that was changed since,
    the session is worth nothing. Raises CodeNeededError if a check asks for a code and this is
    none, DisabledError, and StaleDataError if the user is deleted.
    """
    state = passwords.state_of(user.password_hash)
    administration.lock(user)
    db.session.refresh(user)
    if user.disabled_at is not None:  # at this moment
        note_refusal(user, Detail.DISABLED)
        raise DisabledError
    shown_by = shown_by or run_checks(user, code)
    if not browser.is_known:
        known_browsers.tell_of_new(user, browser.agent, browser.ip_address)
    audit.record(Action.LOGGED_IN, user, actor=user, detail=shown_by or "")
    key = add(user, browser, state, proved_at=datetime.now(UTC))
    db.session.commit()
    administration.promote_admin(user)
    return key


def add(
    user: User, browser: Browser, password_state: str, *, proved_at: datetime | None = None
) -> str:
    """Add a session to the current transaction, and return its key."""
    key = new_key()
    user.last_seen = datetime.now(UTC)
    db.session.add(
        LoginSession(
            user=user,
            password_state=password_state,
            key_hash=hash_key(key),
            is_kept=browser.is_kept and not user.is_administrator(),
            proved_at=proved_at,
            ip_address=browser.ip_address,
            agent=make_writable(browser.agent)[:LONGEST_AGENT],
        )
    )
    return key


def remove(key: str) -> bool:
    """Delete a session, in the current transaction. Return whether there was one."""
    deleted = db.session.execute(delete(LoginSession).where(LoginSession.key_hash == hash_key(key)))
    return rows_matched(deleted) == 1


def end(user: User, key: str) -> None:
    """End the session with that key, if it has not ended already, and commit it."""
    administration.lock(user)
    if remove(key):
        audit.record(Action.LOGGED_OUT, user)
    db.session.commit()


def end_one(user: User, session_id: int) -> None:
    """End another one of a user's sessions, if it has not ended already, and commit it."""
    administration.lock(user)
    theirs = (LoginSession.id == session_id) & (LoginSession.user_id == user.id)
    deleted = db.session.execute(delete(LoginSession).where(theirs))
    if rows_matched(deleted):
        audit.record(Action.SESSIONS_ENDED, user, detail=Detail.ONE_BROWSER)
    db.session.commit()


# One SELECT for the session, the user and the role.
FIND = (
    select(LoginSession)
    .join(LoginSession.user)
    .options(contains_eager(LoginSession.user).joinedload(User.role))
    .where(LoginSession.key_hash == bindparam("key"), User.disabled_at.is_(None), ~IS_OVER)
)


def find(key: str) -> LoginSession | None:
    """Return the session with that key, with its user, if it is not over. One SELECT."""
    now = datetime.now(UTC)
    found = db.session.scalar(FIND, {"key": hash_key(key), **get_cutoffs(now)})
    if found is None or found.password_state != passwords.state_of(found.user.password_hash):
        return None  # or it was begun with a password that is no more
    return found


def touch(login: LoginSession) -> bool:
    """Note and commit every ten minutes when somebody was last seen. Return whether it was done.

    A page can be read without: the next one notes it, if the database takes nothing now.
    """
    now = datetime.now(UTC)
    if now - login.last_seen <= timedelta(seconds=SECONDS_BETWEEN_NOTES):
        return False
    is_as_seen = (LoginSession.id == login.id) & (LoginSession.last_seen == login.last_seen)
    try:  # the user first, as whoever ends sessions does
        db.session.execute(update(User).where(User.id == login.user_id).values(last_seen=now))
        db.session.execute(update(LoginSession).where(is_as_seen).values(last_seen=now))
        db.session.commit()
    except SQLAlchemyError as error:
        db.session.rollback()
        if not (is_transient_conflict(error) or is_unavailable(error)):
            raise
        log.warning("It cannot be noted now who was here: %s", type(error).__name__)
        return False
    return True


def find_by_user(user: User) -> Sequence[LoginSession]:
    """Return a user's sessions that are not over, the last seen first."""
    mine = select(LoginSession).where(LoginSession.user_id == user.id, ~IS_OVER)
    newest_first = mine.order_by(LoginSession.last_seen.desc(), LoginSession.id.desc())
    return db.session.scalars(newest_first, get_cutoffs(datetime.now(UTC))).all()
