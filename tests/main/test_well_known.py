"""What programs look for at the same address on every site."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from app import create_app
from tests.auth.people import add_account, log_in
from tests.clients import CheckingClient
from tests.conftest import visitor

SECURITY = "/.well-known/security.txt"


@pytest.mark.parametrize(
    ("setting", "contact"),
    [
        ("security@example.com", "mailto:security@example.com"),
        ("mailto:security@example.com", "mailto:security@example.com"),
        ("https://example.com/security", "https://example.com/security"),
    ],
)
def test_whoever_finds_a_weakness_is_told_where_to_report_it(
    monkeypatch: pytest.MonkeyPatch, setting: str, contact: str
) -> None:
    monkeypatch.setenv("SECURITY_CONTACT", setting)
    monkeypatch.setenv("PUBLIC_URL", "https://flasky.example.com")
    answer = create_app("testing").test_client().get(SECURITY)
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    fields = dict(re.findall(r"(?m)^([\w-]+): (.+)$", answer.text))
    expires = datetime.fromisoformat(fields.pop("Expires"))
    assert timedelta(days=30) < expires - datetime.now(UTC) < timedelta(days=365)
    assert fields == {
        "Contact": contact,
        "Preferred-Languages": "en, zh-Hans",
        "Canonical": "https://flasky.example.com/.well-known/security.txt",
    }


def test_without_a_contact_there_is_none(sqlite_client: CheckingClient) -> None:
    assert sqlite_client.get(SECURITY).status_code == 404


def test_a_password_manager_finds_where_the_password_is_changed(sqlite_app: Flask) -> None:
    add_account(sqlite_app, "susan")
    for client, status in [(log_in(sqlite_app, "susan"), 200), (visitor(sqlite_app), 303)]:
        answer = client.get("/.well-known/change-password")
        assert (answer.status_code, answer.location) == (303, "/auth/settings/password")
        assert client.get(answer.location).status_code == status
    # By that, it finds out whether a site knows what is not there.
    nowhere = "/.well-known/resource-that-should-not-exist-whose-status-code-should-not-be-200"
    assert visitor(sqlite_app).get(nowhere).status_code == 404


def test_search_engines_keep_to_what_is_for_everybody(sqlite_client: CheckingClient) -> None:
    answer = sqlite_client.get("/robots.txt")
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    closed = re.findall("(?m)^Disallow: (.+)$", answer.text)
    assert closed == ["/admin/", "/auth/"]
    sqlite_client.say("john")
    page = sqlite_client.get("/user/john").text
    assert '<meta name="robots" content="noindex">' in page  # whoever said a name wants no more
    assert "noindex" not in sqlite_client.get("/").text
    assert "noindex" not in sqlite_client.get("/board/").text
