"""A user's passkeys in the settings: listing, adding and removing them."""

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts import administration
from app.accounts.limits import limit_changes
from app.auth import browser
from app.auth.pages import show_form
from app.extensions import db
from app.models import User
from app.models.texts import normalize_text
from app.passkeys import ceremonies, challenges, keys, passkeys
from app.passkeys.ceremonies import PasskeyError
from app.passkeys.forms import NewPasskeyForm
from app.passkeys.keys import TooManyError
from app.passkeys.models import Passkey
from app.two_factor import second_factor
from app.two_factor.settings import lead_to_recovery_codes
from app.web.access import login_required, login_required_unconditionally, proof_required
from app.web.confirmation import ask_to_confirm
from app.web.forms import csrf_checked_by_form
from app.web.languages import gettext
from app.web.tones import Tone
from app.web.user_agents import name_browser
from app.web.visitors import get_current_user


@passkeys.route("/auth/settings/passkeys")
@login_required_unconditionally
def index() -> ResponseReturnValue:
    """List one's passkeys."""
    mine = keys.find_by_user(get_current_user())
    return render_template("passkeys/passkeys.html", passkeys=mine, most=keys.MOST)


@passkeys.route("/auth/settings/passkeys/options")
@proof_required()
@login_required_unconditionally
def describe_new() -> ResponseReturnValue:
    """Say by what a browser is to make a passkey, for the script of the page."""
    user = get_current_user()
    handle, present = keys.choose_handle(user), keys.find_by_user(user)
    return jsonify(ceremonies.describe_registration(user, handle, present))


@passkeys.route("/auth/settings/passkeys/new", methods=["GET", "POST"])
@proof_required(keep=["name"])
@login_required_unconditionally
@csrf_checked_by_form
def new() -> ResponseReturnValue:
    """Add a passkey."""
    form = NewPasskeyForm(name=name_browser(request.user_agent.string))
    if form.validate_on_submit():
        limit_changes(get_current_user())
        try:
            return add(form)
        except PasskeyError:
            form.form_errors.append(gettext("The passkey could not be added. Please try again."))
        except TooManyError:
            form.form_errors.append(gettext("Please remove one of your passkeys first."))
    return show_form(
        form,
        gettext("New passkey"),
        "passkeys/new.html",
        way_back=url_for(".index"),
        way_back_text=gettext("Passkeys"),
    )


def add(form: NewPasskeyForm) -> ResponseReturnValue:
    """Add the passkey that a form brings. Raise PasskeyError, TooManyError.

    The first factor logs out everywhere else, and comes with recovery codes.
    """
    challenge, answer = challenges.take(), ceremonies.read_new(form.credential.data or "")
    if challenge is None:
        raise PasskeyError
    with browser.renew_session() as user:
        codes = keys.add(user, answer, challenge, normalize_text(form.name.data))
        if codes:
            administration.end_sessions(user)
    message = gettext("The passkey has been added.")
    if codes:
        return lead_to_recovery_codes(codes, message)
    flash(message, Tone.SUCCESS)
    return redirect(url_for(".index"), 303)


@passkeys.route("/auth/settings/passkeys/<id:passkey_id>/remove", methods=["GET", "POST"])
@proof_required()
@login_required
def remove(passkey_id: int) -> ResponseReturnValue:
    """Let a passkey open nothing any more, after asking."""
    user = get_current_user()
    found = db.first_or_404(db.select(Passkey).filter_by(id=passkey_id, user_id=user.id))
    if request.method == "GET":
        return ask_to_confirm(
            gettext("Remove “%(name)s”", name=found.name), explain_removal(user), url_for(".index")
        )
    limit_changes(user)
    with browser.renew_session():
        keys.remove(found, user)
    flash(gettext("The passkey no longer works."), Tone.SUCCESS)
    return redirect(url_for(".index"), 303)


def explain_removal(user: User) -> str:
    """Return what it means to remove a passkey: the last factor leaves the password alone."""
    explanation = gettext("You will not be able to log in with it any more.")
    if len(keys.find_by_user(user)) == 1 and second_factor.get(user) is None:
        explanation += " " + gettext(
            "It is your last one: your password alone will then let anyone who has it log in, and "
            "your recovery codes will stop working."
        )
    return explanation
