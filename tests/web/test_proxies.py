"""What Flasky believes of the proxies before it."""

import pytest
from flask import request

from app import create_app
from app.web.access import everybody


def seen(trusted: str, headers: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    """Return the scheme and the address of a visitor, as Flasky sees them."""
    monkeypatch.setenv("TRUSTED_PROXIES", trusted)
    app = create_app("testing")

    @app.route("/seen")
    @everybody
    def _seen() -> str:
        return f"{request.scheme} {request.remote_addr}"

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
