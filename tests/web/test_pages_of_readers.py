"""Templates as readers of the notes and the book write them."""

import pytest
from flask import Flask, flash, render_template_string
from flask_wtf import FlaskForm
from wtforms import BooleanField, FileField, HiddenField, StringField, SubmitField
from wtforms.validators import DataRequired

from tests import reader
from tests.conftest import visitor
from tests.pages import check_page, find, form_token, heading, shown, text_of, title

BASES = ["base.html", "bootstrap/base.html"]
H1 = "<h1>Hello</h1>"

# Chapter 3 of the book: a layout for all pages of a site.
LAYOUT = """{% extends "bootstrap/base.html" %}

{% block title %}Flasky{% endblock %}

{% block head %}
{{ super() }}
<link rel="shortcut icon" href="{{ url_for('static', filename='icon.svg') }}" type="image/svg+xml">
{% endblock %}

{% block navbar %}
<nav class="navbar navbar-inverse"><a class="navbar-brand" href="/">The reader's</a></nav>
{% endblock %}

{% block content %}
<div class="container">
    {% for message in get_flashed_messages() %}
    <div class="alert alert-warning">{{ message }}</div>
    {% endfor %}

    {% block page_content %}{% endblock %}
</div>
{% endblock %}

{% block scripts %}
{{ super() }}
{{ moment.include_moment() }}
{% endblock %}
"""
NOT_FOUND = """{% extends "layout.html" %}

{% block title %}Flasky - Page Not Found{% endblock %}

{% block page_content %}
<div class="page-header">
    <h1>Not Found</h1>
</div>
{% endblock %}
"""


class EveryForm(FlaskForm):
    text = StringField("Text", [DataRequired()], description="Any text.")
    check = BooleanField("Check")
    file = FileField("File")
    secret = HiddenField("Secret", [DataRequired()])
    submit = SubmitField("Submit")


def rendered(app: Flask, template: str, **values: object) -> str:
    """Return what a template becomes while nothing was sent, or for a form that was sent empty."""
    with app.test_request_context():
        return render_template_string(template, **values)


def rendered_form(app: Flask, call: str, *, is_sent: bool = False) -> str:
    """Return what a call of `wtf` with a form, and with its field `text`, becomes."""
    with app.test_request_context(method="POST" if is_sent else "GET"):
        form = EveryForm()  # type: ignore[no-untyped-call]
        if is_sent:
            form.validate()
        template = f'{{% import "bootstrap/wtf.html" as wtf %}}{{{{ wtf.{call} }}}}'
        return render_template_string(template, form=form)


@pytest.mark.parametrize("base", BASES)
def test_the_page_of_note_002(sqlite_app: Flask, base: str) -> None:
    reader.paste(sqlite_app, reader.INDEX.replace("base.html", base))
    client = visitor(sqlite_app)
    page = client.get("/notes").text
    assert (heading(page), title(page)) == ("Hello, Stranger!", "Flasky")
    assert "Pleased to meet you!" in shown(page)
    assert text_of(find(page, ".//label[@for='name']")) == "What is your name?"
    data = {"csrf_token": form_token(page), "name": "john"}
    page = client.post("/notes", data=data, follow_redirects=True).text
    assert heading(page) == "Hello, john!"
    page = client.post("/notes", data=data, follow_redirects=True).text
    assert "Happy to see you again!" in shown(page)


