"""What a reader of the notes types into Flasky: their form, view and templates."""

from flask import Flask, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from jinja2 import ChoiceLoader, DictLoader
from wtforms import StringField, SubmitField
from wtforms.validators import DataRequired

from app import db
from app.models import User
from app.web.access import everybody

INDEX = """{% extends "base.html" %}
{% import "bootstrap/wtf.html" as wtf %}

{% block title %}Flasky{% endblock %}

{% block page_content %}
<div class="page-header">
    <h1>Hello, {% if name %}{{ name }}{% else %}Stranger{% endif %}!</h1>
    {% if not known %}
    <p>Pleased to meet you!</p>
    {% else %}
    <p>Happy to see you again!</p>
    {% endif %}
</div>
{{ wtf.quick_form(form) }}
{% endblock %}
"""


class NameForm(FlaskForm):
    name = StringField("What is your name?", validators=[DataRequired()])
    submit = SubmitField("Submit")


def index() -> ResponseReturnValue:
    form = NameForm()
    if form.validate_on_submit():
        user = User.query.filter_by(username=form.name.data).first()
        if user is None:
            user = User(username=form.name.data)
            db.session.add(user)
            db.session.commit()
            session["known"] = False
        else:
            session["known"] = True
        session["name"] = form.name.data
        form.name.data = ""
        return redirect(url_for("index"))
    return render_template(
        "notes.html", form=form, name=session.get("name"), known=session.get("known", False)
    )


def paste(app: Flask, template: str = INDEX) -> None:
    """Put the notes' index page at /notes, written as that template."""
    add_templates(app, {"notes.html": template})
    app.add_url_rule("/notes", "index", everybody(index), methods=["GET", "POST"])


def add_templates(app: Flask, templates: dict[str, str]) -> None:
    """Put templates beside Flasky's own."""
    assert app.jinja_loader
    app.jinja_loader = ChoiceLoader([DictLoader(templates), app.jinja_loader])
