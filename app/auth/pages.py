"""The page that shows a form about an account, and the ways on from there."""

from flask import flash, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue

from app.models.addresses import EmailAddress
from app.web.forms import Form
from app.web.languages import gettext
from app.web.tones import Tone

MAIL_SENT = "mail_sent"  # in the session: the address, and the endpoint that sent the mail


def show_form(
    form: Form, title: str, template: str = "auth/form.html", **variables: object
) -> ResponseReturnValue:
    """Answer with a page around a form, which comes back with its errors if it has any."""
    return render_template(template, form=form, title=title, **variables), form.status_code


def show_setting(
    form: Form, title: str, template: str = "auth/form.html", **variables: object
) -> ResponseReturnValue:
    """Answer with a page of the settings around a form, from which a way leads back to them."""
    return show_form(form, title, template, way_back=url_for("auth.settings"), **variables)


def tell_of_mail(address: EmailAddress, way_to_repeat: str) -> ResponseReturnValue:
    """Lead to the page that says where a mail went, and by which endpoint to ask for it again."""
    session[MAIL_SENT] = [address.shown, way_to_repeat]
    return redirect(url_for("auth.mail_sent"), 303)


def redirect_after_logout(message: str) -> ResponseReturnValue:
    """Lead to the first page, which says what was done, and let the browser forget the others."""
    flash(message, Tone.SUCCESS)
    response = redirect(url_for("main.index"), 303)
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


def redirect_to_settings(message: str, tone: Tone = Tone.SUCCESS) -> ResponseReturnValue:
    """Lead back to the settings, which say what was done."""
    flash(message, tone)
    return redirect(url_for("auth.settings"), 303)


def ask_to_try_again() -> ResponseReturnValue:
    """Lead back to the settings after somebody else was faster."""
    return redirect_to_settings(
        gettext("Your account has changed in the meantime. Please try again."), Tone.ERROR
    )
