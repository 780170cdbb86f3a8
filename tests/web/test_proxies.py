"""What Flasky believes of the proxies before it."""

import logging

import pytest
from flask import request

from app import create_app
from app.client import client_address
from app.web.access import everybody


def seen(trusted: str, headers: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    """Return the scheme and the address of a visitor, as Flasky sees them."""
    monkeypatch.setenv("TRUSTED_PROXIES", trusted)
    if "Forwarded" in headers:
        monkeypatch.setenv("PROXY_HEADER", "Forwarded")
    app = create_app("testing")

    @app.route("/seen")
    @everybody
    def _seen() -> str:
        return f"{request.scheme} {client_address()}"

    answer = app.test_client().get("/seen", headers=headers)
    scheme, _, address = answer.text.partition(" ")
    assert ("Strict-Transport-Security" in answer.headers) == (scheme == "https")
    return scheme, address


HEADERS = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "9.9.9.9, 1.2.3.4"}


@pytest.mark.parametrize(
    ("trusted", "expected"),
    [("0", ("http", "127.0.0.1")), ("1", ("https", "1.2.3.4"))],
)
def test_a_proxy_is_believed_if_it_is_trusted(
    monkeypatch: pytest.MonkeyPatch, trusted: str, expected: tuple[str, str]
) -> None:
    assert seen(trusted, HEADERS, monkeypatch) == expected


def test_the_name_of_the_host_is_never_taken_from_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRUSTED_PROXIES", "1")
    app = create_app("testing")
    app.add_url_rule("/host", view_func=everybody(lambda: request.host))
    assert app.test_client().get("/host", headers={"X-Forwarded-Host": "evil"}).text == "localhost"


FORGED = {"X-Forwarded-For": "6.6.6.6", "X-Forwarded-Proto": "ftp"}


@pytest.mark.parametrize(
    ("trusted", "forwarded", "expected"),
    [
        ("1", "for=1.2.3.4;proto=https", ("https", "1.2.3.4")),
        ("1", "for=6.6.6.6;proto=http, for=1.2.3.4;proto=https", ("https", "1.2.3.4")),
        ("1", 'for=6.6.6.6;by="x, For="[2001:db8::1]:4711"; Proto=https', ("https", "2001:db8::1")),
        ("1", "for=_hidden;proto=https;host=evil", ("https", "unknown")),
        ("1", ";;=;for;", ("http", "127.0.0.1")),
        ("2", "for=6.6.6.6, for=1.2.3.4;proto=https, for=10.0.0.1", ("https", "1.2.3.4")),
        ("2", "for=6.6.6.6", ("http", "127.0.0.1")),
        ("0", "for=6.6.6.6;proto=https", ("http", "127.0.0.1")),
    ],
)
def test_where_forwarded_is_the_header_nothing_else_is_believed(
    monkeypatch: pytest.MonkeyPatch, trusted: str, forwarded: str, expected: tuple[str, str]
) -> None:
    assert seen(trusted, FORGED | {"Forwarded": forwarded}, monkeypatch) == expected


def test_where_it_is_not_forwarded_is_worth_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROXY_HEADER", "X-Forwarded-For")
    monkeypatch.setenv("TRUSTED_PROXIES", "1")
    app = create_app("testing")
    app.add_url_rule("/who", view_func=everybody(client_address))
    headers = {"Forwarded": "for=6.6.6.6", "X-Forwarded-For": "1.2.3.4"}
    assert app.test_client().get("/who", headers=headers).text == "1.2.3.4"


@pytest.mark.parametrize(
    ("header", "lacking", "complete"),
    [
        (
            "X-Forwarded-Proto",
            {"X-Forwarded-For": "1.2.3.4"},
            {"X-Forwarded-For": "1.2.3.4", "X-Forwarded-Proto": "https"},
        ),
        ("Forwarded", {"Forwarded": "for=1.2.3.4"}, {"Forwarded": "for=1.2.3.4;proto=https"}),
    ],
)
def test_a_proxy_that_does_not_say_https_is_told_of_once(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    header: str,
    lacking: dict[str, str],
    complete: dict[str, str],
) -> None:
    monkeypatch.setenv("TRUSTED_PROXIES", "1")
    monkeypatch.setenv("PUBLIC_URL", "https://localhost")
    monkeypatch.setenv("PROXY_HEADER", header.replace("Proto", "For"))
    client = create_app("testing").test_client()
    with caplog.at_level(logging.WARNING):
        client.get("/robots.txt", headers=complete)
        client.get("/robots.txt")  # a program on this machine that asks past the proxy
        assert caplog.messages == []
        for _ in range(3):
            client.get("/robots.txt", headers=lacking)
    [message] = caplog.messages
    assert f"let it set {header} " in message
