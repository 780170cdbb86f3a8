"""How long rows are kept that nobody needs for good.

The mail worker deletes the others once an hour, and so does `flask clean`, for sites without one.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import click
from flask import Flask, current_app
from flask.cli import with_appcontext
from sqlalchemy import ColumnElement, delete, select, update

from app.commands import DatabaseCommand
from app.database import rows_matched
from app.extensions import db
from app.models import AuditEvent, LoginSession, Notice, OutgoingMail
from app.models.login_session import IS_OVER, get_cutoffs

MAILS_KEPT = timedelta(days=30)  # after they were sent
GIVEN_UP_MAILS_KEPT = timedelta(days=90)  # after they were decided
MOST_DELETED = 1000  # in one transaction

# Returns which rows of a table are old at a moment.
FindOld = Callable[[datetime], ColumnElement[bool]]
_tables: dict[Any, tuple[FindOld, str]] = {}


def init_app(app: Flask) -> None:
    """Add `flask clean`."""
    app.cli.add_command(clean)


def register_table(model: Any, find_old: FindOld, called: str = "") -> None:  # noqa: ANN401
    """Let the old rows of a room's table be deleted, too. The table has a column `id`.

    What an operator is to be told of has a name.
    """
    _tables[model] = find_old, called


@click.command(cls=DatabaseCommand)
@with_appcontext
def clean() -> None:
    """Delete old emails, logins and log events: for cron."""
    deleted = ", ".join(f"{called} {count}" for called, count in delete_old().items())
    click.echo(f"Deleted: {deleted}.")


def delete_old() -> dict[str, int]:
    """Delete mails that are done with, logins that are over, old events, and addresses in others.

    Then it deletes what rooms have registered. Commits a thousand at a time, and returns how many
    of each there were: of what is registered, what has a name.
    """
    now = datetime.now(UTC)
    is_given_up = OutgoingMail.due.is_(None) & OutgoingMail.sent_at.is_(None)
    is_old = (OutgoingMail.sent_at < now - MAILS_KEPT) | (
        is_given_up & (OutgoingMail.created_at < now - GIVEN_UP_MAILS_KEPT)
    )
    events_kept = timedelta(days=current_app.config["AUDIT_LOG_DAYS"])
    deleted = {
        "emails": _delete(OutgoingMail, is_old),
        "logins": _delete(LoginSession, IS_OVER, get_cutoffs(now)),
        "log events": _delete(AuditEvent, AuditEvent.at < now - events_kept),
    }
    _forget_addresses(now - timedelta(days=current_app.config["AUDIT_ADDRESS_DAYS"]))
    for model, (find_old, called) in _tables.items():
        count = _delete(model, find_old(now))
        if called and count:
            deleted[called] = count
    return deleted


def _forget_addresses(before: datetime) -> None:
    """Empty the addresses of events before a moment, some at a time, in one pass."""
    has_address = AuditEvent.ip_address != ""  # which an operator's event has, and NULL is not
    old = select(AuditEvent.id).where(AuditEvent.at < before, has_address)
    some = old.order_by(AuditEvent.id).limit(MOST_DELETED).with_for_update(skip_locked=True)
    last = 0
    while ids := db.session.scalars(some.where(AuditEvent.id > last)).all():
        forgotten = update(AuditEvent).where(AuditEvent.id.in_(ids)).values(ip_address=None)
        db.session.execute(forgotten, execution_options={"synchronize_session": False})
        db.session.commit()
        last = ids[-1]
    db.session.rollback()


def _delete(
    model: Any,  # noqa: ANN401
    is_old: ColumnElement[bool],
    parameters: dict[str, datetime] | None = None,
) -> int:
    """Delete the rows of a table that are old, some at a time. Return how many.

    A row that somebody else has in hand is left for the next time, and what is not old any more
    when it comes to it stays: an operator may have let a mail be tried again.
    """
    deleted = 0
    old = select(model.id).where(is_old).limit(MOST_DELETED).with_for_update(skip_locked=True)
    while ids := db.session.scalars(old, parameters).all():
        still_old = model.id.in_(ids) & is_old
        if model is OutgoingMail:
            of_those = Notice.mail_id.in_(select(OutgoingMail.id).where(still_old))
            db.session.execute(delete(Notice).where(of_those))
        count = rows_matched(db.session.execute(delete(model).where(still_old), parameters))
        db.session.commit()
        deleted += count
        if not count:
            break
    db.session.rollback()
    return deleted
