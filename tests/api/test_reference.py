"""The reference page: it shows the whole of the description, and what it shows works."""

import json
import shlex
from typing import NamedTuple

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app.api import tokens
from app.api.curl import make_curl
from app.api.description import PROBLEMS, get_description
from app.api.models import Scope
from app.api.operations import Operation, read_operations
from app.board import messages
from tests.auth.people import add_account, log_in
from tests.board.people import user_of
from tests.conftest import application, visitor
from tests.pages import find, links, parse, shown, text_of
from tools.described_texts import find_texts

REFERENCE = "/api"


@pytest.fixture
def operations(sqlite_app: Flask) -> list[Operation]:
    with sqlite_app.app_context():
        return list(read_operations(get_description()))


def test_every_operation_is_on_it_and_in_its_contents(
    sqlite_app: Flask, operations: list[Operation]
) -> None:
    page = visitor(sqlite_app).get(REFERENCE).text
    sections = parse(page).findall(".//section[@class='operation']")
    assert {section.get("id") for section in sections} == {each.id for each in operations}
    for operation in operations:
        section = find(page, f".//section[@id='{operation.id}']")
        assert f"{operation.method} {operation.path}" in text_of(section)
        assert f"#{operation.id}" in links(page)
        for field in [*operation.parameters, *(operation.body.fields if operation.body else ())]:
            assert field.name in text_of(section)
            assert field.description in text_of(section)


def test_each_link_within_it_leads_somewhere(sqlite_app: Flask) -> None:
    page = visitor(sqlite_app).get(REFERENCE).text
    ids = {element.get("id") for element in parse(page).iter()}
    inner = [link for link in links(page) if link and link.startswith("#")]
    assert len(inner) > len(PROBLEMS)
    assert {link.removeprefix("#") for link in inner} <= ids


def test_who_needs_a_token_for_what_is_said(sqlite_app: Flask) -> None:
    page = visitor(sqlite_app).get(REFERENCE).text
    for operation, said in [
        ("list_roles", "No token is needed."),
        ("list_messages", "A token is optional."),
        ("get_me", "Needs a token that may read."),
        ("delete_message", "Needs a token that may write."),
    ]:
        assert said in text_of(find(page, f".//section[@id='{operation}']"))


def test_chinese_readers_read_chinese(sqlite_app: Flask) -> None:
    page = visitor(sqlite_app).get(REFERENCE, headers={"Accept-Language": "zh"}).text
    with sqlite_app.app_context():
        described = {text for text in find_texts(get_description()) if " " in text}
    text = shown(page)
    assert len(described) > 60
    assert [each for each in described if " ".join(each.split()).rstrip(".") in text] == []
    assert "写一条留言" in text


def test_it_is_the_same_with_a_login_but_for_the_header(sqlite_app: Flask) -> None:
    add_account(sqlite_app, "susan")
    pages = [client.get(REFERENCE) for client in (visitor(sqlite_app), log_in(sqlite_app, "susan"))]
    mains = [text_of(find(page.text, ".//main")) for page in pages]
    assert mains[0] == mains[1]


def test_the_footer_of_every_page_leads_there(sqlite_app: Flask) -> None:
    page = visitor(sqlite_app).get("/").text
    assert find(page, f".//footer//a[@href='{REFERENCE}']").text == "API"


def test_its_addresses_are_those_of_the_site(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUBLIC_URL", "https://flasky.example.com/greeter")
    monkeypatch.setenv("SITE_NAME", "Tools & <Co>")
    with application() as app:
        client = visitor(app)
        page = client.get(REFERENCE, environ_overrides={"SCRIPT_NAME": "/greeter"}).text
        assert "curl https://flasky.example.com/greeter/api/v1/roles" in shown(page)
        form = find(page, ".//section[@id='list_roles']//form")
        assert form.get("data-path") == "/greeter/api/v1/roles"
        assert "What you can do on Tools & <Co>, your programs" in shown(page)
        assert "Flasky" not in shown(page).replace("flasky.example.com", "")


class Command(NamedTuple):
    """What a `curl` command sends."""

    method: str
    url: str
    headers: dict[str, str]
    body: str | None


def parse_curl(command: str) -> Command:
    """Read a command as a shell and curl would."""
    method, headers, body, rest = (
        "GET",
        {},
        None,
        iter(shlex.split(command.replace("\\\n", ""))[1:]),
    )
    url = ""
    for part in rest:
        if part == "-X":
            method = next(rest)
        elif part == "-H":
            name, _, value = next(rest).partition(": ")
            headers[name] = value
        elif part == "-d":
            body = next(rest)
        else:
            url = part
    return Command(method, url, headers, body)


@pytest.fixture
def token(sqlite_app: Flask) -> str:
    """Who has written the first seven messages may do what the examples do."""
    add_account(sqlite_app, "susan")
    add_account(sqlite_app, "john")
    with sqlite_app.app_context():
        john, susan = (user_of(sqlite_app, name) for name in ("john", "susan"))
        for number in range(7):
            messages.post(susan, f"Hello {number}")
        _, secret = tokens.create(john, "examples", [*Scope], None)
    return secret


def send(app: Flask, command: Command) -> TestResponse:
    path = command.url.removeprefix("http://127.0.0.1:5000")
    assert path.startswith("/api/v1/")
    return visitor(app).open(
        path, method=command.method, headers=command.headers, data=command.body
    )


def test_each_example_does_what_the_page_says(
    sqlite_app: Flask, operations: list[Operation], token: str
) -> None:
    for operation in operations:
        command = make_curl(operation, "http://127.0.0.1:5000").replace("$TOKEN", token)
        answer = send(sqlite_app, parse_curl(command))
        if operation.id in {"edit_message", "delete_message"}:
            assert answer.status_code == 403, command  # it is somebody else's
            continue
        assert str(answer.status_code) == operation.answer.status, (command, answer.text)
        for header in operation.answer.headers:
            assert header in answer.headers or header == "Link", (command, header)
        if operation.answer.name:
            assert answer.json
            assert answer.json.keys() == json.loads(operation.answer.example).keys(), command
