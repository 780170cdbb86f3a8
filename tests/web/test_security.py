"""The headers that every answer has."""

import pytest

from tests.clients import CheckingClient

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; "
    "frame-ancestors 'none'"
)


@pytest.mark.parametrize(
    ("method", "address"),
    [
        ("GET", "/"),
        ("POST", "/"),
        ("GET", "/nowhere"),
        ("DELETE", "/"),
        ("GET", "/static/icon.svg"),
    ],
)
def test_every_answer_has_them(sqlite_client: CheckingClient, method: str, address: str) -> None:
    headers = sqlite_client.open(address, method=method).headers
    assert headers.getlist("Content-Security-Policy") == [POLICY]
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert headers["Referrer-Policy"] == "strict-origin-when-cross-origin"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert "Strict-Transport-Security" not in headers


def test_https_stays_https(sqlite_client: CheckingClient) -> None:
    headers = sqlite_client.get("/", base_url="https://localhost").headers
    assert headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
