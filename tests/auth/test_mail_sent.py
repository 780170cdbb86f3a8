"""The page that says where a mail went."""

import pytest
from flask import Flask

from tests.auth.people import add_account, log_in, submit
from tests.conftest import visitor
from tests.pages import links, shown

PATH = "/auth/mail-sent"


@pytest.mark.parametrize(
    ("path", "fields"),
    [("/auth/register", {"name": "susan"}), ("/auth/reset", {})],
)
def test_it_names_the_address_and_the_way_to_ask_again(
    sqlite_app: Flask, path: str, fields: dict[str, str]
) -> None:
    client = visitor(sqlite_app)
    answer = submit(client, path, email="Susan@Example.com", **fields)
    assert answer.location == PATH
    page = client.get(PATH).text
    assert "We have sent an email to Susan@example.com." in shown(page)
    assert links(page) == [path, "/"]
    again = client.get(PATH).text  # perhaps by somebody else
    assert "example.com" not in again
    assert links(again) == [path, "/"]


def test_it_names_the_new_address_of_an_account_once(sqlite_app: Flask) -> None:
    add_account(sqlite_app, "susan")
    susan = log_in(sqlite_app, "susan")
    path = "/auth/settings/email"
    submit(susan, path, email="susan@flower.example")
    page = susan.get(PATH).text
    assert "We have sent an email to susan@flower.example." in shown(page)
    assert links(page) == [path, "/"]
    assert "flower.example" not in susan.get(PATH).text


def test_whoever_has_asked_for_nothing_reads_what_it_is_about(sqlite_app: Flask) -> None:
    page = visitor(sqlite_app).get(PATH).text
    assert "We have sent you an email that tells you what to do next." in shown(page)
    assert links(page) == ["/auth/reset", "/"]


def test_who_has_asked_for_no_mail_gets_no_cookie(sqlite_app: Flask) -> None:
    answer = visitor(sqlite_app).get(PATH)
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
