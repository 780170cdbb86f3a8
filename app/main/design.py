"""A page for developers with every component of the design in every state: see docs/design.md."""

from datetime import UTC, datetime

from flask import Blueprint, Flask, render_template
from flask.typing import ResponseReturnValue
from wtforms import (
    BooleanField,
    PasswordField,
    SelectField,
    StringField,
    SubmitField,
    TextAreaField,
)

from app.web.access import everybody
from app.web.forms import Form

SOME_TIME = datetime(2026, 1, 31, 12, 34, tzinfo=UTC)  # the same on each picture

design = Blueprint("design", __name__, url_prefix="/dev/design")


def init_app(app: Flask) -> None:
    """Add the page to a developer's site, and to no other."""
    if app.config["CONFIGURATION"] == "development":
        app.register_blueprint(design)


class ExampleForm(Form):
    """Has a field of each kind."""

    text = StringField("Text", description="A hint says what is wanted, before it is wrong.")
    password = PasswordField("Password")
    choice = SelectField("Choice", choices=[("a", "The first"), ("b", "The second")])
    longer = TextAreaField("Longer text")
    box = BooleanField("A box to tick")
    submit = SubmitField("Save")


class DangerousForm(Form):
    """Has a button that does what cannot be undone."""

    is_dangerous = True
    submit = SubmitField("Delete")


@design.route("/")
@everybody
def show() -> ResponseReturnValue:
    """Show the components."""
    wrong = ExampleForm(meta={"csrf": False}, prefix="wrong-", text="susan")
    wrong.form_errors = ["Nothing was saved: what concerns the whole form is said before it."]
    for field in wrong:
        field.errors = ["What is wrong, and what to do about it."]
    return render_template(
        "dev/design.html",
        form=ExampleForm(meta={"csrf": False}),
        wrong=wrong,
        dangerous=DangerousForm(meta={"csrf": False}, prefix="dangerous-"),
        time=SOME_TIME,
    )
