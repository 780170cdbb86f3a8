"""What programs that watch Flasky are told: whether it is alive, and whether it is ready."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import text, update

from app import db, sqlite_file
from app.email import send_email
from app.models import OutgoingMail
from app.watching.revision import read_revisions
from tests.clients import CheckingClient
from tests.conftest import visitor

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def write_history(app: Flask, number: str) -> None:
    """Let the database be at a revision."""
    with app.app_context():
        db.session.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32))"))
        db.session.execute(text("INSERT INTO alembic_version VALUES (:number)"), {"number": number})
        db.session.commit()


def test_a_site_that_is_ready_says_so_and_has_figures(app: Flask, client: CheckingClient) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    nothing = {
        "waiting": 0,
        "notices": 0,
        "oldest_waiting_seconds": None,
        "given_up": 0,
        "overdue_seconds": 0,
    }
    assert answer.json
    assert answer.json["status"] == "ok"
    assert answer.json["mail"] == nothing
    with app.app_context():
        send_email("susan@example.com", "New User", "mail/new_user")
        db.session.commit()
    assert client.get("/readyz").json["mail"]["waiting"] == 1  # type: ignore[index]


def test_it_is_ready_at_its_former_address_as_well(sqlite_client: CheckingClient) -> None:
    assert sqlite_client.get("/health").json == sqlite_client.get("/readyz").json


@pytest.mark.parametrize(
    ("address", "headers"),
    [("192.0.2.1", {}), ("127.0.0.1", {"X-Forwarded-For": "192.0.2.1"})],
)
def test_whoever_asks_from_elsewhere_is_told_a_word_alone(
    sqlite_app: Flask, address: str, headers: dict[str, str]
) -> None:
    client = visitor(sqlite_app)
    client.environ_base["REMOTE_ADDR"] = address
    assert client.get("/readyz", headers=headers).json == {"status": "ok"}
    with sqlite_app.app_context():
        db.drop_all()
    assert client.get("/readyz", headers=headers).json == {"status": "unavailable"}


def test_without_its_database_flasky_is_alive_and_not_ready(
    app: Flask, client: CheckingClient
) -> None:
    with app.app_context():
        db.drop_all()
    for accepted in ("application/json", "text/html", "*/*"):
        answer = client.get("/readyz", headers={"Accept": accepted})
        assert answer.status_code == 503
        assert answer.json
        assert answer.json["status"] == "unavailable"
        assert "flask db upgrade" in answer.json["problem"]
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json) == (200, {"status": "ok"})


def test_to_tell_that_it_is_alive_asks_no_database_and_sets_no_cookie(
    sqlite_app: Flask, sqlite_client: CheckingClient
) -> None:
    sqlite_client.say("john")  # who has a session from now on
    with sqlite_app.app_context():
        db.engine.pool.dispose()
        sent: list[str] = []
        db.event.listen(db.engine, "do_connect", lambda *_: sent.append("a connection"))
    answer = sqlite_client.get("/healthz")
    assert answer.json == {"status": "ok"}
    assert "Set-Cookie" not in answer.headers
    assert sent == []


@on_sqlite
def test_with_a_full_disk_flasky_is_not_ready(
    client: CheckingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_file, "LEAST_ROOM", 2**60)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json == {"status": "unavailable", "problem": "the disk of the database is full"}


@on_sqlite
@pytest.mark.parametrize(
    ("number", "status"), [("bb5345982b16", 503), ("the head", 200), ("000000000000", 200)]
)
def test_a_database_behind_the_code_is_not_ready_and_one_ahead_of_it_is(
    app: Flask, client: CheckingClient, number: str, status: int
) -> None:
    [head] = read_revisions()[0]
    write_history(app, head if number == "the head" else number)
    answer = client.get("/readyz")
    assert answer.status_code == status
    if status == 503:
        assert "run `flask db upgrade`" in answer.json["problem"]  # type: ignore[index]


def test_a_mail_that_no_worker_takes_is_told_and_ends_no_site(
    app: Flask, client: CheckingClient
) -> None:
    with app.app_context():
        send_email("susan@example.com", "New User", "mail/new_user")
        db.session.commit()
        for minutes, status in ((5, "ok"), (15, "degraded")):
            due = datetime.now(UTC) - timedelta(minutes=minutes)
            db.session.execute(update(OutgoingMail).values(due=due))
            db.session.commit()
            answer = client.get("/readyz")
            assert answer.status_code == 200
            assert answer.json
            assert answer.json["status"] == status
            assert answer.json["mail"]["overdue_seconds"] >= minutes * 60
