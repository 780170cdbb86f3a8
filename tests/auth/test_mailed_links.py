"""What a mailed link leaves behind: a page whose address opens nothing without the browser."""

import pytest
from flask import Flask
from sqlalchemy import select

from app import db
from app.auth.mailed_links import LINKS
from app.models import User
from tests.auth.people import (
    OTHER_PASSWORD,
    PASSWORD,
    add_account,
    link_in,
    log_in,
    open_link,
    submit,
)
from tests.clients import CheckingClient
from tests.conftest import visitor
from tests.mail.inbox import Inbox
from tests.pages import form_token, heading, shown

OPEN_AGAIN = "Please open the link again"


def ask(app: Flask, inbox: Inbox, kind: str, name: str = "susan") -> str:
    """Return the link that somebody is mailed."""
    if kind == "register":
        submit(visitor(app), "/auth/register", name=name, email=f"{name}@example.com")
    elif kind == "reset":
        add_account(app, name)
        submit(visitor(app), "/auth/reset", email=f"{name}@example.com")
    else:
        add_account(app, name)
        new = {"email": f"{name}@flower.example", "current": PASSWORD}
        submit(log_in(app, name), "/auth/settings/email", **new)
    return link_in(app, inbox)


@pytest.mark.parametrize("kind", ["register", "reset", "change-email"])
def test_the_page_of_a_link_has_no_token_in_its_address(
    app: Flask, inbox: Inbox, kind: str
) -> None:
    client = visitor(app)
    link = ask(app, inbox, kind)
    token = link.rpartition("/")[2]
    answer = client.get(link)
    assert answer.status_code == 303
    page = answer.location
    assert page.startswith(f"/auth/{kind}/link/")
    assert token not in page
    assert token not in client.get(page).text
    sent = client.post(page, data={"csrf_token": form_token(client.get(page).text)})
    assert token not in (sent.location or "")
    assert sent.headers["Cache-Control"] == answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("kind", ["register", "reset", "change-email"])
def test_that_address_opens_nothing_in_another_browser(
    sqlite_app: Flask, inbox: Inbox, kind: str
) -> None:
    page = open_link(visitor(sqlite_app), ask(sqlite_app, inbox, kind))
    other = visitor(sqlite_app)
    for answer in (other.get(page), other.post(page, data={"password": OTHER_PASSWORD})):
        assert answer.status_code == 400
        assert heading(answer.text) == OPEN_AGAIN


def test_a_browser_without_cookies_is_told_so_and_not_sent_round(
    sqlite_app: Flask, inbox: Inbox
) -> None:
    link = ask(sqlite_app, inbox, "register")
    without_cookies = sqlite_app.test_client(use_cookies=False)
    answer = without_cookies.get(link, follow_redirects=True)
    assert answer.status_code == 400
    assert "your browser does not accept cookies" in shown(answer.text)
    assert len(answer.history) == 1


def test_each_of_two_tabs_does_what_it_shows(app: Flask, inbox: Inbox) -> None:
    client = visitor(app)
    pages = [open_link(client, ask(app, inbox, "reset", name)) for name in ("susan", "david")]
    for name, page in zip(("susan", "david"), pages, strict=True):
        assert f'value="{name}"' in client.get(page).text
    for number, page in enumerate(pages):
        answer = submit(client, page, password=f"{OTHER_PASSWORD} {number}")
        assert answer.location == "/auth/login"
    for number, name in enumerate(("susan", "david")):
        log_in(app, name, password=f"{OTHER_PASSWORD} {number}")


def test_many_links_fit_into_a_cookie_and_the_newest_is_good(
    sqlite_app: Flask, inbox: Inbox
) -> None:
    client = visitor(sqlite_app)
    names = [
        "".join(chr(0x4E00 + 97 * number + place) for place in range(64)) for number in range(9)
    ]
    domain = ".".join(["x" * 60, "y" * 60, "z" * 60, "example"])
    for name in names:
        address = f"{'w' * 60}@{domain}"
        submit(visitor(sqlite_app), "/auth/register", name=name, email=address)
        sqlite_app.extensions["limiter"].storage.reset()
        page = open_link(client, link_in(sqlite_app, inbox))
    cookie = client.get_cookie("session")
    assert cookie
    assert len(cookie.value) < 4000
    assert submit(client, page, password=PASSWORD).status_code == 303
    with sqlite_app.app_context():
        assert [user.username for user in db.session.scalars(select(User))] == [names[-1]]


def test_a_link_that_is_dead_says_so_at_once_and_is_not_kept(
    sqlite_client: CheckingClient,
) -> None:
    answer = sqlite_client.get("/auth/reset/nothing")
    assert answer.status_code == 410
    with sqlite_client.session_transaction() as session:
        assert LINKS not in session


def test_a_page_that_was_open_when_its_link_died_says_so(app: Flask, inbox: Inbox) -> None:
    first, second = visitor(app), visitor(app)
    link = ask(app, inbox, "reset")
    page = open_link(first, link)
    token = form_token(first.get(page).text)
    submit(second, link, password=OTHER_PASSWORD)
    answers = first.get(page), first.post(page, data={"csrf_token": token, "password": PASSWORD})
    for answer in answers:
        assert answer.status_code == 410
        assert heading(answer.text) == "This link is no longer valid"
    log_in(app, "susan", password=OTHER_PASSWORD)
