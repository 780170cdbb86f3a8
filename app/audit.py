"""The log of what is done to accounts, and by administrators."""

import getpass
import logging
import os

from flask import has_request_context
from flask_login import current_user
from sqlalchemy import ColumnElement, or_
from sqlalchemy.exc import IntegrityError

from app.client import client_address, client_agent
from app.extensions import db
from app.models import Action, AuditEvent, User
from app.models.audit_event import LONGEST_DETAIL, LONGEST_OPERATOR
from app.models.login_session import LONGEST_AGENT
from app.models.texts import make_writable

log = logging.getLogger(__name__)


def record(
    action: Action, subject: User | None = None, *, actor: User | None = None, detail: str = ""
) -> None:
    """Add an event to the current transaction: what did not happen is not in the log.

    `actor` is by default whoever is logged in. `detail` is one of a few words, numbers of mails, a
    name that an operator wrote, or the names before and after a change: never a password, a token,
    or what a stranger typed.
    """
    db.session.add(_event(action, subject, actor, detail))


def note(action: Action, subject: User | None = None, *, detail: str = "") -> None:
    """Commit an event alone: a refusal. What the transaction has done before is rolled back.

    If the account is deleted at that moment, the server's log has it alone.
    """
    # Made before the rollback, after which a user who is known would have to be read again: a
    # login that is refused takes as long for a name that nobody has.
    event = _event(action, subject, None, detail)
    try:
        db.session.rollback()
        db.session.add(event)
        db.session.commit()
    except IntegrityError:
        db.session.rollback()
        log.warning("%s: somebody who is no more (%s)", action, detail)


def is_part(user: User) -> ColumnElement[bool]:
    """Tell of which events a user is part: what was done to them, and by them."""
    return or_(AuditEvent.actor_id == user.id, AuditEvent.subject_id == user.id)


def _event(action: Action, subject: User | None, actor: User | None, detail: str) -> AuditEvent:
    is_request = has_request_context()
    if is_request:
        actor = actor or (current_user if current_user.is_authenticated else None)
    return AuditEvent(
        action=action,
        actor_id=actor.id if actor else None,
        actor=actor.username if actor else "",
        subject_id=subject.id if subject else None,
        subject=subject.username if subject else "",
        detail=detail[:LONGEST_DETAIL],
        ip_address=client_address() if is_request else "",
        agent=make_writable(client_agent())[:LONGEST_AGENT] if is_request else "",
        operator="" if is_request else make_writable(_system_user())[:LONGEST_OPERATOR],
    )


def _system_user() -> str:
    """Return who runs a command, and not as whom: an operator may have used sudo."""
    try:
        return os.environ.get("SUDO_USER") or getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return f"user {os.getuid()}"
