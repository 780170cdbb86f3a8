"""`flask user`, as an operator uses it."""

import re
from pathlib import Path

from flask import Flask
from sqlalchemy import select, text

from app import db
from app.models import Role, User
from tests.auth.people import (
    OTHER_PASSWORD,
    PASSWORD,
    add_account,
    is_logged_in,
    log_in,
    submit,
)
from tests.commands import flask
from tests.conftest import visitor


def user(app: Flask, *command: str, succeeds: bool = True) -> str:
    """Run a `flask user` command in this process, and return what it printed."""
    result = app.test_cli_runner().invoke(args=["user", *command])
    assert not isinstance(result.exception, Exception), result.exception
    assert (result.exit_code == 0) == succeeds, result.output
    return result.output.strip()


def path_of(link: str) -> str:
    [path] = re.findall(r"^http://127\.0\.0\.1:5000(/auth/\S+)$", link)
    return str(path)


def test_create_prints_the_link_that_makes_an_account(app: Flask) -> None:
    client = visitor(app)
    said = "No accounts yet. Create one with `flask user create`. This is the testing configuration"
    assert user(app, "list").startswith(f"{said}, on ")
    link = path_of(user(app, "create", "susan", "susan@example.com"))
    submit(client, link, password=PASSWORD)
    assert is_logged_in(client)
    assert user(app, "list") == "susan  susan@example.com  User"
    again = user(app, "create", "Susan", "other@example.com", succeeds=False)
    assert again == "Error: 'susan' already has an account."
    again = user(app, "create", "david", "susan@example.com", succeeds=False)
    assert again == "Error: susan@example.com is the email address of 'susan'."
    assert "is not an email address" in user(app, "create", "david", "david", succeeds=False)


def test_roles_go_up_and_down(app: Flask) -> None:
    add_account(app, "susan")
    assert user(app, "promote", "susan") == "susan is now Moderator."
    assert user(app, "promote", "susan@example.com") == "susan is now Administrator."
    assert "there is no higher role" in user(app, "promote", "susan", succeeds=False)
    last = "Error: susan is the only administrator."
    assert user(app, "demote", "susan", succeeds=False) == last
    assert user(app, "disable", "susan", succeeds=False) == last
    add_account(app, "anna", role="Administrator")
    assert user(app, "demote", "susan") == "susan is now Moderator."


def test_disabling_and_enabling(app: Flask) -> None:
    add_account(app, "susan")
    client = log_in(app, "susan")
    assert user(app, "disable", "susan") == "susan is disabled."
    assert user(app, "list") == "susan  susan@example.com  disabled"
    assert not is_logged_in(client)
    assert user(app, "enable", "susan") == "susan is enabled."
    assert not is_logged_in(client)
    assert is_logged_in(log_in(app, "susan"))


def test_password_prints_the_link_that_sets_one(app: Flask) -> None:
    add_account(app, "susan")
    submit(visitor(app), path_of(user(app, "password", "susan")), password=OTHER_PASSWORD)
    assert is_logged_in(log_in(app, "susan", password=OTHER_PASSWORD))


def test_a_name_without_an_account_is_told(app: Flask) -> None:
    visitor(app).say("john")
    for name in ("john", "nobody", "x@y.example"):
        printed = user(app, "password", name, succeeds=False)
        assert (
            printed == f"Error: No account has the name or address {name!r}; see `flask user list`."
        )


def test_roles_that_are_missing_are_made_once(app: Flask) -> None:
    with app.app_context():
        db.session.execute(text("DELETE FROM roles"))
        db.session.commit()
        Role.insert_roles()
        Role.insert_roles()
        roles = {role.name: role.permissions for role in db.session.scalars(select(Role))}
        assert roles == Role.PERMISSIONS


def test_no_account_is_without_a_role(app: Flask) -> None:
    add_account(app, "susan")
    with app.app_context():
        db.session.delete(db.session.scalars(select(User)).one().role)
        refused = False
        try:
            db.session.commit()
        except Exception:  # noqa: BLE001
            refused = True
        assert refused


def test_a_new_database_has_no_account(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/data.sqlite"
    flask("db", "upgrade", FLASK_CONFIG="testing", TEST_DATABASE_URL=url)
    listed = flask("user", "list", FLASK_CONFIG="testing", TEST_DATABASE_URL=url)
    assert listed.startswith("No accounts yet")
