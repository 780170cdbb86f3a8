"""The outbox: mails that have been decided, and what becomes of each.

A mail is a row, written in the transaction that causes it, and `due` says all about its state: when
to try, when to try again, and, while a worker has it in hand, when another one may take it, because
the first must have died. A worker that dies between the server's "taken" and its own note of that
sends the mail twice, with the same Message-ID; none is lost.
"""

import json
import logging
import secrets
import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from flask import current_app
from sqlalchemy import Row, select, update
from sqlalchemy.exc import SQLAlchemyError

from app import audit
from app.database import is_transient_conflict, is_unavailable, rows_matched
from app.extensions import db
from app.mail import refusals
from app.mail.letters import check_templates, parse_header_address
from app.models import Action, Detail, OutgoingMail
from app.models.outgoing_mail import LONGEST_ERROR, LONGEST_RECIPIENT, Priority
from app.models.texts import make_writable
from app.web.languages import current_language
from config import LANGUAGES

log = logging.getLogger(__name__)

# More than a server can take for a mail: see SECONDS_TO_WAIT and SECONDS_TO_CONFIRM in app.smtp.
LEASE = timedelta(minutes=5)
FIRST_PAUSE = timedelta(seconds=30)  # twice as long after each further try
LONGEST_PAUSE = timedelta(hours=6)
MOST_TRIES = 16  # in all, nearly two days
SECONDS_TO_RECORD = 60 * 60  # while the database is away, nobody else takes the mail either

random = secrets.SystemRandom()


class Claim(NamedTuple):
    """A mail that this worker has in hand until `due`, which with `tries` tells it from others'."""

    id: int
    tries: int  # this one included
    due: datetime | None


def enqueue(
    recipient: str,
    template: str,
    /,
    *,
    locale: str | None = None,
    priority: Priority = Priority.ORDINARY,
    **parameters: Any,  # noqa: ANN401
) -> OutgoingMail:
    """Add a mail to the current transaction: it is sent after the commit, and never without one.

    `recipient` is an address, with or without a name before it. `template` names two templates: the
    one with `.txt` after it has the subject, in a block. They are rendered in `locale`, by default
    the current language, with `parameters`, which are kept as JSON: never links or tokens, which
    `letters.register_preparation` is for. Raises ValueError for what is no address, language or
    subject, TypeError for a parameter that JSON does not have, and jinja2.TemplateNotFound.
    """
    mail = OutgoingMail(
        recipient=_checked_address(recipient),
        template=template,
        parameters=_as_json(parameters),
        locale=_checked_language(locale or current_language()),
        priority=priority,
    )
    check_templates(template, parameters)
    db.session.add(mail)
    return mail


def _checked_address(recipient: str) -> str:
    parse_header_address(recipient)
    if len(recipient) > LONGEST_RECIPIENT:
        raise ValueError(f"an email address has at most {LONGEST_RECIPIENT} characters")
    return recipient.strip()


def _checked_language(locale: str) -> str:
    if locale not in LANGUAGES:
        raise ValueError(f"{locale!r} is not one of {', '.join(LANGUAGES)}")
    return locale


