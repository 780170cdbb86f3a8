"""Logging in by a passkey: alone, or after the password instead of a code.

A page's script asks by GET what a passkey is to sign, and sends the answer as a form.
"""

from flask import flash, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import Unauthorized
from werkzeug.wrappers import Response

from app.accounts import administration
from app.accounts.authentication import note_refusal
from app.accounts.limits import LOGINS
from app.auth import browser, pending_login
from app.auth.views import welcome
from app.client import client_network
from app.models import Detail, User
from app.passkeys import ceremonies, challenges, keys, passkeys
from app.passkeys.ceremonies import PasskeyError
from app.web.access import everybody
from app.web.languages import gettext
from app.web.limits import Limit
from app.web.redirects import get_safe_target
from app.web.tones import Tone
from app.web.visitors import find_current_user

TRIES = Limit(Detail.PASSKEY_TRIES, "10 per minute")  # from one address, after the password


@passkeys.route("/auth/login/passkey", methods=["GET", "POST"])
@everybody
def log_in() -> ResponseReturnValue:
    """Log somebody in by a passkey alone."""
    if request.method == "GET":
        return jsonify(ceremonies.describe_authentication())
    here = get_safe_target(request.args.get("next")) or url_for("main.index")
    if find_current_user() is not None:
        return redirect(here, 303)
    LOGINS.hit(client_network())
    try:
        user = find_owner()
        begin_session(user, keep="keep" in request.form, is_alone=True)
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
        return jsonify(ceremonies.describe_authentication(allowed))
    TRIES.hit(client_network(), pending.user)
    try:
        begin_session(pending.user, keep=pending.keep, is_alone=False)
    except PasskeyError:
        return refuse("two_factor.give_code")
    return welcome(pending.user, here)


def find_owner() -> User:
    """Return whose passkey a form brings. Raise PasskeyError, after a note, if it is nobody's."""
    found = keys.find_by_answer(ceremonies.read_answer(request.form.get("credential", "")))
    if found is None:
        note_refusal(None, Detail.UNKNOWN_PASSKEY)
        raise PasskeyError
    return found.user


def use_passkey(user: User, *, is_alone: bool) -> Detail:
    """Use the passkey that a form brings, in the current transaction. Raise PasskeyError."""
    challenge = challenges.take()
    answer = ceremonies.read_answer(request.form.get("credential", ""))
    if challenge is None:
        raise PasskeyError
    administration.lock(user)
    return keys.use(user, answer, challenge, is_alone=is_alone)


def begin_session(user: User, *, keep: bool, is_alone: bool) -> None:
    """Log a user in by the passkey that a form brings. Raise PasskeyError."""
    shown_by = use_passkey(user, is_alone=is_alone)
    try:
        browser.log_in(user, keep=keep, shown_by=shown_by)
    except Unauthorized:  # the account is disabled
        raise PasskeyError from None


def refuse(endpoint: str) -> Response:
    """Lead back to where a passkey was asked for, and say what to do."""
    flash(
        gettext("This passkey was not accepted. Please try again, or log in another way."),
        Tone.ERROR,
    )
    return redirect(url_for(endpoint, next=request.args.get("next")), 303)
