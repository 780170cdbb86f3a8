"""The audit log, for administrators to read."""

from collections.abc import Sequence

from flask import render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import ColumnElement, or_, select

from app.admin import admin
from app.auth.accounts import find
from app.extensions import db
from app.models import Action, AuditEvent, User
from app.web.access import admin_required
from app.web.languages import lazy_gettext as _
from app.web.paging import paginate
from app.web.templates import ROLE_NAMES, writable

ACTIONS = {
    Action.LOGGED_IN: _("logged in"),
    Action.LOGIN_REFUSED: _("login refused"),
    Action.LOGGED_OUT: _("logged out"),
    Action.TOO_MANY_TRIES: _("too many tries"),
    Action.ACCESS_REFUSED: _("access refused"),
    Action.REGISTERED: _("registered"),
    Action.LINK_MADE: _("link made"),
    Action.PASSWORD_REFUSED: _("password refused"),
    Action.PASSWORD_CHANGED: _("password changed"),
    Action.CODE_ASKED: _("code asked for"),
    Action.CODE_REFUSED: _("code refused"),
    Action.FACTOR_SET_UP: _("second factor set up"),
    Action.FACTOR_REMOVED: _("second factor removed"),
    Action.RECOVERY_CODES_MADE: _("recovery codes made"),
    Action.EMAIL_CHANGED: _("address changed"),
    Action.NAME_CHANGED: _("name changed"),
    Action.ROLE_CHANGED: _("role changed"),
    Action.SESSIONS_ENDED: _("sessions ended"),
    Action.DISABLED: _("disabled"),
    Action.ENABLED: _("enabled"),
    Action.DELETED: _("account deleted"),
    Action.MAIL_RETRIED: _("mail tried again"),
}
# The words among the details; all others are names of pages, limits or people.
DETAILS = {
    **ROLE_NAMES,
    "wrong password": _("wrong password"),
    "unknown name": _("unknown name"),
    "no account": _("a name without an account"),
    "disabled": _("disabled"),
    "all given up": _("all that were given up"),
    "code": _("with a code"),
    "recovery code": _("with a recovery code"),
    "one browser": _("one browser"),
    "reset": _("for a new password"),
    # The names of the limits.
    "login": _("logins from one address"),
    "wrong passwords": _("wrong passwords from one address"),
    "wrong passwords in all": _("wrong passwords in all"),
    "own password": _("wrong passwords in the settings"),
    "codes": _("wrong codes"),
    "codes a day": _("wrong codes in a day"),
    "recovery codes": _("recovery codes from one address"),
    "names": _("changes of the name"),
    "mails": _("mails from one address"),
    "mails to one": _("mails to one address"),
}


@admin.route("/log")
@admin_required
def log() -> ResponseReturnValue:
    """List what was done, the newest first: all of it, one kind, or what one user is part of."""
    action, name = request.args.get("action", ""), writable(request.args.get("user", "")).strip()
    events = select(AuditEvent)
    if action in ACTIONS:
        events = events.where(AuditEvent.action == action)
    if name:
        found = find(name)
        is_part = or_(AuditEvent.actor == name, AuditEvent.subject == name)
        events = events.where(is_part | _is_part(found) if found else is_part)
    return render_template(
        "admin/log.html",
        page=paginate(events, AuditEvent.id, newest_first=True),
        action=action,
        actions=ACTIONS,
        details=DETAILS,
        name=name,
    )


def events_about(user: User, limit: int) -> Sequence[AuditEvent]:
    """Return the newest events that a user is part of, the newest first."""
    newest = select(AuditEvent).where(_is_part(user)).order_by(AuditEvent.id.desc())
    return db.session.scalars(newest.limit(limit)).all()


def _is_part(user: User) -> ColumnElement[bool]:
    return or_(AuditEvent.actor_id == user.id, AuditEvent.subject_id == user.id)
