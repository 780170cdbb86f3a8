"""Registering, logging in and out, and what mailed links open."""

from flask import flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.auth import accounts, auth, links, logins, mails, second_factor, waiting
from app.auth.forms import (
    AddressForm,
    CodeForm,
    ConfirmForm,
    LoginForm,
    NewPasswordForm,
    RegisterForm,
)
from app.auth.limits import (
    LOGINS,
    forget_codes,
    forget_passwords,
    limit_codes,
    limit_mails,
    limit_passwords,
)
from app.auth.links import LinkError, Purpose
from app.auth.logins import CodeNeededError
from app.auth.pages import farewell, show_form, wrong_code
from app.models import User, passwords
from app.models.addresses import mail_address
from app.models.nickname import account_name
from app.models.passwords import WeakPasswordError
from app.web.access import everybody, login_required
from app.web.forms import form_checks_token
from app.web.languages import gettext, spoken
from app.web.limits import client
from app.web.preferences import remember_language
from app.web.redirects import page_here


@auth.route("/register", methods=["GET", "POST"])
@everybody
@form_checks_token
def register() -> ResponseReturnValue:
    """Ask for a name and an address. The answer is the same whatever they are."""
    form = RegisterForm(name=session.get("name"))
    if form.validate_on_submit():
        address = mail_address(form.email.data or "")
        limit_mails("register", address.key)
        mails.ask_to_register(account_name(form.name.data or "").shown, address)
        return redirect(url_for(".mail_sent"), 303)
    return show_form(form, gettext("Register"), note="register")


@auth.route("/reset", methods=["GET", "POST"])
@everybody
@form_checks_token
def ask_for_reset() -> ResponseReturnValue:
    """Ask where to mail the link by which a password is chosen anew."""
    form = AddressForm()
    if form.validate_on_submit():
        address = mail_address(form.email.data or "")
        limit_mails("reset", address.key)
        mails.ask_to_reset(address)
        return redirect(url_for(".mail_sent"), 303)
    return show_form(form, gettext("Forgotten password"), note="reset")


@auth.route("/mail-sent")
@everybody
def mail_sent() -> ResponseReturnValue:
    """Tell that a mail is on its way."""
    return render_template("auth/mail_sent.html")


@auth.route("/register/<token>", methods=["GET", "POST"])
@everybody
@form_checks_token
def choose_password(token: str) -> ResponseReturnValue:
    """Make the account that a mailed link is for."""
    form = NewPasswordForm()
    try:
        values = links.read(Purpose.REGISTER, token)
        name = values["name"]
        form.owner = [name, values["email"]]
        if form.validate_on_submit():
            logins.begin(accounts.claim(token, form.password.data or ""))
            flash(gettext("The account is yours."))
            return redirect(url_for("main.index"), 303)
        accounts.check_claim(token)
    except LinkError:
        return show_dead_link(".register", gettext("Register"))
    return show_form(form, gettext("Choose a password"), username=name)


@auth.route("/reset/<token>", methods=["GET", "POST"])
@everybody
@form_checks_token
def reset_password(token: str) -> ResponseReturnValue:
    """Choose a password anew, by a mailed link."""
    form = NewPasswordForm()
    try:
        user, _ = accounts.user_of_link(Purpose.RESET, token)
        form.owner = user.known_to_others
        if form.validate_on_submit():
            accounts.reset_password(token, form.password.data or "")
            flash(gettext("The password is changed. Please log in."))
            return redirect(url_for(".login"), 303)
    except LinkError:
        return show_dead_link(".ask_for_reset", gettext("Forgotten password"))
    return show_form(form, gettext("Choose a password"), username=user.username)


@auth.route("/change-email/<token>", methods=["GET", "POST"])
@everybody
@form_checks_token
def confirm_email(token: str) -> ResponseReturnValue:
    """Take a new address into use, by a link that was mailed to it."""
    form = ConfirmForm()
    try:
        user, values = accounts.user_of_link(Purpose.CHANGE_EMAIL, token)
        if form.validate_on_submit():
            accounts.change_email(token)
            flash(gettext("The address is changed."))
            return redirect(url_for("main.index"), 303)
    except LinkError:
        return show_dead_link(".ask_for_email", gettext("New address"))
    return show_form(
        form,
        gettext("New address"),
        lead=gettext(
            "Is %(email)s to be the address of %(name)s?",
            email=values["email"],
            name=user.username,
        ),
    )


@auth.errorhandler(WeakPasswordError)
def ask_for_another_password(error: WeakPasswordError) -> ResponseReturnValue:
    """Come back to the form: after it was looked at, the password came to be known to others."""
    flash(gettext(error.message, **error.values))
    return redirect(request.script_root + request.path, 303)


def show_dead_link(way_on: str, text: str) -> ResponseReturnValue:
    """Tell that a link has been used, is too old, or was never one, and lead to a new one."""
    return render_template("auth/dead_link.html", way_on=url_for(way_on), text=text), 410


@auth.route("/login", methods=["GET", "POST"])
@everybody
@form_checks_token
def login() -> ResponseReturnValue:
    """Log in, and go on to the page that asked for it."""
    here = page_here(request.args.get("next")) or url_for("main.index")
    if current_user.is_authenticated:
        return redirect(here, 303)
    form = LoginForm()
    if form.validate_on_submit():
        name, password = form.login.data or "", form.password.data or ""
        LOGINS.hit(client())
        found = accounts.find(name)
        who = accounts.key_of(name)
        limit_passwords(who, found)
        if user := logins.authenticate(found, password):
            forget_passwords(who)
            given = user.id, passwords.state_of(user.password_hash)
            try:
                logins.begin(user, keep=form.keep.data)
            except CodeNeededError:
                waiting.let_wait(*given, keep=form.keep.data)
                return redirect(url_for(".give_code", next=request.args.get("next")), 303)
            return welcome(user, here)
        form.form_errors.append(gettext("This name and this password do not belong together."))
    reason = gettext("To see that page, please log in.") if request.args.get("next") else None
    return show_form(form, gettext("Log in"), lead=reason, note="login")


@auth.route("/login/code", methods=["GET", "POST"])
@everybody
@form_checks_token
def give_code() -> ResponseReturnValue:
    """Ask whoever has given the password for a code of their second factor."""
    here = page_here(request.args.get("next")) or url_for("main.index")
    who = waiting.who_waits()
    if who is None or current_user.is_authenticated or second_factor.of(who.user) is None:
        if session.pop(waiting.KEY, None):
            flash(gettext("That took too long, or something has changed. Please log in again."))
        return redirect(url_for(".login", next=request.args.get("next")), 303)
    form = CodeForm()
    if form.validate_on_submit():
        limit_codes(who.user, form.code.data or "")
        try:
            logins.begin(who.user, keep=who.keep, code=form.code.data or "")
        except CodeNeededError:
            form.code.errors = [wrong_code()]
        else:
            forget_codes(who.user)
            return welcome(who.user, here)
    return show_form(form, gettext("Second factor"), note="code")


def welcome(user: User, here: str) -> ResponseReturnValue:
    """Lead somebody who is logged in to the page that asked for it, in their language."""
    if language := spoken(user.locale):
        remember_language(language)
    return redirect(here, 303)


@auth.route("/logout", methods=["POST"])
@everybody
def logout() -> ResponseReturnValue:
    """Log out, here and for every copy of the cookie."""
    logins.end()
    return farewell(gettext("You are logged out."))


@auth.route("/me")
@login_required
def me() -> ResponseReturnValue:
    """Lead to one's own page."""
    return redirect(url_for("main.user", name=current_user.username), 303)
