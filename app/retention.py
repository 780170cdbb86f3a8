"""How long rows are kept that nobody needs for good. The mail worker deletes the others."""

from datetime import UTC, datetime, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import ColumnElement, delete, select

from app.extensions import db
from app.models import AuditEvent, LoginSession, Notice, OutgoingMail
from app.models.login_session import IS_OVER, ends

MAILS_KEPT = timedelta(days=30)  # after they were sent
GIVEN_UP_MAILS_KEPT = timedelta(days=90)  # after they were decided
MOST_DELETED = 1000  # in one transaction


def delete_old() -> None:
    """Delete mails that are done with, logins that are over, and the log's old events."""
    now = datetime.now(UTC)
    events_kept = timedelta(days=current_app.config["AUDIT_LOG_DAYS"])
    _delete(OutgoingMail, OutgoingMail.sent_at < now - MAILS_KEPT)
    given_up = OutgoingMail.due.is_(None) & OutgoingMail.sent_at.is_(None)
    _delete(OutgoingMail, given_up & (OutgoingMail.created_at < now - GIVEN_UP_MAILS_KEPT))
    _delete(LoginSession, IS_OVER, ends(now))
    _delete(AuditEvent, AuditEvent.at < now - events_kept)


def _delete(
    model: Any,  # noqa: ANN401
    is_old: ColumnElement[bool],
    parameters: dict[str, datetime] | None = None,
) -> None:
    """Delete the rows of a table that are old, some at a time."""
    old = select(model.id).where(is_old).limit(MOST_DELETED)
    while ids := db.session.scalars(old, parameters).all():
        if model is OutgoingMail:
            db.session.execute(delete(Notice).where(Notice.mail_id.in_(ids)))
        db.session.execute(delete(model).where(model.id.in_(ids)))
        db.session.commit()
    db.session.rollback()
