"""What the Nu HTML checker says of pages, styles and icons."""

import json
import subprocess
from itertools import product
from pathlib import Path

from flask import Flask
from sqlalchemy import update
from werkzeug.test import TestResponse

from app import db
from app.email import send_email
from app.models import OutgoingMail, User
from app.web.paging import ROWS_ON_A_PAGE
from tests.auth.people import PASSWORD, add_account, submit
from tests.clients import CheckingClient
from tests.conftest import visitor
from tests.judges import api, board, two_factor
from tests.judges.conftest import program
from tests.judges.pages import PATHS

ROOT = Path(__file__).resolve().parent.parent.parent
STATIC = ROOT / "app/static"


def pages(client: CheckingClient) -> list[TestResponse]:
    """Return every page that needs no login, in every state."""
    return [
        client.get("/"),
        client.post("/", data={"name": "john"}),
        client.say("x" * 65),
        client.say("john"),
        client.say("john"),
        client.say("<محمد>"),
        client.get("/user/john"),
        client.get("/user/anna"),
        *map(client.get, PATHS["nobody"]),
        client.get("/nowhere"),
        client.delete("/"),
        client.post("/", data={"name": "x" * 200_000}),
        client.get("/auth/login"),
        submit(client, "/auth/login", login="david", password="wrong"),
        submit(client, "/auth/register", name="", email="<nobody>"),
        submit(client, "/auth/reset", email="<nobody>"),
        client.get("/auth/mail-sent"),
        client.get("/auth/register/nothing"),
        client.get("/auth/register/link/nothing"),
    ]


def pages_of_an_administrator(client: CheckingClient) -> list[TestResponse]:
    """Return every page that needs a login."""
    return [
        client.get(page)
        for page in (
            *PATHS["david"],
            *board.SEARCHES,
            "/admin/users/2",
            "/admin/users/2/disable",
            "/admin/users?q=nobody",
            "/admin/log?user=%3Cnobody%3E",
            "/admin/mails?state=sent",
        )
    ]


def browser(app: Flask, language: str, theme: str) -> CheckingClient:
    client = visitor(app)
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = language
    client.post("/preferences", data={"theme": theme})
    return client


def fill(app: Flask) -> None:
    """Let there be something to look at: users for two pages, a mail that was given up, events."""
    add_account(app, "david", role="Administrator")
    add_account(app, "susan")
    with app.app_context():
        for number in range(ROWS_ON_A_PAGE):
            db.session.add(User(username=f"visitor {number}"))
        send_email("susan@example.com", "New User", "mail/new_user", username="<john>")
        db.session.commit()
        given_up = update(OutgoingMail).values(due=None, error="550 5.1.1 <nobody>", tries=1)
        db.session.execute(given_up)
        db.session.commit()
    board.fill(app)
    api.fill(app)
    two_factor.fill(app)


def test_nu_finds_nothing(judges: Path, sqlite_app: Flask, tmp_path: Path) -> None:
    fill(sqlite_app)
    seen = 0
    for language, theme in product(("en", "zh"), ("dark", "system")):
        sqlite_app.extensions["limiter"].storage.reset()
        client = browser(sqlite_app, language, theme)
        found = pages(client)
        submit(client, "/auth/login", login="david", password=PASSWORD)
        found += pages_of_an_administrator(client)
        found += api.pages_of_a_token(client)
        guest = browser(sqlite_app, language, theme)
        found += two_factor.pages_of_a_second_factor(guest, f"{language}-{theme}")
        for page in found:
            if page.status_code == 303:
                continue  # it leads to another one of these
            seen += 1
            (tmp_path / f"{seen}.html").write_text(page.text)
    checker = judges / "vnu-jar/build/dist/vnu.jar"
    files = sorted(
        map(str, [*tmp_path.glob("*.html"), *STATIC.glob("*.css"), *STATIC.glob("*.svg")])
    )
    run = subprocess.run(
        [program("java"), "-jar", str(checker), "--format", "json", "--exit-zero-always",
         "--also-check-css", "--also-check-svg", *files],
        capture_output=True,
        check=True,
        text=True,
    )  # fmt: skip
    assert seen > 4 * 40
    assert len(files) > seen
    assert json.loads(run.stderr)["messages"] == []
