"""The audit log, for administrators to read."""

from collections.abc import Sequence

from flask import render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import ColumnElement, or_, select

from app.admin import admin
from app.extensions import db
from app.models import Action, AuditEvent, Detail, User
from app.models.lookup import find
from app.models.texts import make_writable
from app.web.access import admin_required
from app.web.languages import lazy_gettext as _
from app.web.paging import paginate
from app.web.templates import ROLE_NAMES

ACTIONS = {
    Action.LOGGED_IN: _("logged in"),
    Action.LOGIN_REFUSED: _("login failed"),
    Action.LOGGED_OUT: _("logged out"),
    Action.TOO_MANY_TRIES: _("too many attempts"),
    Action.ACCESS_REFUSED: _("access denied"),
    Action.REGISTERED: _("signed up"),
    Action.LINK_MADE: _("link created"),
    Action.PASSWORD_REFUSED: _("wrong password"),
    Action.PASSWORD_CHANGED: _("password changed"),
    Action.CODE_ASKED: _("code requested"),
    Action.CODE_REFUSED: _("wrong code"),
    Action.FACTOR_SET_UP: _("two-factor authentication turned on"),
    Action.FACTOR_REMOVED: _("two-factor authentication turned off"),
    Action.RECOVERY_CODES_MADE: _("recovery codes created"),
    Action.EMAIL_CHANGED: _("email address changed"),
    Action.NAME_CHANGED: _("name changed"),
    Action.ROLE_CHANGED: _("role changed"),
    Action.SESSIONS_ENDED: _("sessions ended"),
    Action.DISABLED: _("account disabled"),
    Action.ENABLED: _("account enabled"),
    Action.LET_IN: _("failed logins forgotten"),
    Action.DELETED: _("account deleted"),
    Action.MAIL_RETRIED: _("email retried"),
    Action.MESSAGE_HIDDEN: _("message hidden"),
    Action.MESSAGE_SHOWN: _("message shown again"),
    Action.REPORTS_DISMISSED: _("reports dismissed"),
    Action.APPEAL_REJECTED: _("appeal rejected"),
    Action.TOKEN_CREATED: _("API token created"),
    Action.TOKEN_REVOKED: _("API token revoked"),
}
# All other details are names of pages, people, mails or tokens, or numbers of messages.
DETAILS = {
    **ROLE_NAMES,
    Detail.WRONG_PASSWORD: _("wrong password"),
    Detail.UNKNOWN_NAME: _("unknown name"),
    Detail.NO_ACCOUNT: _("a name without an account"),
    Detail.DISABLED: _("disabled"),
    Detail.ALL_GIVEN_UP: _("all failed emails"),
    Detail.CODE: _("with a code"),
    Detail.RECOVERY_CODE: _("with a recovery code"),
    Detail.ONE_BROWSER: _("one browser"),
    Detail.RESET: _("to reset the password"),
    # The limits that somebody came to.
    Detail.LOGINS: _("logins from one IP address"),
    Detail.WRONG_PASSWORDS: _("wrong passwords from one IP address"),
    Detail.WRONG_PASSWORDS_IN_ALL: _("wrong passwords in total"),
    Detail.FAILED_LOGINS: _("failed logins on the whole site"),
    Detail.PROOFS: _("passwords in the settings, right or wrong"),
    Detail.OWN_PASSWORD: _("wrong passwords in the settings"),
    Detail.CODES: _("wrong codes"),
    Detail.CODES_A_DAY: _("wrong codes in one day"),
    Detail.RECOVERY_CODE_TRIES: _("recovery codes from one IP address"),
    Detail.NAMES: _("name changes"),
    Detail.CHANGES: _("account changes"),
    Detail.NEW_NAMES: _("new names from one IP address"),
    Detail.MAILS: _("emails requested from one IP address"),
    Detail.MAILS_TO_ONE: _("emails to one address"),
    Detail.UNASKED_MAILS: _("emails requested by people who are not logged in"),
    Detail.MESSAGES: _("messages"),
    Detail.FIRST_MESSAGES: _("messages of a new account"),
    Detail.ADDRESS_MESSAGES: _("messages from one IP address"),
    Detail.ADDRESS_FIRST_MESSAGES: _("messages of new accounts from one IP address"),
    Detail.REPORTS: _("reports of messages"),
}


@admin.route("/log")
@admin_required
def log() -> ResponseReturnValue:
    """List what was done, the newest first: all of it, one kind, or what one user is part of."""
    action, name = (
        request.args.get("action", ""),
        make_writable(request.args.get("user", "")).strip(),
    )
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
