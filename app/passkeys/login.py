"""Logging in by a passkey: alone, or after the password instead of a code.

A page's script asks by GET what a passkey is to sign, and sends the answer as a form.
"""

from flask import flash, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import Unauthorized
from werkzeug.wrappers import Response

from app.accounts import administration
from app.accounts.authentication import note_refusal
from app.accounts.login_limits import LOGINS
from app.auth import browser, pending_login
from app.auth.views import welcome
from app.models import Detail, User
from app.passkeys import ceremonies, challenges, keys, passkeys
from app.passkeys.ceremonies import PasskeyError
from app.web.access import everybody
from app.web.languages import gettext
from app.web.limits import Limit
from app.web.redirects import get_safe_target
from app.web.tones import Tone
from app.web.visitors import find_current_user

TRIES = Limit(Detail.PASSKEY_TRIES, "10 per minute", of_networks=True)  # after the password


@passkeys.route("/auth/login/passkey", methods=["GET", "POST"])
@everybody
def log_in() -> ResponseReturnValue:
    """Log somebody in by a passkey alone."""
    if request.method == "GET":
        return jsonify(ceremonies.describe_authentication())
    here = get_safe_target(request.args.get("next")) or url_for("main.index")
    if find_current_user() is not None:
        return redirect(here, 303)
    LOGINS.hit()
    try:
        user = find_owner()
        begin_session(user, keep="keep" in request.form, must_verify=True)
    except PasskeyError:
        return refuse("auth.login")
    return welcome(user, here)


@passkeys.route("/auth/login/code/passkey", methods=["GET", "POST"])
@everybody
def give_instead_of_code() -> ResponseReturnValue:
    """Let whoever has given the password use a passkey of theirs."""
    here = get_safe_target(request.args.get("next")) or url_for("main.index")
    pending = pending_login.find()
    allowed = keys.find_by_user(pending.user) if pending else []
    if pending is None or not allowed or find_current_user():
        return redirect(url_for("auth.login", next=request.args.get("next")), 303)
    if request.method == "GET":
        return jsonify(ceremonies.describe_authentication(allowed, must_verify=False))
    TRIES.hit(subject=pending.user)
    try:
        begin_session(pending.user, keep=pending.keep, must_verify=False)
    except PasskeyError:
        return refuse("two_factor.give_code")
    return welcome(pending.user, here)


def find_owner() -> User:
    """Return whose passkey a form brings. Raise PasskeyError, after a note, if it is nobody's."""
    answer = ceremonies.read_answer(request.form.get("credential", ""))
    found = keys.find_by_answer(answer)
    if found is None or not answer.response.user_handle:  # which alone names its user
        note_refusal(None, Detail.UNKNOWN_PASSKEY)
        raise PasskeyError
    return found.user


def use_passkey(user: User, *, must_verify: bool) -> Detail:
    """Use the passkey that a form brings, in the current transaction. Raise PasskeyError."""
    challenge = challenges.take()
    answer = ceremonies.read_answer(request.form.get("credential", ""))
    if challenge is None:
        raise PasskeyError
    administration.lock(user)
    return keys.use(user, answer, challenge, must_verify=must_verify)


def begin_session(user: User, *, keep: bool, must_verify: bool) -> None:
    """Log a user in by the passkey that a form brings. Raise PasskeyError."""
    shown_by = use_passkey(user, must_verify=must_verify)
    try:
        browser.log_in(user, keep=keep, shown_by=shown_by)
    except Unauthorized:  # the account is disabled
        raise PasskeyError from None


def refuse(endpoint: str) -> Response:
    """Lead back to where a passkey was asked for, and say what to do."""
    flash(
        gettext("This passkey was not accepted. Please try again, or use another way."),
        Tone.ERROR,
    )
    return redirect(url_for(endpoint, next=request.args.get("next")), 303)
