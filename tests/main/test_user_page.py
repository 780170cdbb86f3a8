"""The page of somebody who said a name."""

from datetime import UTC, datetime
from html import unescape

import pytest
from flask import Flask

from app import db
from app.models import Role, User
from tests.clients import CheckingClient
from tests.pages import heading, shown, title


def test_it_tells_what_flasky_knows(app: Flask, client: CheckingClient) -> None:
    john = User(
        username="john",
        role=Role(name="Admin"),
        first_seen=datetime(2026, 1, 2, 3, 4, tzinfo=UTC),
        last_seen=datetime(2026, 11, 20, 21, 22, tzinfo=UTC),
        visits=7,
    )
    with app.app_context():
        db.session.add(john)
        db.session.commit()
    page = client.get("/user/john")
    assert heading(page.text) == "john"
    assert title(page.text) == "john · Flasky"
    text = shown(page.text)
    assert "Admin" in text
    assert "First seen 2 January 2026, 03:04 UTC" in text
    assert "Last seen 20 November 2026, 21:22 UTC" in text
    assert "Visits 7" in text


def test_every_spelling_leads_to_it(client: CheckingClient) -> None:
    client.say("John")
    for address in ("/user/john", "/user/JOHN", "/user/%20john%20"):
        assert heading(client.get(address).text) == "John"


@pytest.mark.parametrize("name", ["AC/DC", "/", "//x//", "a?b#c", "50 %", "日本", "...", "a/../b"])
def test_the_greeting_links_to_it(client: CheckingClient, name: str) -> None:
    greeting = client.say(name).text
    _, _, rest = greeting.partition('<a href="/user/')
    address = "/user/" + unescape(rest.partition('"')[0])
    assert heading(client.get(address).text) == name


@pytest.mark.parametrize("name", ["susan", "%00", "%E2%80%AE", "%ED%A0%80", "x" * 65, "x" * 5000])
def test_nobody_else_has_one(client: CheckingClient, name: str) -> None:
    page = client.get(f"/user/{name}")
    assert page.status_code == 404
    assert heading(page.text) == "Page not found"
