"""What programs that watch Flasky are told."""

import pytest
from flask import Flask

from app import db, sqlite_file
from app.email import send_email
from tests.clients import CheckingClient


def test_health_tells_what_the_outbox_holds(app: Flask, client: CheckingClient) -> None:
    nothing = {"waiting": 0, "notices": 0, "oldest_waiting_seconds": None, "given_up": 0}
    answer = client.get("/health")
    assert answer.json == {"status": "ok", "mail": nothing}
    assert answer.headers["Cache-Control"] == "no-store"
    with app.app_context():
        send_email("susan@example.com", "New User", "mail/new_user")
        db.session.commit()
    assert client.get("/health").json["mail"]["waiting"] == 1  # type: ignore[index]


@pytest.mark.parametrize(
    ("address", "headers"),
    [("192.0.2.1", {}), ("127.0.0.1", {"X-Forwarded-For": "192.0.2.1"})],
)
def test_whoever_asks_from_elsewhere_is_told_no_figures(
    sqlite_client: CheckingClient, address: str, headers: dict[str, str]
) -> None:
    sqlite_client.environ_base["REMOTE_ADDR"] = address
    assert sqlite_client.get("/health", headers=headers).json == {"status": "ok"}


def test_without_its_database_flasky_is_not_well(app: Flask, client: CheckingClient) -> None:
    with app.app_context():
        db.drop_all()
    for accepted in ("application/json", "text/html", "*/*"):
        answer = client.get("/health", headers={"Accept": accepted})
        assert answer.status_code == 503
        assert answer.json == {"status": "unavailable"}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_with_a_full_disk_flasky_is_not_well(
    client: CheckingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_file, "LEAST_ROOM", 2**60)
    answer = client.get("/health")
    assert (answer.status_code, answer.json) == (503, {"status": "unavailable"})
