"""Who may keep an answer."""

import pytest
from flask import Flask

from tests.auth.people import add_account, log_in
from tests.clients import CheckingClient

JSON = {"Accept": "application/json"}


@pytest.mark.parametrize(
    ("method", "address", "headers", "status"),
    [
        ("GET", "/", {}, 200),
        ("POST", "/", {}, 400),
        ("GET", "/user/john/", {}, 404),
        ("GET", "/nowhere", {}, 404),
        ("GET", "/nowhere", JSON, 404),
        ("GET", "/static/missing.css", {}, 404),
        ("DELETE", "/", JSON, 405),
    ],
)
def test_a_page_is_for_its_visitor_alone_who_can_go_back_to_it(
    sqlite_client: CheckingClient, method: str, address: str, headers: dict[str, str], status: int
) -> None:
    answer = sqlite_client.open(address, method=method, headers=headers)
    assert answer.status_code == status
    assert answer.headers.getlist("Cache-Control") == ["private"]


def test_so_is_the_way_on_from_a_form(sqlite_client: CheckingClient) -> None:
    answer = sqlite_client.say("john", follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers.getlist("Cache-Control") == ["private"]


@pytest.mark.parametrize("address", ["/", "/auth/settings", "/admin/users", "/nowhere"])
def test_a_page_of_somebody_who_is_logged_in_is_kept_by_nobody(
    sqlite_app: Flask, address: str
) -> None:
    add_account(sqlite_app, "david", role="Administrator")
    david = log_in(sqlite_app, "david")
    assert david.get(address).headers.getlist("Cache-Control") == ["no-store"]


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("/health", "no-store"),
        ("/auth/login", "no-store"),
        ("/static/flasky.css", "no-cache"),
    ],
)
def test_what_says_itself_who_may_keep_it_is_believed(
    sqlite_client: CheckingClient, address: str, allowed: str
) -> None:
    assert sqlite_client.get(address).headers.getlist("Cache-Control") == [allowed]
