"""What a user sets for themselves."""

from flask import current_app, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import select

from app.auth import accounts, auth, logins, mails, second_factor, standing
from app.auth.accounts import ChangedMeanwhileError, NameTakenError
from app.auth.forms import (
    ChangeAddressForm,
    ChangePasswordForm,
    DeleteForm,
    EndSessionForm,
    LanguageForm,
    NameForm,
    ProfileForm,
)
from app.auth.limits import NAMES, limit_mails
from app.auth.pages import ask_to_try_again, back_to_settings, farewell, show_form
from app.auth.standing import LastAdministratorError
from app.extensions import db
from app.models import Action, LoginSession, passwords
from app.models.addresses import mail_address
from app.models.login_session import hash_key
from app.retention import GIVEN_UP_MAILS_KEPT
from app.web import audit
from app.web.access import login_required
from app.web.forms import form_checks_token
from app.web.languages import gettext, ngettext
from app.web.paging import LARGEST_ID
from app.web.preferences import remember_language
from app.web.time_zones import readable
from app.web.times import current_zone
from app.web.visitors import me


@auth.route("/settings")
@login_required
def settings() -> ResponseReturnValue:
    """Show what there is to set, and where one is logged in."""
    zone = current_zone()
    return render_template(
        "auth/settings.html",
        user=current_user,
        time_zone=readable(zone.key) if zone else None,
        logins=logins.sessions_of(current_user),
        has_factor=second_factor.of(current_user) is not None,
        here=hash_key(current_user.get_id()),
    )


@auth.route("/settings/name", methods=["GET", "POST"])
@login_required
@form_checks_token
def change_name() -> ResponseReturnValue:
    """Change one's name, or how it is spelled."""
    form = NameForm(name=current_user.username)
    if form.validate_on_submit():
        user = me()
        NAMES.hit(str(user.id), user)
        try:
            accounts.change_name(user, form.name.data or "")
        except NameTakenError:
            form.name.errors = [gettext("This name is taken. Please choose another one.")]
        except ChangedMeanwhileError:
            return ask_to_try_again()
        else:
            session["name"] = user.username
            return back_to_settings(gettext("The name is changed."))
    return show_form(form, gettext("Change the name"))


@auth.route("/settings/profile", methods=["GET", "POST"])
@login_required
@form_checks_token
def profile() -> ResponseReturnValue:
    """Change what others may read about one."""
    form = ProfileForm(about_me=current_user.about_me)
    if form.validate_on_submit():
        current_user.about_me = form.about_me.data
        db.session.commit()
        return back_to_settings(gettext("Saved."))
    return show_form(form, gettext("About me"))


@auth.route("/settings/language", methods=["GET", "POST"])
@login_required
@form_checks_token
def language_and_time() -> ResponseReturnValue:
    """Choose a language, and the zone in which times are shown."""
    before = current_user.locale
    form = LanguageForm(locale=before or "", time_zone=current_user.time_zone or "")
    if form.validate_on_submit():
        current_user.locale = form.locale.data or None
        current_user.time_zone = form.time_zone.data or None
        db.session.commit()
        if before or form.locale.data:  # or else what this browser remembers is of no concern
            remember_language(form.locale.data or None)
        return back_to_settings(gettext("Saved."))
    return show_form(form, gettext("Language and time"))


@auth.route("/settings/password", methods=["GET", "POST"])
@login_required
@form_checks_token
def change_password() -> ResponseReturnValue:
    """Change the password; every other browser is logged out."""
    form = ChangePasswordForm()
    form.owner = current_user.known_to_others
    if form.validate_on_submit():
        password_hash = passwords.hash_checked(form.password.data or "", form.owner)
        try:
            with logins.renewal() as user:
                accounts.set_password(user, password_hash=password_hash)
        except ChangedMeanwhileError:
            return ask_to_try_again()
        return back_to_settings(gettext("The password is changed."))
    return show_form(form, gettext("Change the password"), username=current_user.username)


@auth.route("/settings/email", methods=["GET", "POST"])
@login_required
@form_checks_token
def ask_for_email() -> ResponseReturnValue:
    """Mail a link to the address that is to be the new one."""
    form = ChangeAddressForm()
    if form.validate_on_submit():
        address = mail_address(form.email.data or "")
        limit_mails("change", address.key)
        with logins.renewal() as user:  # whose password was asked for just now
            mails.ask_to_change_email(user, address)
        return redirect(url_for(".mail_sent"), 303)
    return show_form(form, gettext("New address"), username=current_user.username)


@auth.route(f"/settings/sessions/<int(max={LARGEST_ID}):session_id>", methods=["GET", "POST"])
@login_required
@form_checks_token
def end_session(session_id: int) -> ResponseReturnValue:
    """Log out of one browser."""
    user = me()
    mine = select(LoginSession).filter_by(id=session_id, user_id=user.id)
    found = db.first_or_404(mine)
    form = EndSessionForm()
    if form.validate_on_submit():
        logins.end_one(user, session_id)
        return back_to_settings(gettext("That browser is logged out."))
    return show_form(
        form,
        gettext("Log out there"),
        lead=f"{found.agent or gettext('unknown browser')} · {found.ip_address}",
        username=current_user.username,
    )


@auth.route("/settings/sessions", methods=["GET", "POST"])
@login_required
@form_checks_token
def end_other_sessions() -> ResponseReturnValue:
    """Log out everywhere but here."""
    form = EndSessionForm()
    if form.validate_on_submit():
        with logins.renewal() as user:
            standing.end_sessions(user)
            audit.record(Action.SESSIONS_ENDED, user)
        return back_to_settings(gettext("All other browsers are logged out."))
    return show_form(form, gettext("Log out everywhere else"), username=current_user.username)


@auth.route("/settings/delete", methods=["GET", "POST"])
@login_required
@form_checks_token
def delete() -> ResponseReturnValue:
    """Delete one's account."""
    form = DeleteForm()
    if form.validate_on_submit():
        try:
            standing.delete_account(me())
        except LastAdministratorError:
            form.form_errors.append(
                gettext("You are the last administrator. Please make somebody else one before.")
            )
        else:
            logins.forget()
            return farewell(gettext("Your account is deleted."))
    return show_form(
        form,
        gettext("Delete my account"),
        lead=" ".join(
            [
                gettext(
                    "Flasky forgets your visits and what you wrote about yourself, and your name "
                    "is free again. This cannot be undone."
                ),
                ngettext(
                    "The log of logins keeps your name for a day.",
                    "The log of logins keeps your name for %(num)s days.",
                    current_app.config["AUDIT_LOG_DAYS"],
                ),
                ngettext(
                    "Mails to your address are kept for a day.",
                    "Mails to your address are kept for up to %(num)s days.",
                    GIVEN_UP_MAILS_KEPT.days,
                ),
            ]
        ),
        username=current_user.username,
    )
