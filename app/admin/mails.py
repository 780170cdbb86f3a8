"""Outgoing mail: what waits, what was given up, and another try."""

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from app.admin import admin
from app.extensions import db
from app.mail import outbox
from app.mail.letters import title_of
from app.mail.status import MAIL_STATES, get_status
from app.models import OutgoingMail
from app.web.access import admin_required
from app.web.languages import lazy_gettext as _
from app.web.languages import ngettext
from app.web.paging import paginate
from app.web.tones import Tone

IS_DONE = OutgoingMail.due.is_(None)
IS_SENT = OutgoingMail.sent_at.is_not(None)
STATES = {
    "waiting": (_("waiting"), ~IS_DONE),
    "given-up": (_("failed"), IS_DONE & ~IS_SENT),
    "sent": (_("sent"), IS_SENT),
}


@admin.route("/mails")
@admin_required
def mails() -> ResponseReturnValue:
    """List the mails of the outbox, the newest first: those that are not sent, unless asked."""
    state = request.args.get("state", "")
    rule = STATES[state][1] if state in STATES else ~IS_SENT
    return render_template(
        "admin/mails.html",
        page=paginate(select(OutgoingMail).where(rule), OutgoingMail.id, newest_first=True),
        figures=get_status(),
        state=state,
        states=[(name, words) for name, (words, _rule) in STATES.items()],
        mail_states=MAIL_STATES,
        title_of=title_of,
    )


@admin.route("/mails/retry", methods=["POST"])
@admin_required
def retry_all() -> ResponseReturnValue:
    """Make all mails that were given up due again."""
    return redirect_to_list(outbox.retry())


@admin.route("/mails/<id:mail_id>/retry", methods=["POST"])
@admin_required
def retry(mail_id: int) -> ResponseReturnValue:
    """Make a mail that could not be sent due again."""
    if db.session.get(OutgoingMail, mail_id) is None:
        abort(404)
    return redirect_to_list(outbox.retry([mail_id]))


def redirect_to_list(count: int) -> ResponseReturnValue:
    """Lead back to the list, which says how many mails are due again."""
    message = ngettext("Retrying one email.", "Retrying %(num)s emails.", count)
    flash(message, Tone.SUCCESS)
    return redirect(url_for(".mails"), 303)
