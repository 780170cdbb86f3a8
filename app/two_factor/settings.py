"""What a user sets about the second factor: on, off, and recovery codes."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts import administration
from app.accounts.limits import limit_changes
from app.auth import browser
from app.auth.pages import redirect_to_settings, show_form, show_setting
from app.two_factor import authenticator, second_factor, two_factor
from app.two_factor.checks import is_needed
from app.two_factor.forms import (
    CodesSavedForm,
    FirstCodeForm,
    SetUpForm,
)
from app.web import shown_once
from app.web.access import login_required, login_required_unconditionally, proof_required
from app.web.confirmation import ask_to_confirm
from app.web.forms import csrf_checked_by_form
from app.web.languages import gettext
from app.web.tones import Tone
from app.web.visitors import get_current_user

# What is shown once.
SECRET = "secret"  # noqa: S105  # of an app that has not shown a code yet
RECOVERY_CODES = "recovery_codes"


@two_factor.route("/auth/settings/second-factor", methods=["GET", "POST"])
@proof_required()
@login_required_unconditionally
@csrf_checked_by_form
def manage() -> ResponseReturnValue:
    """Tell whether there is a second factor, and begin to set one up."""
    user = get_current_user()
    found = second_factor.get(user)
    form = SetUpForm()
    if found is not None:
        left = second_factor.recovery_codes_left(user)
        return render_template(
            "two_factor/manage.html",
            factor=found,
            codes_left=left,
            has_another=second_factor.has_another(user),
        )
    if form.validate_on_submit():
        shown_once.keep(SECRET, authenticator.new_secret())
        return redirect(url_for(".scan"), 303)
    is_on = second_factor.has_another(user)
    if is_on:
        form.submit.label.text = gettext("Set up an authenticator app")
    return show_setting(
        form,
        gettext("Two-factor authentication")
        if is_on
        else gettext("Set up two-factor authentication"),
        "two_factor/set_up.html",
        is_needed=is_needed(user.role.permissions if user.role else 0),
        is_on=is_on,
        codes_left=second_factor.recovery_codes_left(user),
        username=user.username,
    )


@two_factor.route("/auth/settings/second-factor/scan", methods=["GET", "POST"])
@proof_required()
@login_required_unconditionally
@csrf_checked_by_form
def scan() -> ResponseReturnValue:
    """Show the secret to an app, and turn the second factor on once the app shows a code."""
    secret = shown_once.read(SECRET)
    if secret is None:
        if shown_once.forget(SECRET):
            flash(gettext("That took too long. Please start again."), Tone.ERROR)
        return redirect(url_for(".manage"), 303)
    form = FirstCodeForm()
    if form.validate_on_submit():
        code = second_factor.normalize_code(form.code.data or "")
        step = authenticator.find_step(secret, code)
        if step is not None:
            limit_changes(get_current_user())
            return turn_on(secret, step)
        form.code.errors = [
            gettext(
                "That code is not valid right now. Please enter the latest one, "
                "and check that the clock on your device is right."
            )
        ]
    address = authenticator.make_otpauth_uri(secret, get_current_user().username)
    return show_setting(
        form,
        gettext("Scan the QR code"),
        "two_factor/scan.html",
        address=address,
        picture=authenticator.draw_qr_code(address),
        secret=" ".join(secret[start : start + 4] for start in range(0, len(secret), 4)),
    )


def turn_on(secret: str, step: int) -> ResponseReturnValue:
    """Turn the second factor on, log out everywhere else, and show the recovery codes."""
    with browser.renew_session() as user:
        codes = second_factor.set_up(user, secret, step)
        administration.end_sessions(user)
    shown_once.forget(SECRET)
    return lead_to_recovery_codes(codes, gettext("Two-factor authentication is on."))


@two_factor.route("/auth/settings/second-factor/recovery-codes", methods=["GET", "POST"])
@proof_required()
@login_required
def recovery_codes() -> ResponseReturnValue:
    """Make the recovery codes anew, after asking."""
    if not second_factor.is_set_up(get_current_user()):
        return redirect(url_for(".manage"), 303)
    if request.method == "GET":
        return ask_to_confirm(
            gettext("Create new recovery codes"),
            gettext("Your old recovery codes will no longer work."),
            url_for(".manage"),
        )
    limit_changes(get_current_user())
    with browser.renew_session() as user:
        codes = second_factor.renew_recovery_codes(user)
    return lead_to_recovery_codes(codes, gettext("Your old recovery codes no longer work."))


@two_factor.route("/auth/settings/second-factor/off", methods=["GET", "POST"])
@proof_required()
@login_required
def turn_off() -> ResponseReturnValue:
    """Let the password alone open the account again, after asking."""
    if second_factor.get(get_current_user()) is None:
        return redirect(url_for(".manage"), 303)
    if request.method == "GET":
        return ask_to_confirm(
            gettext("Turn off two-factor authentication"),
            gettext("You will still be asked for a passkey.")
            if second_factor.has_another(get_current_user())
            else gettext("Your password alone will then let anyone who has it log in."),
            url_for(".manage"),
        )
    limit_changes(get_current_user())
    with browser.renew_session() as user:
        second_factor.remove(user)
    if second_factor.has_another(user):
        return redirect_to_settings(gettext("Your authenticator app is turned off."))
    return redirect_to_settings(gettext("Two-factor authentication is off."))


def lead_to_recovery_codes(codes: list[str], message: str) -> ResponseReturnValue:
    """Lead to the page that shows recovery codes, which are kept for it alone."""
    shown_once.keep(RECOVERY_CODES, " ".join(codes))
    flash(message, Tone.SUCCESS)
    return redirect(url_for("two_factor.show_recovery_codes"), 303)


@two_factor.route("/auth/settings/second-factor/recovery-codes/new", methods=["GET", "POST"])
@login_required_unconditionally
@csrf_checked_by_form
def show_recovery_codes() -> ResponseReturnValue:
    """Show new recovery codes until they are saved: of what is kept they cannot be read."""
    codes = shown_once.read(RECOVERY_CODES)
    if codes is None:
        return redirect(url_for(".manage"), 303)
    form = CodesSavedForm()
    if form.validate_on_submit():
        shown_once.forget(RECOVERY_CODES)
        return redirect(url_for(".manage"), 303)
    return show_form(
        form,
        gettext("Recovery codes"),
        "two_factor/recovery_codes.html",
        codes=codes.split(),
    )
