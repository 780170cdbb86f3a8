"""The page that shows a form about an account, and the ways on from there."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.web.forms import Form
from app.web.languages import gettext


def show_form(
    form: Form, title: str, template: str = "auth/form.html", **variables: object
) -> ResponseReturnValue:
    """Answer with a page around a form, which comes back with its errors if it has any."""
    return render_template(template, form=form, title=title, **variables), form.status_code


def redirect_after_logout(message: str) -> ResponseReturnValue:
    """Lead to the first page, which says what was done, and let the browser forget the others."""
    flash(message)
    response = redirect(url_for("main.index"), 303)
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


def redirect_to_settings(message: str) -> ResponseReturnValue:
    """Lead back to the settings, which say what was done."""
    flash(message)
    return redirect(url_for("auth.settings"), 303)


def ask_to_try_again() -> ResponseReturnValue:
    """Lead back to the settings after somebody else was faster."""
    return redirect_to_settings(
        gettext("Your account has changed in the meantime. Please try again.")
    )
