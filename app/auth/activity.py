"""What was done with an account, for its owner, who may say that it was not they."""

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from app import audit
from app.accounts import securing
from app.accounts.email_changes import AddressTakenError
from app.accounts.limits import limit_mails
from app.auth import auth, browser
from app.auth.mailed_links import opened_by_link
from app.auth.pages import redirect_after_logout
from app.models import AuditEvent, User
from app.models.addresses import parse_email
from app.web.access import everybody, login_required, login_required_unconditionally
from app.web.confirmation import ask_to_confirm
from app.web.events import ACTIONS, DETAILS
from app.web.languages import gettext
from app.web.languages import lazy_gettext as _
from app.web.paging import paginate
from app.web.visitors import find_current_user, get_current_user


@auth.route("/settings/activity")
@login_required
def activity() -> ResponseReturnValue:
    """List what was done with one's account, the newest first."""
    user = get_current_user()
    events = select(AuditEvent).where(audit.is_part(user))
    page = paginate(events, AuditEvent.id, newest_first=True, is_counted=False)
    return render_template(
        "auth/activity.html", page=page, user=user, actions=ACTIONS, details=DETAILS
    )


@auth.route("/settings/not-me", methods=["GET", "POST"])
@login_required_unconditionally
def not_me() -> ResponseReturnValue:
    """Close one's account to everybody, oneself included, after asking."""
    user = get_current_user()
    if request.method == "GET":
        return ask_about(user.email or "", url_for(".activity"))
    return secure(user, user.email_key or "")


@auth.route("/not-me/<token>")
@auth.route("/not-me/link/<key>", methods=["GET", "POST"])
@everybody
@opened_by_link(".ask_for_reset", _("Reset your password"))
def disown(token: str) -> ResponseReturnValue:
    """Do the same by a mailed link, and give the account the address that the link went to."""
    user, email, email_key = securing.read(token)
    if request.method == "GET":
        return ask_about(email, url_for("main.index"), is_lost=user.email_key != email_key)
    try:
        return secure(user, email_key)
    except AddressTakenError:
        return render_template("auth/address_taken.html", email=email), 409


def ask_about(email: str, way_back: str, *, is_lost: bool = False) -> ResponseReturnValue:
    """Ask whether an account is to be closed, whose address is that, or will be that again."""
    sentences = [
        gettext(
            "Everyone will be logged out of your account, you included. Its password, its API "
            "tokens, and earlier links to change it will stop working."
        ),
        gettext("We will email %(email)s a link to choose a new password.", email=email),
    ]
    if is_lost:
        again = gettext("%(email)s will be the email address of your account again.", email=email)
        sentences.insert(0, again)
    return ask_to_confirm(gettext("This was not me"), " ".join(sentences), way_back)


def secure(user: User, email_key: str) -> ResponseReturnValue:
    """Close an account, and lead to the first page. Raise LinkError, AddressTakenError."""
    limit_mails("secure", parse_email(email_key))
    securing.secure(user, email_key)
    if find_current_user() is user:
        browser.clear_session()
    return redirect_after_logout(
        gettext(
            "Everyone is logged out of your account. We have emailed you a link to choose a new "
            "password."
        )
    )
