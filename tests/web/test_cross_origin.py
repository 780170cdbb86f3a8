"""Where a request that changes something may come from."""

import pytest
from flask import Flask

from tests.auth.people import add_account, is_logged_in, log_in
from tests.clients import CheckingClient
from tests.conftest import visitor
from tests.pages import form_token

HERE = ["same-origin", "none"]


def say_john(client: CheckingClient, headers: dict[str, str]) -> int:
    token = form_token(client.get("/").text)
    form = {"csrf_token": token, "name": "john"}
    return client.post("/", data=form, headers=headers).status_code


@pytest.mark.parametrize("site", [*HERE, "same-site", "cross-site", "", "of a later day"])
def test_a_browser_says_which_site_a_request_comes_from(
    sqlite_client: CheckingClient, site: str
) -> None:
    assert say_john(sqlite_client, {"Sec-Fetch-Site": site}) == (303 if site in HERE else 403)


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://localhost", 303),
        ("http://localhost:8080", 403),
        ("http://127.0.0.1:5000", 303),  # as PUBLIC_URL has it
        ("https://evil.example", 403),
        ("https://localhost.evil.example", 403),
        ("null", 403),
        ("http://[", 403),
        ("", 403),
    ],
)
def test_an_older_browser_says_at_least_its_origin(
    sqlite_client: CheckingClient, origin: str, status: int
) -> None:
    assert say_john(sqlite_client, {"Origin": origin}) == status


def test_reading_is_open_to_links_from_everywhere(sqlite_client: CheckingClient) -> None:
    assert sqlite_client.get("/", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200


@pytest.mark.parametrize("referer", [None, "http://[", "https://evil.example/", "\udcff"])
def test_whoever_sends_no_referer_or_any_can_log_out(
    sqlite_app: Flask, referer: str | None
) -> None:
    sqlite_app.config["SESSION_COOKIE_SECURE"] = False
    add_account(sqlite_app, "susan")
    susan = log_in(sqlite_app, "susan")
    token = form_token(susan.get("/auth/settings").text)
    headers = {"Referer": referer} if referer else {}
    answer = susan.post(
        "/auth/logout",
        data={"csrf_token": token},
        headers=headers,
        base_url="https://localhost",
    )
    assert answer.status_code == 303
    assert not is_logged_in(susan)


def test_a_visitor_with_a_referer_that_is_none_is_no_mistake_of_ours(
    sqlite_app: Flask,
) -> None:
    client = visitor(sqlite_app)
    token = form_token(client.get("/auth/login", base_url="https://localhost").text)
    answer = client.post(
        "/auth/logout",
        data={"csrf_token": token},
        headers={"Referer": "http://["},
        base_url="https://localhost",
    )
    assert answer.status_code < 500
