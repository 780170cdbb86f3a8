"""Registering, logging in and out, and what mailed links open."""

from flask import current_app, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from app.accounts import (
    authentication,
    changes,
    email_changes,
    letters,
    login_limits,
    registration,
)
from app.accounts.authentication import CodeNeededError
from app.accounts.limits import limit_unasked_mails
from app.accounts.login_limits import LOGINS, Attempt
from app.auth import auth, browser, pending_login
from app.auth.forms import (
    AddressForm,
    ConfirmForm,
    LoginForm,
    NewPasswordForm,
    RegisterForm,
)
from app.auth.mailed_links import opened_by_link
from app.auth.pages import MAIL_SENT, redirect_after_logout, show_form, tell_of_mail
from app.models import User, passwords
from app.models.account_name import parse_account_name
from app.models.addresses import parse_email
from app.models.lookup import find, normalize_login
from app.models.passwords import WeakPasswordError
from app.web.access import everybody
from app.web.forms import csrf_checked_by_form
from app.web.languages import gettext, supported_or_none, translate_error
from app.web.languages import lazy_gettext as _
from app.web.preferences import remember_language
from app.web.redirects import get_safe_target
from app.web.tones import Tone
from app.web.visitors import find_current_user


@auth.route("/register", methods=["GET", "POST"])
@everybody
@csrf_checked_by_form
def register() -> ResponseReturnValue:
    """Ask for a name and an address. The answer is the same whatever they are."""
    form = RegisterForm(name=session.get("name"))
    if form.validate_on_submit():
        address = parse_email(form.email.data or "")
        limit_unasked_mails("register", address)
        letters.ask_to_register(parse_account_name(form.name.data or "").shown, address)
        return tell_of_mail(address, ".register")
    return show_form(form, gettext("Sign up"), "auth/register.html")


@auth.route("/reset", methods=["GET", "POST"])
@everybody
@csrf_checked_by_form
def ask_for_reset() -> ResponseReturnValue:
    """Ask where to mail the link by which a password is chosen anew."""
    form = AddressForm()
    if form.validate_on_submit():
        address = parse_email(form.email.data or "")
        limit_unasked_mails("reset", address)
        letters.ask_to_reset(address)
        return tell_of_mail(address, ".ask_for_reset")
    return show_form(form, gettext("Reset your password"), "auth/reset.html")


@auth.route("/mail-sent")
@everybody
def mail_sent() -> ResponseReturnValue:
    """Tell that a mail is on its way, to where, and what to do if it does not arrive."""
    to, way_to_repeat = session.get(MAIL_SENT, ("", ".ask_for_reset"))
    if to:
        session[MAIL_SENT] = ["", way_to_repeat]  # who comes next need not read the address
    return render_template("auth/mail_sent.html", to=to, way_to_repeat=url_for(way_to_repeat))


@auth.route("/register/<token>")
@auth.route("/register/link/<key>", methods=["GET", "POST"])
@everybody
@csrf_checked_by_form
@opened_by_link(".register", _("Sign up"))
def choose_password(token: str) -> ResponseReturnValue:
    """Make the account that a mailed link is for."""
    form = NewPasswordForm()
    wanted = registration.read(token)
    form.owner = [wanted.name, wanted.address.shown]
    if form.validate_on_submit():
        browser.log_in(registration.register(wanted, form.password.data or ""))
        flash(gettext("Welcome! Your account is ready."), Tone.SUCCESS)
        return redirect(url_for("main.index"), 303)
    registration.check(wanted)
    return show_form(form, gettext("Choose a password"), username=wanted.name)


@auth.route("/reset/<token>")
@auth.route("/reset/link/<key>", methods=["GET", "POST"])
@everybody
@csrf_checked_by_form
@opened_by_link(".ask_for_reset", _("Reset your password"))
def reset_password(token: str) -> ResponseReturnValue:
    """Choose a password anew, by a mailed link."""
    form = NewPasswordForm()
    user = changes.read_reset(token)
    form.owner = user.known_to_others
    if form.validate_on_submit():
        changes.reset_password(user, form.password.data or "")
        browser.remember_device(user)  # so that nobody who guesses keeps them from logging in
        flash(gettext("Your password has been changed. Please log in."), Tone.SUCCESS)
        return redirect(url_for(".login"), 303)
    return show_form(form, gettext("Choose a password"), username=user.username)


@auth.route("/change-email/<token>")
@auth.route("/change-email/link/<key>", methods=["GET", "POST"])
@everybody
@csrf_checked_by_form
@opened_by_link(".ask_for_email", _("New email address"))
def confirm_email(token: str) -> ResponseReturnValue:
    """Take a new address into use, by a link that was mailed to it."""
    form = ConfirmForm()
    user, email = email_changes.read(token)
    if form.validate_on_submit():
        email_changes.confirm(user, email)
        flash(gettext("Your email address has been changed."), Tone.SUCCESS)
        return redirect(url_for("main.index"), 303)
    return show_form(
        form,
        gettext("New email address"),
        lead=gettext(
            "Use %(email)s as the email address of %(name)s?",
            email=email,
            name=user.username,
        ),
    )


@auth.errorhandler(WeakPasswordError)
def ask_for_another_password(error: WeakPasswordError) -> ResponseReturnValue:
    """Come back to the form: after it was looked at, the password came to be known to others."""
    flash(translate_error(error), Tone.ERROR)
    return redirect(request.script_root + request.path, 303)


@auth.route("/login", methods=["GET", "POST"])
@everybody
@csrf_checked_by_form
def login() -> ResponseReturnValue:
    """Log in, and go on to the page that asked for it."""
    here = get_safe_target(request.args.get("next")) or url_for("main.index")
    if find_current_user() is not None:
        return redirect(here, 303)
    form = LoginForm()
    if form.validate_on_submit():
        name, password = form.login.data or "", form.password.data or ""
        LOGINS.hit()
        found = find(name)
        attempt = Attempt(normalize_login(name), found, browser.find_device(found))
        login_limits.count(attempt)
        if user := authentication.authenticate(found, password):
            login_limits.forgive(attempt)
            given = user.id, passwords.state_of(user.password_hash)
            try:
                browser.log_in(user, keep=form.keep.data)
            except CodeNeededError:
                pending_login.remember(*given, keep=form.keep.data)
                return redirect(
                    url_for(current_app.extensions["code_view"], next=request.args.get("next")), 303
                )
            return welcome(user, here)
        login_limits.count_failure(attempt)
        form.password.errors = [gettext("Wrong name or password. Please try again.")]
    reason = gettext("Please log in to see that page.") if request.args.get("next") else None
    return show_form(form, gettext("Log in"), "auth/login.html", lead=reason)


def welcome(user: User, here: str) -> ResponseReturnValue:
    """Lead somebody who is logged in to the page that asked for it, in their language."""
    if language := supported_or_none(user.locale):
        remember_language(language)
    return redirect(here, 303)


@auth.route("/logout", methods=["POST"])
@everybody
def logout() -> ResponseReturnValue:
    """Log out, here and for every copy of the cookie."""
    browser.log_out()
    return redirect_after_logout(gettext("You are logged out."))
