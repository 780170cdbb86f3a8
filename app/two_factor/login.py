"""The page between the password and the site."""

from flask import flash, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from app.accounts.authentication import CodeNeededError
from app.auth import browser, pending_login
from app.auth.pages import show_form
from app.auth.views import welcome
from app.two_factor import second_factor, two_factor
from app.two_factor.forms import RECOVERY_CODE, CodeForm, get_wrong_code_message
from app.web.access import everybody
from app.web.forms import csrf_checked_by_form
from app.web.languages import gettext
from app.web.redirects import get_safe_target
from app.web.tones import Tone
from app.web.visitors import find_current_user


@two_factor.route("/auth/login/code", methods=["GET", "POST"])
@everybody
@csrf_checked_by_form
def give_code() -> ResponseReturnValue:
    """Ask whoever has given the password for a code of their second factor."""
    here = get_safe_target(request.args.get("next")) or url_for("main.index")
    pending = pending_login.find()
    if pending is None or find_current_user() or not second_factor.is_set_up(pending.user):
        if session.pop(pending_login.KEY, None):
            flash(
                gettext("That took too long, or your account has changed. Please log in again."),
                Tone.ERROR,
            )
        return redirect(url_for("auth.login", next=request.args.get("next")), 303)
    form = CodeForm()
    has_app = second_factor.get(pending.user) is not None
    if not has_app:
        form.code.description = RECOVERY_CODE
    if form.validate_on_submit():
        try:
            browser.log_in(pending.user, keep=pending.keep, code=form.code.data or "")
        except CodeNeededError:
            form.code.errors = [get_wrong_code_message()]
        else:
            return welcome(pending.user, here)
    return show_form(
        form,
        gettext("Enter your code"),
        "two_factor/code.html",
        has_app=has_app,
        user=pending.user,
    )
