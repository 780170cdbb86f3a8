"""The view of the notes, which saves whatever was typed, in Flasky."""

import pytest
from flask import Flask
from flask_wtf import FlaskForm
from sqlalchemy import insert
from werkzeug.test import TestResponse
from wtforms import PasswordField, StringField
from wtforms.validators import Email, EqualTo

from app import db
from app.models import Role, User
from app.web.access import everybody
from tests import reader
from tests.clients import CheckingClient
from tests.pages import form_token, heading, shown

KNOWN = "Flasky already knows this name, perhaps spelled differently. Please go back"


@pytest.fixture(autouse=True)
def _pasted(app: Flask) -> None:
    app.config["PROPAGATE_EXCEPTIONS"] = False  # or Flask would pass them on to us
    reader.paste(app)


def say(client: CheckingClient, name: str, language: str = "en") -> TestResponse:
    token = form_token(client.get("/notes").text)
    data = {"csrf_token": token, "name": name}
    headers = {"Accept-Language": language}
    return client.post("/notes", data=data, headers=headers, follow_redirects=True)


def test_a_name_is_learned_and_known(client: CheckingClient) -> None:
    assert "Pleased to meet you!" in shown(say(client, "john").text)
    assert "Happy to see you again!" in shown(say(client, "john").text)


@pytest.mark.parametrize("spelling", [" JOHN ", "John", "ｊｏｈｎ"])
def test_another_spelling_of_a_known_name_is_told(
    client: CheckingClient, caplog: pytest.LogCaptureFixture, spelling: str
) -> None:
    say(client, "john")
    page = say(client, spelling)
    assert page.status_code == 422
    assert heading(page.text) == "Not accepted"
    assert KNOWN in shown(page.text)
    assert "app.models.lookup.find_by_name" in caplog.text
    assert "Happy to see you again!" in shown(say(client, "john").text)


def test_what_is_no_name_is_told(client: CheckingClient) -> None:
    for name, reason in [
        ("x" * 65, "Names can have up to 64 characters."),
        ("a\u200bb", "A name cannot contain U+200B ZERO WIDTH SPACE, which is invisible"),
    ]:
        page = say(client, name)
        assert page.status_code == 422
        assert reason in shown(page.text)
        assert "Please go back and choose another name." in shown(page.text)
    assert "名字最多 64 个字符。" in shown(say(client, "x" * 65, "zh-CN").text)


def test_any_other_row_that_a_database_refuses_is_a_fault_of_ours(
    app: Flask, client: CheckingClient
) -> None:
    rows: dict[str, list[Role] | list[User]] = {
        "twice": [Role(name="User"), Role(name="User")],
        "orphan": [User(username="for key 'uq_users_username_key'", role_id=99)],
        "account": [User(username="uq_users_username_key", password_hash="x")],
    }

    @app.route("/save/<which>")
    @everybody
    def _save(which: str) -> str:
        db.session.add_all(rows[which])
        db.session.commit()
        return "never"

    @app.route("/nameless")
    @everybody
    def _nameless() -> str:
        db.session.execute(insert(User).values(username=None, username_key="john"))
        return "never"

    for path in [*(f"/save/{which}" for which in rows), "/nameless"]:
        assert client.get(path).status_code == 500, path


class RegistrationForm(FlaskForm):
    email = StringField("Email", validators=[Email()])
    password = PasswordField("Password", validators=[EqualTo("password2", "Two passwords.")])
    password2 = PasswordField("Confirm password")


def test_the_validators_that_note_003_names(app: Flask) -> None:
    def errors(email: str, password: str) -> object:
        data = {"email": email, "password": password, "password2": "cat"}
        with app.test_request_context(method="POST", data=data):
            form = RegistrationForm(meta={"csrf": False})  # type: ignore[no-untyped-call]
            form.validate()
            return form.errors

    assert errors("john@example.com", "cat") == {}
    assert errors("john", "dog") == {
        "email": ["Invalid email address."],
        "password": ["Two passwords."],
    }
