"""What every form keeps to, whatever it asks."""

import time

import pytest
from flask import Flask, render_template_string
from wtforms import StringField
from wtforms.validators import Optional

from app.models import passwords
from app.web.forms import Form
from tests.auth.people import add_account, log_in, submit
from tests.clients import CheckingClient
from tests.conftest import visitor
from tests.pages import shown

# What takes seconds to normalize: the marks are sorted by insertion.
SLOW = "a" + "\u0345" * 1100 + "\u0334" * 1100
FAST = 0.1  # seconds of this process, where normalizing took ten times as much


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/", {"name": SLOW}),
        ("/auth/login", {"login": "susan", "password": SLOW}),
        ("/auth/login", {"login": SLOW, "password": "wrong"}),
        ("/auth/register", {"name": SLOW, "email": "susan@example.com"}),
        ("/auth/register", {"name": "susan", "email": SLOW}),
        ("/auth/reset", {"email": SLOW}),
    ],
)
def test_a_long_text_is_refused_before_any_rule_looks_at_it(
    sqlite_client: CheckingClient, path: str, fields: dict[str, str]
) -> None:
    page = submit(sqlite_client, path, **fields)
    assert page.status_code == 422
    assert "Please enter at most 2048 characters." in shown(page.text)


@pytest.mark.parametrize("path", ["settings/name", "settings/profile", "settings/password"])
def test_a_long_text_in_the_settings_is_refused_too(sqlite_app: Flask, path: str) -> None:
    add_account(sqlite_app, "susan")
    susan = log_in(sqlite_app, "susan")
    texts = dict.fromkeys(["name", "about_me", "current", "password"], "x" * 2049)
    assert submit(susan, f"/auth/{path}", **texts).status_code == 422


def test_what_is_called_without_a_form_looks_at_lengths_as_well() -> None:
    slower = "a" + "\u0345" * 25_000 + "\u0334" * 25_000
    begin = time.thread_time()
    assert not passwords.verify(passwords.hash_password("another one"), slower)
    assert time.thread_time() - begin < FAST


def test_a_body_is_no_longer_than_a_form_needs(sqlite_app: Flask) -> None:
    client = visitor(sqlite_app)
    assert client.post("/", data={"name": "x" * 17_000}).status_code == 413


@pytest.mark.parametrize(("rules", "is_required"), [([], True), ([Optional()], False)])
def test_a_browser_asks_for_what_is_not_optional(
    sqlite_app: Flask, rules: list[Optional], *, is_required: bool
) -> None:
    class CityForm(Form):
        city = StringField("City", rules)

    with sqlite_app.test_request_context():
        field = render_template_string("{{ text_field(form.city, 'off') }}", form=CityForm())
    assert field.count(" required>") == is_required
