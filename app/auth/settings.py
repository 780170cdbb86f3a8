"""What a user sets for themselves."""

from flask import render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from app import audit
from app.accounts import administration, changes, email_changes, login_sessions
from app.accounts.changes import ChangedMeanwhileError, NameTakenError
from app.accounts.limits import NAMES, limit_changes, limit_mails
from app.auth import auth, browser
from app.auth.forms import (
    ChangeAddressForm,
    ChangePasswordForm,
    LanguageForm,
    NameForm,
    ProfileForm,
)
from app.auth.pages import (
    ask_to_try_again,
    redirect_to_settings,
    show_form,
    show_setting,
    tell_of_mail,
)
from app.extensions import db
from app.models import Action, LoginSession, passwords
from app.models.addresses import parse_email
from app.models.login_session import hash_key
from app.web.access import login_required, proof_required
from app.web.confirmation import ask_to_confirm
from app.web.forms import csrf_checked_by_form
from app.web.languages import gettext
from app.web.preferences import remember_language
from app.web.time_zones import format_zone
from app.web.times import current_zone
from app.web.user_agents import name_browser
from app.web.visitors import get_current_user


@auth.route("/settings")
@login_required
def settings() -> ResponseReturnValue:
    """Show what there is to set, and where one is logged in."""
    user, zone = get_current_user(), current_zone()
    return render_template(
        "auth/settings.html",
        user=user,
        time_zone=format_zone(zone.key) if zone else None,
        logins=login_sessions.find_by_user(user),
        here=hash_key(user.get_id()),
        waiting=email_changes.find_waiting(user),
    )


@auth.route("/settings/name", methods=["GET", "POST"])
@proof_required(keep=["name"])
@login_required
@csrf_checked_by_form
def change_name() -> ResponseReturnValue:
    """Change one's name, or how it is spelled."""
    user = get_current_user()
    form = NameForm(name=user.username)
    if form.validate_on_submit():
        NAMES.hit(str(user.id), user)
        limit_changes(user)
        try:
            changes.change_name(user, form.name.data or "")
        except NameTakenError:
            form.name.errors = [gettext("This name is taken. Please choose another one.")]
        except ChangedMeanwhileError:
            return ask_to_try_again()
        else:
            session["name"] = user.username
            return redirect_to_settings(gettext("Your name has been changed."))
    return show_setting(form, gettext("Change name"))


@auth.route("/settings/profile", methods=["GET", "POST"])
@login_required
@csrf_checked_by_form
def profile() -> ResponseReturnValue:
    """Change what others may read about one."""
    user = get_current_user()
    form = ProfileForm(about_me=user.about_me)
    if form.validate_on_submit():
        user.about_me = form.about_me.data or ""
        db.session.commit()
        return redirect_to_settings(gettext("Saved."))
    return show_setting(form, gettext("About me"))


@auth.route("/settings/language", methods=["GET", "POST"])
@login_required
@csrf_checked_by_form
def language_and_time() -> ResponseReturnValue:
    """Choose a language, and the zone in which times are shown."""
    user = get_current_user()
    before = user.locale
    form = LanguageForm(locale=before or "", time_zone=user.time_zone or "")
    if form.validate_on_submit():
        user.locale = form.locale.data or None
        user.time_zone = form.time_zone.data or None
        db.session.commit()
        if before or form.locale.data:  # or else what this browser remembers is of no concern
            remember_language(form.locale.data or None)
        return redirect_to_settings(gettext("Saved."))
    return show_setting(form, gettext("Language and time zone"))


@auth.route("/settings/password", methods=["GET", "POST"])
@proof_required()
@login_required
@csrf_checked_by_form
def change_password() -> ResponseReturnValue:
    """Change the password; every other browser is logged out."""
    user, form = get_current_user(), ChangePasswordForm()
    form.owner = user.known_to_others
    if form.validate_on_submit():
        limit_changes(user)
        password_hash = passwords.check_and_hash(form.password.data or "", form.owner)
        try:
            with browser.renew_session() as user:
                changes.set_password(user, password_hash=password_hash)
        except ChangedMeanwhileError:
            return ask_to_try_again()
        return redirect_to_settings(gettext("Your password has been changed."))
    title = gettext("Change password")
    if not user.has_breached_password:
        return show_setting(form, title, username=user.username)
    lead = gettext(
        "Your password is on a list of stolen passwords, so others may know it. "
        "Please choose another one, and change it wherever else you use it."
    )
    return show_form(form, title, lead=lead, username=user.username)


@auth.route("/settings/email", methods=["GET", "POST"])
@proof_required(keep=["email"])
@login_required
@csrf_checked_by_form
def ask_for_email() -> ResponseReturnValue:
    """Mail a link to the address that is to be the new one."""
    form = ChangeAddressForm()
    if form.validate_on_submit():
        address = parse_email(form.email.data or "")
        limit_mails("change", address)
        limit_changes(get_current_user())
        with browser.renew_session() as user:
            email_changes.ask(user, address)
        return tell_of_mail(address, ".ask_for_email")
    return show_setting(form, gettext("New email address"))


@auth.route("/settings/email/cancel", methods=["POST"])
@login_required
def cancel_email() -> ResponseReturnValue:
    """Let the address that was asked for not be the new one."""
    email_changes.cancel(get_current_user())
    return redirect_to_settings(gettext("Your email address stays as it is."))


@auth.route("/settings/sessions/<id:session_id>", methods=["GET", "POST"])
@proof_required()
@login_required
def end_session(session_id: int) -> ResponseReturnValue:
    """Log out of one browser, after asking."""
    user = get_current_user()
    mine = select(LoginSession).filter_by(id=session_id, user_id=user.id)
    found = db.first_or_404(mine)
    if request.method == "GET":
        where = gettext(
            "%(browser)s, IP address %(address)s",
            browser=name_browser(found.agent),
            address=found.ip_address,
        )
        return ask_to_confirm(gettext("Log out there"), where, url_for(".settings"))
    login_sessions.end_one(user, session_id)
    return redirect_to_settings(gettext("You are logged out of that browser."))


@auth.route("/settings/sessions", methods=["GET", "POST"])
@proof_required()
@login_required
def end_other_sessions() -> ResponseReturnValue:
    """Log out everywhere but here, after asking."""
    if request.method == "GET":
        return ask_to_confirm(
            gettext("Log out everywhere else"),
            gettext("You will have to log in again in every other browser."),
            url_for(".settings"),
        )
    with browser.renew_session() as user:
        administration.end_sessions(user)
        audit.record(Action.SESSIONS_ENDED, user)
    return redirect_to_settings(gettext("You are logged out of all other browsers."))
