"""What all pages keep to: the address of each is taken from the URL map, so a new one joins."""

from collections.abc import Iterator

import html5lib
import pytest
from flask import Flask
from sqlalchemy import select

from app import db
from app.accounts.links import (
    ChangeEmailLink,
    NotMeLink,
    RegisterLink,
    ResetLink,
    hash_credentials,
)
from app.models.lookup import find
from app.web.access import get_access
from tests.auth.people import OTHER_PASSWORD, add_account, log_in, submit
from tests.clients import CheckingClient
from tests.conftest import visitor
from tests.pages import form_token
from tests.passkeys.authenticator import add_passkey

# The name is the number as well, so that every address about somebody finds her.
NAME = "1"
# What the forms ask for: with their token, they would do what they are for.
FIELDS = {
    "about_me": "Flowers",
    "email": "david@example.com",
    "frequency": "never",
    "login": NAME,
    "name": "david",
    "password": OTHER_PASSWORD,
}
# These lead away, whatever is sent to them, from whoever is not in the middle of something; see
# tests/two_factor/test_second_factor.py for those who are.
NOT_NOW = {
    "auth.prove",  # whose login is a proof
    "two_factor.give_code",
    "two_factor.scan",
}

# Without a setting, or a token of `flask doctor`.
NOT_THERE = {"/.well-known/security.txt", "/doctor/echo"}

MAILED = {link.endpoint for link in (RegisterLink, ResetLink, ChangeEmailLink, NotMeLink)}


@pytest.fixture
def administrator(sqlite_app: Flask) -> CheckingClient:
    add_account(sqlite_app, NAME, role="Administrator")
    administrator = log_in(sqlite_app, NAME)
    add_passkey(administrator)
    submit(administrator, "/board/new", text="Flowers")
    token = {"name": "Flowers", "scopes": "read", "days": "90"}
    submit(administrator, "/auth/settings/tokens/new", **token)
    administrator.get("/board/")  # which notes up to where it was read, once
    return administrator


def pages(app: Flask, method: str) -> Iterator[tuple[str, str, bool]]:
    """Give every page that has this method: its name, an address, and whether it needs a login."""
    with app.test_request_context():
        user = find(NAME)
        assert user
        mailed = [
            RegisterLink("david", "david@example.com"),
            ResetLink(user.id, hash_credentials(user)),
            ChangeEmailLink(user.id, "new@example.com", hash_credentials(user)),
            NotMeLink(user.id, user.email_key or ""),
        ]
        addresses = {
            link.endpoint: link.make_url().removeprefix("http://localhost") for link in mailed
        }
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        is_page = not rule.endpoint.endswith("static") and not rule.endpoint.startswith("api.")
        if method in (rule.methods or ()) and is_page:
            access = get_access(app.view_functions[rule.endpoint])
            assert access, rule
            address = adapter.build(rule.endpoint, dict.fromkeys(rule.arguments, NAME))
            yield rule.endpoint, addresses.get(rule.endpoint, address), access.needs_login


def kept(app: Flask) -> dict[str, list[str]]:
    """Return all that is kept, but for the log, which tells of who is refused."""
    with app.app_context():
        return {
            table.name: sorted(map(str, db.session.execute(select(table))))
            for table in db.metadata.sorted_tables
            if table.name != "audit_events"
        }


def test_a_form_without_the_token_of_its_session_does_nothing(
    sqlite_app: Flask, administrator: CheckingClient
) -> None:
    another_sessions = form_token(visitor(sqlite_app).get("/auth/login").text)
    before = kept(sqlite_app)
    tried = []
    for endpoint, address, needs_login in pages(sqlite_app, "POST"):
        if endpoint == "preferences":
            continue  # it asks the browser which site has sent the form
        for token in ({}, {"csrf_token": another_sessions}):
            client = administrator if needs_login else visitor(sqlite_app)
            page = client.get(address).location if endpoint in MAILED else address
            if endpoint in NOT_NOW:
                assert client.post(page, data=FIELDS | token).status_code == 303, endpoint
                continue
            answer = client.post(page, data=FIELDS | token)
            assert answer.status_code == 400, endpoint
        tried.append(endpoint)
    assert {"main.index", "auth.login", "auth.logout", "auth.reset_password"} <= {*tried}
    assert kept(sqlite_app) == before


def test_looking_changes_nothing(sqlite_app: Flask, administrator: CheckingClient) -> None:
    before = kept(sqlite_app)
    for _, address, _ in pages(sqlite_app, "GET"):
        for client in (administrator, visitor(sqlite_app)):
            found = {404} if address in NOT_THERE else {200, 303}
            assert client.get(address).status_code in found, address
    assert kept(sqlite_app) == before


def test_every_page_that_needs_a_login_has_the_way_out(
    sqlite_app: Flask, administrator: CheckingClient
) -> None:
    shown = 0
    for _, address, needs_login in pages(sqlite_app, "GET"):
        answer = administrator.get(address)
        if needs_login and answer.status_code == 200 and answer.mimetype == "text/html":
            assert 'action="/auth/logout"' in answer.text, address
            shown += 1
    assert shown >= 5


def test_every_password_is_hidden_and_a_manager_may_fill_it_in(
    sqlite_app: Flask, administrator: CheckingClient
) -> None:
    kinds = []
    for endpoint, address, needs_login in pages(sqlite_app, "GET"):
        client = administrator if needs_login else visitor(sqlite_app)
        text = client.get(address, follow_redirects=endpoint in MAILED).text
        page = html5lib.parse(text, namespaceHTMLElements=False)
        for field in page.iter("input"):
            if {field.get("name"), field.get("type")} & {"current", "password"}:
                assert field.get("type") == "password", address
                assert "value" not in field.attrib, address
                assert not {"maxlength", "pattern", "readonly"} & field.attrib.keys(), address
                kinds.append(field.get("autocomplete"))
    assert sorted({*kinds}, key=str) == ["current-password", "new-password"]
    assert len(kinds) >= 4
