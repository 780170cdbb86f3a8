"""The audit log, for administrators to read."""

from collections.abc import Sequence

from flask import render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Select, or_, select

from app import audit
from app.admin import admin
from app.extensions import db
from app.models import AuditEvent, User
from app.models.lookup import find
from app.models.texts import make_writable
from app.web.access import admin_required
from app.web.events import ACTIONS, DETAILS
from app.web.paging import paginate


@admin.route("/log")
@admin_required
def log() -> ResponseReturnValue:
    """List what was done, the newest first: all of it, one kind, or what one user is part of."""
    action, name = (
        request.args.get("action", ""),
        make_writable(request.args.get("user", "")).strip(),
    )
    events = select_events(name)
    if action in ACTIONS:
        events = events.where(AuditEvent.action == action)
    return render_template(
        "admin/log.html",
        page=paginate(events, AuditEvent.id, newest_first=True),
        action=action,
        actions=ACTIONS,
        details=DETAILS,
        name=name,
    )


def select_events(name: str) -> Select[AuditEvent]:
    """Return the events that somebody is part of who has, or had, a name; or else all."""
    if not name:
        return select(AuditEvent)
    was_part = or_(AuditEvent.actor == name, AuditEvent.subject == name)
    found = find(name)
    return select(AuditEvent).where(was_part | audit.is_part(found) if found else was_part)


def events_about(user: User, limit: int) -> Sequence[AuditEvent]:
    """Return the newest events that a user is part of, the newest first."""
    newest = select(AuditEvent).where(audit.is_part(user)).order_by(AuditEvent.id.desc())
    return db.session.scalars(newest.limit(limit)).all()
