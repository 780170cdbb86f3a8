"""What a user does with all that is theirs: taking a copy of it, and deleting it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from tempfile import SpooledTemporaryFile
from typing import IO

from flask import Response, current_app
from flask.typing import ResponseReturnValue

from app import audit
from app.accounts import deletion, personal_data
from app.accounts.administration import LastAdministratorError
from app.accounts.letters import tell_owner
from app.accounts.limits import EXPORTS
from app.auth import auth, browser
from app.auth.forms import DeleteForm, ExportForm
from app.auth.pages import redirect_after_logout, show_setting
from app.extensions import db
from app.models import Action
from app.models.account_name import RESTS_FOR
from app.retention import GIVEN_UP_MAILS_KEPT
from app.web.access import login_required, login_required_unconditionally, proof_required
from app.web.forms import csrf_checked_by_form
from app.web.languages import gettext, ngettext
from app.web.visitors import get_current_user

BYTES_IN_MEMORY = 1024 * 1024  # of a copy; a longer one is in a file until it is sent
BYTES_AT_ONCE = 64 * 1024


@auth.route("/settings/data", methods=["GET", "POST"])
@proof_required()
@login_required
@csrf_checked_by_form
def download() -> ResponseReturnValue:
    """Send all that is kept of one, and mail that to the owner: it may be a thief who asks."""
    user, form = get_current_user(), ExportForm()
    if form.validate_on_submit():
        EXPORTS.hit(str(user.id), user)
        audit.record(Action.EXPORTED, user)
        tell_owner(user, "mail/exported")
        db.session.commit()
        return send_copy(personal_data.write(user))
    return show_setting(
        form,
        gettext("Download your data"),
        lead=gettext(
            "You get one JSON file with everything that %(site)s keeps about you: your account, "
            "what you wrote, what you did and from where. Nothing in it opens your account, but it "
            "is private, so keep it in a safe place."
        ),
    )


def send_copy(pieces: Iterator[str]) -> Response:
    """Answer with a document, once all of it is there.

    So one that fails midway is an error and no half of a file, and the database is free again
    before a slow line has taken it.
    """
    copy = SpooledTemporaryFile(BYTES_IN_MEMORY)  # noqa: SIM115  # `read_once` closes it
    for piece in pieces:
        copy.write(piece.encode())
    db.session.rollback()
    response = Response(read_once(copy), mimetype="application/json")
    response.content_length = copy.tell()
    name = f"{current_app.config['SITE_NAME']} {datetime.now(UTC):%Y-%m-%d}.json"
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


def read_once(file: IO[bytes]) -> Iterator[bytes]:
    """Give what a file holds, from its beginning, and close it, also if nobody reads on."""
    with file:
        file.seek(0)
        while piece := file.read(BYTES_AT_ONCE):
            yield piece


@auth.route("/settings/delete", methods=["GET", "POST"])
@proof_required()
@login_required_unconditionally
@csrf_checked_by_form
def delete() -> ResponseReturnValue:
    """Delete one's account."""
    user, form = get_current_user(), DeleteForm()
    if not deletion.is_anything_written():
        del form.with_writings
    if form.validate_on_submit():
        with_writings = "with_writings" in form and form.with_writings.data
        try:
            deletion.delete(user, with_writings=with_writings)
        except LastAdministratorError:
            form.form_errors.append(
                gettext(
                    "You are the only administrator. "
                    "Please make someone else an administrator first."
                )
            )
        else:
            browser.clear_session()
            return redirect_after_logout(gettext("Your account has been deleted."))
    return show_setting(
        form,
        gettext("Delete my account"),
        "auth/delete.html",
        remains=list_remains(),
        username=user.username,
    )


def list_remains() -> Iterator[str]:
    """Give what stays after an account is deleted, and for how long."""
    yield gettext("Nobody will be able to use your name for %(days)s days.", days=RESTS_FOR.days)
    yield ngettext(
        "Your name stays in the activity log for a day.",
        "Your name stays in the activity log for %(num)s days.",
        current_app.config["AUDIT_LOG_DAYS"],
    )
    yield ngettext(
        "IP addresses stay there for a day.",
        "IP addresses stay there for %(num)s days.",
        min(current_app.config["AUDIT_ADDRESS_DAYS"], current_app.config["AUDIT_LOG_DAYS"]),
    )
    yield ngettext(
        "Emails to your address that are still waiting are sent, and kept for a day.",
        "Emails to your address that are still waiting are sent, and kept for up to %(num)s days.",
        GIVEN_UP_MAILS_KEPT.days,
    )
