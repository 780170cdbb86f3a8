"""The pages that need no account."""

from flask import abort, flash, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from app.extensions import db
from app.main import main
from app.main.forms import NameForm
from app.main.greeting import greet
from app.models import User
from app.models.nickname import InvalidNameError, are_same, nickname
from app.web.access import everybody
from app.web.forms import form_checks_token
from app.web.languages import gettext


@main.route("/", methods=["GET", "POST"])
@everybody
@form_checks_token
def index() -> ResponseReturnValue:
    """Greet a visitor by name."""
    form = NameForm()
    if form.validate_on_submit():
        greeting = greet(form.name.data or "")
        if "name" in session and not are_same(session["name"], greeting.name):
            flash(gettext("Looks like you have changed your name!"))
        session["name"] = greeting.name
        session["known"] = greeting.known
        session["last_seen"] = greeting.last_seen
        return redirect(url_for(".index"), 303)
    status = 200
    if form.is_submitted():
        status = 400 if form.is_forged else 422
    page = render_template(
        "index.html",
        form=form,
        name=session.get("name"),
        known=session.get("known", False),
        last_seen=session.get("last_seen"),
    )
    return page, status


@main.route("/user/<name:name>")
@everybody
def user(name: str) -> ResponseReturnValue:
    """Show what Flasky knows of somebody who said a name."""
    return render_template("user.html", user=find_user(name))


def find_user(name: str) -> User:
    """Return the user of that name, in any of its spellings, or answer 404."""
    try:
        key = nickname(name).key
    except InvalidNameError:
        abort(404)
    user: User = db.first_or_404(select(User).where(User.username_key == key))
    return user
