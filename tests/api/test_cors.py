"""Which pages of other sites browsers let use the API."""

from collections.abc import Iterator

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app import create_app
from settings import ConfigError
from tests.api.people import ME, MESSAGES, Program, add_program, post, program
from tests.conftest import application

FRIEND = "https://app.example.com"


def ask(client: Program, path: str, origin: str, method: str = "POST") -> TestResponse:
    """Ask before a request, as a browser does: without a token."""
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "authorization, content-type, idempotency-key",
        "Authorization": "",
    }
    return client.options(path, headers=headers)


def allowed(answer: TestResponse) -> str | None:
    return answer.headers.get("Access-Control-Allow-Origin")


def test_no_page_of_another_site_may_use_the_api(susan: Program) -> None:
    post(susan, "Hello!")
    for origin in (FRIEND, "null", "http://127.0.0.1:5000"):
        answer = susan.get(MESSAGES, headers={"Origin": origin})
        assert answer.status_code == 200
        assert "Access-Control" not in str(answer.headers)
        assert allowed(ask(susan, MESSAGES, origin)) is None


@pytest.fixture
def friendly(monkeypatch: pytest.MonkeyPatch) -> Iterator[Program]:
    """Susan's program, at a site that lets two others' pages in."""
    monkeypatch.setenv("API_CORS_ORIGINS", f"{FRIEND}, http://localhost:3000")
    with application() as app:
        yield add_program(app, "susan")


@pytest.mark.parametrize("path", [ME, MESSAGES, f"{MESSAGES}/1", "/api/v1/openapi.json"])
def test_a_browser_that_asks_first_is_told_what_it_may_send(friendly: Program, path: str) -> None:
    for origin in (FRIEND, "http://localhost:3000"):
        answer = ask(friendly, path, origin)
        assert answer.status_code in {200, 204}
        assert allowed(answer) == origin
        names = answer.headers["Access-Control-Allow-Headers"].lower().split(", ")
        assert {"authorization", "content-type", "idempotency-key"} <= set(names)
        methods = answer.headers["Access-Control-Allow-Methods"].split(", ")
        assert {"GET", "POST", "PUT", "PATCH", "DELETE"} <= set(methods)
        assert answer.headers["Access-Control-Max-Age"] == "600"
        assert "Origin" in answer.vary


def test_a_page_reads_answers_and_problems_alike(friendly: Program) -> None:
    headers = {"Origin": FRIEND}
    answers = [
        friendly.get(ME, headers=headers),
        friendly.get(f"{MESSAGES}/9", headers=headers),
        friendly.get("/api/v1/nothing", headers=headers),
        friendly.get(ME, headers={**headers, "Authorization": "Bearer x"}),
        friendly.post(MESSAGES, json={"text": ""}, headers=headers),
        friendly.post(MESSAGES, json={"text": "Hello!"}, headers=headers),
    ]
    assert [answer.status_code for answer in answers] == [200, 404, 404, 401, 422, 201]
    for answer in answers:
        assert allowed(answer) == FRIEND
        assert "Origin" in answer.vary
        assert "Access-Control-Allow-Credentials" not in answer.headers
        shown = answer.headers["Access-Control-Expose-Headers"].split(", ")
        assert {"ETag", "Link", "Location", "RateLimit", "Retry-After"} <= set(shown)


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "https://app.example.com.evil.example",
        "https://app.example.com:444",
        "http://app.example.com",
        "https://appxexample.com",
        "null",
        "*",
        "",
    ],
)
def test_other_sites_are_let_in_no_more_than_before(friendly: Program, origin: str) -> None:
    assert allowed(friendly.get(ME, headers={"Origin": origin})) is None
    assert allowed(ask(friendly, MESSAGES, origin)) is None


def test_a_port_that_browsers_leave_out_can_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_CORS_ORIGINS", f"{FRIEND}:443, http://localhost:80")
    with application() as app:
        susan = add_program(app, "susan")
        for origin in (FRIEND, "http://localhost"):
            assert allowed(ask(susan, MESSAGES, origin)) == origin
        assert allowed(ask(susan, MESSAGES, f"{FRIEND}:8443")) is None


def test_pages_let_no_other_site_in(friendly: Program) -> None:
    answer = friendly.get("/", headers={"Origin": FRIEND})
    assert allowed(answer) is None
    browser = friendly.application.test_client()
    assert browser.post("/", headers={"Origin": FRIEND}, data={"name": "x"}).status_code == 403


@pytest.mark.parametrize(
    "value", ["*", "app.example.com", "https://app.example.com/path", "https://*.example.com"]
)
def test_what_is_no_address_of_a_site_is_no_origin(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("API_CORS_ORIGINS", value)
    with pytest.raises(ConfigError, match="API_CORS_ORIGINS"):
        create_app("testing")


def test_a_page_of_another_site_writes_nothing_by_the_cookie(app: Flask, susan: Program) -> None:
    assert susan.token
    headers = {"Origin": FRIEND, "Sec-Fetch-Site": "cross-site"}
    answer = program(app).post(MESSAGES, json={"text": "Hello!"}, headers=headers)
    assert answer.status_code == 401
