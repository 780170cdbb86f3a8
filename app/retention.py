"""How long rows are kept that nobody needs for good.

The mail worker deletes the others once an hour, and so does `flask clean`, for sites without one.
"""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import click
from flask import Flask, current_app
from flask.cli import with_appcontext
from sqlalchemy import ColumnElement, delete, func, select, update

from app.commands import (
    DatabaseCommand,
    confirm,
    echo_json,
    examples,
    json_option,
    show_progress,
    yes_option,
)
from app.database import rows_matched
from app.extensions import db
from app.models import AuditEvent, LoginSession, Notice, OutgoingMail, User
from app.models.login_session import IS_OVER, get_cutoffs

MAILS_KEPT = timedelta(days=30)  # after they were sent
GIVEN_UP_MAILS_KEPT = timedelta(days=90)  # after they were decided
MOST_DELETED = 1000  # in one transaction
WORDS = {  # for operators
    "emails": OutgoingMail,
    "logins": LoginSession,
    "log events": AuditEvent,
    "visitors": User,
}
ALWAYS_TOLD = {"emails", "logins", "log events"}  # the others, if there are any

# Returns which rows of a table are old at a moment.
FindOld = Callable[[datetime], ColumnElement[bool]]
_tables: dict[Any, FindOld] = {}


def init_app(app: Flask) -> None:
    """Add `flask clean`."""
    app.cli.add_command(clean)


def register_table(model: Any, find_old: FindOld) -> None:  # noqa: ANN401
    """Let the old rows of a room's table be deleted, too. The table has a column `id`."""
    _tables[model] = find_old


@click.command(
    cls=DatabaseCommand,
    epilog=examples("flask clean --dry-run", "flask clean --yes"),
)
@click.option("--dry-run", is_flag=True, help="Count what would be deleted, and delete nothing.")
@yes_option
@json_option
@with_appcontext
def clean(*, dry_run: bool, is_sure: bool, as_json: bool) -> None:
    """Delete old emails, logins and log events: for cron.

    Somebody at a terminal is asked first.
    """
    found = count_old()
    if not dry_run:
        if found.total():
            confirm(f"Delete {describe(found)}?", is_sure=is_sure)
        with show_progress("Deleting", found.total()) as report:
            found = delete_old(report)
    if as_json:
        echo_json({"deleted": found, "dry_run": dry_run})
    else:
        click.echo(f"{'Would be deleted' if dry_run else 'Deleted'}: {describe(found)}.")


def describe(counts: Counter[str]) -> str:
    """Return how many there are of what operators know, and of all else together."""
    known = {word: counts[model.__tablename__] for word, model in WORDS.items()}
    known["others"] = counts.total() - sum(known.values())
    return ", ".join(
        f"{word} {count}" for word, count in known.items() if count or word in ALWAYS_TOLD
    )


def count_old() -> Counter[str]:
    """Count what `delete_old` would delete, by table."""
    return Counter(
        {
            model.__tablename__: db.session.scalar(
                select(func.count()).select_from(model).where(is_old), parameters
            )
            or 0
            for model, is_old, parameters in _list_old()
        }
    )


def delete_old(report: Callable[[int], None] = lambda _count: None) -> Counter[str]:
    """Delete mails that are done with, logins that are over, old events, and what rooms register.

    Commits a thousand at a time, of which `report` is told. Returns how many there were, by table.
    Of events that stay, addresses are forgotten in their time.
    """
    addresses_kept = timedelta(days=current_app.config["AUDIT_ADDRESS_DAYS"])
    _forget_addresses(datetime.now(UTC) - addresses_kept)
    return Counter(
        {
            model.__tablename__: _delete(model, is_old, parameters, report)
            for model, is_old, parameters in _list_old()
        }
    )


def _list_old() -> list[tuple[Any, ColumnElement[bool], dict[str, datetime] | None]]:
    """Return each table, which of its rows are old now, and the parameters of that."""
    now = datetime.now(UTC)
    is_given_up = OutgoingMail.due.is_(None) & OutgoingMail.sent_at.is_(None)
    is_old = (OutgoingMail.sent_at < now - MAILS_KEPT) | (
        is_given_up & (OutgoingMail.created_at < now - GIVEN_UP_MAILS_KEPT)
    )
    events_kept = timedelta(days=current_app.config["AUDIT_LOG_DAYS"])
    return [
        (OutgoingMail, is_old, None),
        (LoginSession, IS_OVER, get_cutoffs(now)),
        (AuditEvent, AuditEvent.at < now - events_kept, None),
        *((model, find_old(now), None) for model, find_old in _tables.items()),
    ]


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
    parameters: dict[str, datetime] | None,
    report: Callable[[int], None],
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
        report(count)
        if not count:
            break
    db.session.rollback()
    return deleted
