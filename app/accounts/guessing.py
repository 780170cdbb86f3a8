"""Owners are told that somebody guesses their password: once a day at most.

The worker finds that out in the activity log. A request that wrote the mail would take longer for
names that have an account.
"""

from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, select, update

from app.accounts.letters import tell_owner
from app.database import rows_matched
from app.extensions import db
from app.mail import gathering
from app.models import Action, AuditEvent, Detail, User

BETWEEN_MAILS = timedelta(days=1)
LOOKED_AT = 200  # events, the newest


@gathering.register
def warn_owners() -> None:
    """Mail those whose passwords strangers have tried too often, and commit each mail."""
    now = datetime.now(UTC)
    tried = (
        select(AuditEvent.subject_id, AuditEvent.at)
        .where(AuditEvent.action == Action.TOO_MANY_TRIES)
        .where(AuditEvent.detail == Detail.WRONG_PASSWORDS_IN_ALL)
        .order_by(AuditEvent.id.desc())
        .limit(LOOKED_AT)
        .subquery()
    )
    is_news = tried.c.at > now - BETWEEN_MAILS  # and later than the last warning, if it is time
    owners = select(User).join(tried, tried.c.subject_id == User.id).where(is_news)
    has_account = User.password_hash.is_not(None) & User.disabled_at.is_(None)
    for user in db.session.scalars(owners.where(has_account, _is_time(now)).distinct()).all():
        _warn(user, now)


def _warn(user: User, now: datetime) -> None:
    warned = update(User).where(User.id == user.id, _is_time(now)).values(warned_at=now)
    if rows_matched(db.session.execute(warned)):  # or another worker was first
        tell_owner(user, "mail/password_guessed")
    db.session.commit()


def _is_time(now: datetime) -> ColumnElement[bool]:
    return User.warned_at.is_(None) | (User.warned_at < now - BETWEEN_MAILS)