def test_a_layout_as_in_the_book(sqlite_app: Flask) -> None:
    reader.add_templates(sqlite_app, {"layout.html": LAYOUT})
    with sqlite_app.test_request_context():
        flash("Looks like you have changed your name!")
        page = render_template_string(NOT_FOUND)
    check_page(page)
    assert (title(page), heading(page)) == ("Flasky - Page Not Found", "Not Found")
    assert 'rel="shortcut icon"' in page
    assert "flasky.css" in page
    assert "times.js" in page
    assert "The reader's" in shown(page)
    assert "Skip to content" not in shown(page)
    assert shown(page).count("Looks like you have changed your name!") == 1


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize("block", ["content", "page_content"])
def test_each_block_keeps_what_was_there(sqlite_app: Flask, base: str, block: str) -> None:
    blocks = {
        "title": "A reader's page",
        "metas": '{{ super() }}<meta name="author" content="john">',
        "styles": '{{ super() }}<link rel="stylesheet" href="/static/lists.css">',
        "head": '{{ super() }}<link rel="author" href="/">',
        "navbar": "{{ super() }}<p>Below the bar.</p>",
        block: "{{ super() }}" + H1,
        "scripts": '{{ super() }}<script src="/static/forms.js"></script>',
        "body": "{{ super() }}<p>The end.</p>",
    }
    template = f'{{% extends "{base}" %}}' + "".join(
        f"{{% block {name} %}}{text}{{% endblock %}}" for name, text in blocks.items()
    )
    page = rendered(sqlite_app, template)
    check_page(page)
    assert title(page) == "A reader's page · Flasky"
    for text in blocks.values():
        assert text.removeprefix("{{ super() }}") in page
    assert "Skip to content" in shown(page)


@pytest.mark.parametrize("base", BASES)
def test_a_notice_is_shown_once(sqlite_app: Flask, base: str) -> None:
    with sqlite_app.test_request_context():
        flash("Done.")
        template = f'{{% extends "{base}" %}}{{% block page_content %}}{H1}{{% endblock %}}'
        assert shown(render_template_string(template)).count("Done.") == 1


@pytest.mark.parametrize(
    ("call", "html"),
    [
        ("quick_form(form)", '<form method="post"'),
        ("quick_form(form, '/there', 'get')", '<form action="/there" method="get"'),
        ("quick_form(form, extra_classes='narrow', role='search')", 'class="form narrow"'),
        ("quick_form(form, role='search')", 'role="search"'),
        ("quick_form(form)", 'enctype="multipart/form-data"'),
        ("quick_form(form, enctype='text/plain')", 'enctype="text/plain"'),
        ("quick_form(form, id='this', novalidate=True)", 'id="this" method="post"'),
        ("quick_form(form, form_type='inline')", 'class="visually-hidden" for="text"'),
        ("quick_form(form, form_type='horizontal')", 'class="col-form-label col-lg-2"'),
        (
            "quick_form(form, form_type='horizontal', horizontal_columns=('md', 4, 8))",
            'class="col-form-label col-md-4"',
        ),
        ("quick_form(form, button_map={'submit': 'danger'})", "btn btn-danger"),
        ("form_field(form.text)", '<label class="form-label" for="text">Text</label>'),
        ("form_field(form.text, form_type='inline')", 'class="visually-hidden" for="text"'),
        ("form_field(form.text, placeholder='john')", 'placeholder="john"'),
        ("form_field(form.submit, button_map={'submit': 'danger'})", "btn btn-danger"),
    ],
)
def test_the_arguments_of_flask_bootstrap(sqlite_app: Flask, call: str, html: str) -> None:
    assert html in rendered_form(sqlite_app, call)


@pytest.mark.parametrize("form_type", ["basic", "inline", "horizontal"])
def test_every_field_keeps_to_what_pages_keep_to(sqlite_app: Flask, form_type: str) -> None:
    form = rendered_form(sqlite_app, f"quick_form(form, form_type='{form_type}')", is_sent=True)
    check_page(f'<!doctype html><html lang="en"><title>Form</title>{H1}{form}')


def test_a_misspelt_argument_is_an_error(sqlite_app: Flask) -> None:
    with pytest.raises(TypeError, match="buttonmap"):
        rendered_form(sqlite_app, "quick_form(form, buttonmap={})")


@pytest.mark.parametrize(
    ("call", "errors"),
    [
        ("form_errors(form)", 2),
        ("form_errors(form, hiddens=False)", 1),
        ("form_errors(form, hiddens='only')", 1),
    ],
)
def test_the_errors_of_a_form(sqlite_app: Flask, call: str, errors: int) -> None:
    sqlite_app.config["WTF_CSRF_ENABLED"] = False
    html = rendered_form(sqlite_app, call, is_sent=True)
    assert html.count("This field is required.") == errors
