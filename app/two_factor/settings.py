"""What a user sets about the second factor: on, off, and recovery codes."""

import time

from flask import flash, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue

from app.accounts import administration
from app.accounts.authentication import CodeNeededError
from app.accounts.limits import limit_changes
from app.auth import browser
from app.auth.pages import redirect_to_settings, show_form
from app.models import Detail
from app.two_factor import authenticator, second_factor, two_factor
from app.two_factor.checks import is_needed
from app.two_factor.encryption import decrypt, encrypt
from app.two_factor.forms import (
    FirstCodeForm,
    ProofForm,
    RecoveryCodesForm,
    SetUpForm,
    TurnOffForm,
    get_wrong_code_message,
)
from app.two_factor.limits import limit_codes, reset_code_limits
from app.web.access import login_required, login_required_unconditionally
from app.web.forms import csrf_checked_by_form
from app.web.languages import gettext
from app.web.visitors import get_current_user

SECRET = "secret"  # noqa: S105  # of an app that has not shown a code yet; in the signed cookie
SECONDS_TO_SCAN = 30 * 60


@two_factor.route("/auth/settings/second-factor", methods=["GET", "POST"])
@login_required_unconditionally
@csrf_checked_by_form
def manage() -> ResponseReturnValue:
    """Tell whether there is a second factor, and begin to set one up."""
    user = get_current_user()
    found = second_factor.get(user)
    form = SetUpForm()
    if found is not None:
        left = second_factor.recovery_codes_left(user)
        return render_template("two_factor/manage.html", factor=found, codes_left=left)
    if form.validate_on_submit():
        secret = encrypt(authenticator.new_secret(), user.id)
        session[SECRET] = {"is": secret, "since": int(time.time())}
        return redirect(url_for(".scan"), 303)
    return show_form(
        form,
        gettext("Two-factor authentication"),
        "two_factor/set_up.html",
        is_needed=is_needed(user.role.permissions if user.role else 0),
        username=user.username,
    )


@two_factor.route("/auth/settings/second-factor/scan", methods=["GET", "POST"])
@login_required_unconditionally
@csrf_checked_by_form
def scan() -> ResponseReturnValue:
    """Show the secret to an app, and turn the second factor on once the app shows a code."""
    secret = find_pending_secret()
    if secret is None:
        if SECRET in session:
            flash(gettext("That took too long. Please start again."))
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
    return show_form(
        form,
        gettext("Two-factor authentication"),
        "two_factor/scan.html",
        address=address,
        picture=authenticator.draw_qr_code(address),
        secret=" ".join(secret[start : start + 4] for start in range(0, len(secret), 4)),
    )


def find_pending_secret() -> str | None:
    """Return the secret that this browser is about to show to an app, or None."""
    kept = session.get(SECRET)
    if not isinstance(kept, dict) or kept.keys() != {"is", "since"}:
        return None  # there is none, or it is of another release
    if time.time() - kept["since"] > SECONDS_TO_SCAN:
        return None
    return decrypt(kept["is"], get_current_user().id)


def turn_on(secret: str, step: int) -> ResponseReturnValue:
    """Turn the second factor on, log out everywhere else, and show the recovery codes."""
    with browser.renew_session() as user:
        codes = second_factor.set_up(user, secret, step)
        administration.end_sessions(user)
    return show_recovery_codes(codes, gettext("Two-factor authentication is on."))


@two_factor.route("/auth/settings/second-factor/recovery-codes", methods=["GET", "POST"])
@login_required
@csrf_checked_by_form
def recovery_codes() -> ResponseReturnValue:
    """Make the recovery codes anew."""
    if second_factor.get(get_current_user()) is None:
        return redirect(url_for(".manage"), 303)
    form = RecoveryCodesForm()
    if form.validate_on_submit() and (kind := verify_form_code(form)):
        with browser.renew_session() as user:
            codes = second_factor.renew_recovery_codes(user, kind)
        reset_code_limits(user)
        return show_recovery_codes(codes, gettext("Your old recovery codes no longer work."))
    return show_form(form, gettext("New recovery codes"), username=get_current_user().username)


@two_factor.route("/auth/settings/second-factor/off", methods=["GET", "POST"])
@login_required
@csrf_checked_by_form
def turn_off() -> ResponseReturnValue:
    """Let the password alone open the account again."""
    if second_factor.get(get_current_user()) is None:
        return redirect(url_for(".manage"), 303)
    form = TurnOffForm()
    if form.validate_on_submit() and (kind := verify_form_code(form)):
        with browser.renew_session() as user:
            second_factor.remove(user, kind)
        reset_code_limits(user)
        return redirect_to_settings(gettext("Two-factor authentication is off."))
    return show_form(
        form, gettext("Turn off two-factor authentication"), username=get_current_user().username
    )


def verify_form_code(form: ProofForm) -> Detail | None:
    """Return the kind of the code that a form has. It is used up with what is done then.

    None if it is none of one's own, which the form says. Raises TooManyRequests after many changes.
    """
    user = get_current_user()
    limit_changes(user)
    limit_codes(user, form.code.data or "")
    administration.lock(user)
    try:
        return second_factor.verify_code(user, form.code.data or "")
    except CodeNeededError:
        form.code.errors = [get_wrong_code_message()]
        return None


def show_recovery_codes(codes: list[str], message: str) -> ResponseReturnValue:
    """Show recovery codes, this once: what is kept of them cannot be shown again."""
    return render_template("two_factor/recovery_codes.html", codes=codes, message=message)
