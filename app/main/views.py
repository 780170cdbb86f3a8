"""The pages that need no account."""

from flask import abort, flash, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import TooManyRequests

from app.main import main
from app.main.forms import NameForm
from app.main.greeting import greet
from app.models import Detail
from app.models.lookup import find_by_name
from app.models.nickname import are_same
from app.web.access import everybody
from app.web.forms import csrf_checked_by_form
from app.web.languages import gettext
from app.web.limits import Limit
from app.web.visitors import find_current_user

NEW_NAMES = Limit(Detail.NEW_NAMES, "NEW_NAMES_LIMIT", of_networks=True)


@main.route("/", methods=["GET", "POST"])
@everybody
@csrf_checked_by_form
def index() -> ResponseReturnValue:
    """Greet a visitor by name."""
    form = NameForm()
    if find_current_user() is not None:  # whose name is known
        form.name.label.text = gettext("Who else is here?")
    if form.validate_on_submit():
        greeting = greet(form.name.data or "", limit_new_names)
        if "name" in session and not are_same(session["name"], greeting.name):
            flash(gettext("Looks like you have changed your name!"))
        session["name"] = greeting.name
        session["known"] = greeting.known
        session["last_seen"] = greeting.last_seen
        return redirect(url_for(".index"), 303)
    page = render_template(
        "index.html",
        form=form,
        name=session.get("name"),
        known=session.get("known", False),
        last_seen=session.get("last_seen"),
    )
    return page, form.status_code


def limit_new_names() -> None:
    """Raise TooManyRequests if too many new names come from one address."""
    try:
        NEW_NAMES.hit()
    except TooManyRequests as error:
        error.description = gettext("Names that %(site)s already knows are still welcome.")
        raise


@main.route("/user/<name:name>")
@everybody
def user(name: str) -> ResponseReturnValue:
    """Show what Flasky knows of somebody who said a name."""
    return render_template("user.html", user=find_by_name(name) or abort(404))