def _as_json(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters, which a mail keeps as JSON. Raise TypeError for one that is none."""
    if "mail" in parameters:
        raise TypeError("mail is the row itself; give the parameter another name")
    for name, value in parameters.items():
        try:
            json.dumps(value, allow_nan=False)
        except (TypeError, ValueError):
            raise TypeError(
                f"{name} is a {type(value).__name__}, and a mail's parameters are kept as JSON; "
                "give texts and numbers, as in username=user.username"
            ) from None
    return dict(parameters)


def is_anything_due() -> bool:
    """Return whether there is a mail to send now."""
    due = select(OutgoingMail.id).where(OutgoingMail.due <= _now())
    return db.session.scalar(due.limit(1)) is not None


def claim() -> Claim | None:
    """Take the mail that is to leave first, and commit that. Return None without one.

    Of those of one priority, it is the one that has been due for the longest. Of several workers
    one gets it: on PostgreSQL and MariaDB they pass over each other's rows, and everywhere the
    update counts only while `tries` is what it was.
    """
    while found := _find_first():
        mine = Claim(found.id, found.tries + 1, _now() + LEASE)
        if _update(Claim(*found), due=mine.due, tries=mine.tries, error=None):
            if mine.tries <= MOST_TRIES:
                return mine
            give_up(mine, f"Gave up after {MOST_TRIES} tries: none came to an end.")
    db.session.rollback()
    return None


def record_sent(claim: Claim) -> None:
    """Note that the server has taken a mail."""
    _record(claim, due=None, sent_at=_now(), error=None)


def try_again(claim: Claim, reason: str) -> bool:
    """Note why a mail could not be sent, and when to try again; return False if no more."""
    if claim.tries >= MOST_TRIES:
        give_up(claim, reason)
        return False
    _record(claim, due=_now() + pause_after(claim.tries), error=shorten(reason))
    return True


def give_up(claim: Claim, reason: str) -> None:
    """Note why a mail will not be sent, unless an operator says so."""
    _record(claim, due=None, error=shorten(reason))


def put_back(claim: Claim, reason: str) -> None:
    """Note why a mail was not sent, for a reason that has nothing to do with it: no try counts."""
    _record(claim, due=_now(), tries=claim.tries - 1, error=shorten(reason))


def pause_after(tries: int) -> timedelta:
    """Return how long to wait after that many tries: not all mails of an outage at one moment."""
    pause = min(FIRST_PAUSE * 2 ** (tries - 1), LONGEST_PAUSE)
    return timedelta(seconds=pause.total_seconds() * random.uniform(0.8, 1.2))


def retry(ids: Iterable[int] | None = None) -> int:
    """Make mails due again, as if they had never been tried, and return how many.

    Without `ids` it is all that were given up. Mails that a worker has in hand are left to it.
    That a server has refused their addresses is forgotten.
    """
    failed = OutgoingMail.sent_at.is_(None) & OutgoingMail.error.is_not(None)
    ids = None if ids is None else [*ids]
    chosen = OutgoingMail.due.is_(None) if ids is None else OutgoingMail.id.in_(ids)
    again = update(OutgoingMail).where(failed, chosen).values(due=_now(), tries=0)
    recipients = select(OutgoingMail.recipient).where(failed, chosen)
    refusals.forget(None if ids is None else db.session.scalars(recipients).all())
    rows = rows_matched(db.session.execute(again))
    if rows:
        which = Detail.ALL_GIVEN_UP if ids is None else ", ".join(map(str, ids))
        audit.record(Action.MAIL_RETRIED, detail=which)
    db.session.commit()
    current_app.extensions["outbox_woken"].set()
    return rows


def _now() -> datetime:
    return datetime.now(UTC)


def _find_first() -> Row[int, int, datetime | None] | None:
    """Return the mail that is to leave first, locked. One look for each priority: by an index."""
    for priority in Priority:
        due = select(OutgoingMail.id, OutgoingMail.tries, OutgoingMail.due)
        due = due.where(OutgoingMail.priority == priority, OutgoingMail.due <= _now())
        first = due.order_by(OutgoingMail.due).limit(1).with_for_update(skip_locked=True)
        if found := db.session.execute(first).first():
            return found
    return None


def _record(claim: Claim, **values: object) -> None:
    """Note what became of a mail, and wait for a database that is away: else it is sent again."""
    end = time.monotonic() + SECONDS_TO_RECORD
    while True:
        try:
            _update(claim, **values)
        except SQLAlchemyError as error:
            db.session.rollback()
            if time.monotonic() > end or not (
                is_transient_conflict(error) or is_unavailable(error)
            ):
                raise
            log.warning("What became of mail %d cannot be noted now; trying again.", claim.id)
            time.sleep(1)
        else:
            return


def _update(claim: Claim, **values: object) -> bool:
    """Change a mail that is still as it was when it was claimed; return whether it was."""
    row = update(OutgoingMail).where(
        OutgoingMail.id == claim.id,
        OutgoingMail.tries == claim.tries,
        OutgoingMail.due == claim.due,
    )
    rows = rows_matched(db.session.execute(row.values(values)))
    db.session.commit()
    return rows == 1


def shorten(reason: str) -> str:
    """Return a reason as one line that every database keeps."""
    return make_writable(" ".join(reason.split()))[:LONGEST_ERROR]
