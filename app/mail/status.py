"""How the outbox is doing, in three figures and a list."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from flask import current_app
from sqlalchemy import func, select

from app.extensions import db
from app.models import Notice, OutgoingMail
from app.web.languages import lazy_gettext as _

# What OutgoingMail.state says, for people.
MAIL_STATES = {
    "waiting": _("waiting"),
    "sending": _("sending"),
    "sent": _("sent"),
    "failed": _("failed"),
}


class OutboxStatus(NamedTuple):
    """What an operator watches."""

    waiting: int  # mails, and notices
    notices: int  # that are not yet gathered into a mail
    oldest_waiting_seconds: int | None
    given_up: int


def get_status() -> OutboxStatus:
    """Count the mails that are not sent."""
    mails = select(func.count(), func.min(OutgoingMail.created_at))
    waiting, oldest_mail = db.session.execute(mails.where(OutgoingMail.due.is_not(None))).one()
    given_up = OutgoingMail.due.is_(None) & OutgoingMail.sent_at.is_(None)
    notices = 0
    oldest_notice: datetime | None = None
    if current_app.config["FLASKY_ADMIN"]:  # or nobody waits for them
        untold = select(func.count(), func.min(Notice.created_at)).where(Notice.mail_id.is_(None))
        notices, oldest_notice = db.session.execute(untold).one()
    oldest = min((moment for moment in (oldest_mail, oldest_notice) if moment), default=None)
    return OutboxStatus(
        waiting=waiting + notices,
        notices=notices,
        oldest_waiting_seconds=int((datetime.now(UTC) - oldest).total_seconds())
        if oldest
        else None,
        given_up=db.session.scalar(select(func.count()).where(given_up)) or 0,
    )


def get_seconds_overdue() -> int:
    """Return for how long a mail has been due that no worker has taken: 0 if there is none."""
    due = db.session.scalar(select(func.min(OutgoingMail.due)))
    return max(0, int((datetime.now(UTC) - due).total_seconds())) if due else 0


def find_newest(limit: int, *, unsent_only: bool = False) -> Sequence[OutgoingMail]:
    """Return the newest mails, the newest first."""
    mails = select(OutgoingMail).order_by(OutgoingMail.id.desc()).limit(limit)
    return db.session.scalars(
        mails.where(OutgoingMail.sent_at.is_(None)) if unsent_only else mails
    ).all()
