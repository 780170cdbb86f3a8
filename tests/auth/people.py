"""What the tests do with accounts, through pages and mails."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import Flask
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from app import db
from app.models import LoginSession, Role, User
from app.models.lookup import find_by_name
from tests.clients import CheckingClient
from tests.conftest import visitor
from tests.mail.inbox import Inbox, text_of
from tests.mail.outbox import run
from tests.pages import form_token

PASSWORD = "correct horse battery"  # noqa: S105
OTHER_PASSWORD = "staple of another kind"  # noqa: S105


def submit(client: CheckingClient, path: str, **fields: Any) -> TestResponse:
    """Open a page, or what a mailed link leads to, fill in its form, and press the button."""
    path = open_link(client, path)
    token = form_token(client.get(path).text)
    return client.post(path, data={"csrf_token": token, **fields})


def open_link(client: CheckingClient, link: str) -> str:
    """Open a mailed link, and return the address of the page that it leads to."""
    return client.get(link).location or link


def press(client: CheckingClient, path: str) -> TestResponse:
    """Press a button that stands on the settings' page."""
    token = form_token(client.get("/auth/settings").text)
    return client.post(path, data={"csrf_token": token})


def add_account(app: Flask, name: str, *, role: str = "User", password: str = PASSWORD) -> None:
    """Make an account, as one that has been registered."""
    with app.app_context():
        user = db.session.scalar(select(User).where(User.username == name)) or User(username=name)
        user.email = f"{name}@example.com"
        user.password = password
        user.role = Role.get_or_insert(role)
        user.member_since = datetime.now(UTC)
        db.session.add(user)
        db.session.commit()


def log_in(app: Flask, name: str, *, password: str = PASSWORD, **fields: Any) -> CheckingClient:
    """Return a browser in which a user is logged in."""
    client = visitor(app)
    answer = submit(client, "/auth/login", login=name, password=password, **fields)
    assert answer.status_code == 303, answer.text
    return client


def is_logged_in(client: CheckingClient) -> bool:
    return client.get("/auth/settings").status_code == 200


def administers(app: Flask, name: str) -> bool:
    """Make the account of FLASKY_ADMIN by its link, and return whether it may do everything."""
    app.config["FLASKY_ADMIN"] = f"{name}@example.com"
    command = ["user", "create", name, f"{name}@example.com"]
    link = app.test_cli_runner().invoke(args=command).output.strip()
    client = visitor(app)
    submit(client, link.removeprefix("http://127.0.0.1:5000"), password=PASSWORD)
    with app.app_context():
        user = find_by_name(name)
        return user is not None and user.is_administrator()


def link_in(app: Flask, inbox: Inbox) -> str:
    """Send the mails that wait, and return the path of the link in the newest that has one.

    "This was not me", which all news of an account have, is none of them.
    """
    run(app, "send")
    texts = " ".join(text_of(mail) for mail in inbox.mails)
    links: list[str] = re.findall(r"http://127\.0\.0\.1:5000(/auth/(?!not-me/)\S+/\S+)", texts)
    return links[-1]


def let_proof_run_out(app: Flask, minutes: int = 16) -> None:
    """Let all who are logged in have proved some minutes ago who they are, and not since."""
    with app.app_context():
        earlier = datetime.now(UTC) - timedelta(minutes=minutes)
        db.session.execute(update(LoginSession).values(proved_at=earlier))
        db.session.commit()


def prove(client: CheckingClient, page: str = "", **fields: Any) -> TestResponse:
    """Prove who it is, by the password if nothing is said, to go on to a page."""
    path = f"/auth/prove?{urlencode({'next': page})}"
    return submit(client, path, **({"current": PASSWORD} | fields))
