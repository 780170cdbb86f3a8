"""The lines that the log of a site has for each request, and for statements that were slow."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app import create_app, db
from tests.auth.people import add_account, log_in
from tests.clients import CheckingClient
from tests.commands import run
from tests.conftest import application, visitor


@pytest.fixture
def logging_app(monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """An application that writes a line for each request."""
    monkeypatch.setenv("LOG_REQUESTS", "true")
    with application() as app:
        yield app


def lines_of(caplog: pytest.LogCaptureFixture, logger: str = "request_log") -> list[dict[str, Any]]:
    return [vars(record) for record in caplog.records if record.name.endswith(logger)]


def test_each_request_has_a_line_that_names_the_view(
    logging_app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    client = visitor(logging_app)
    client.environ_base["REMOTE_ADDR"] = "192.0.2.7"
    client.say("john", follow_redirects=False)
    number = client.get("/user/john").headers["X-Request-ID"]
    _page, said, line = lines_of(caplog)
    assert (said["method"], said["endpoint"], said["status"]) == ("POST", "main.index", 303)
    assert line["message"].startswith("GET main.user 200 in ")
    assert line["request_id"] == number
    assert line["address"] == "192.0.2.7"
    assert line["user"] is None
    assert line["queries"] >= 1
    assert 0 < line["query_ms"] <= line["ms"]


def test_a_line_has_the_number_of_who_is_logged_in_and_no_name(
    logging_app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    add_account(logging_app, "susan")
    client = log_in(logging_app, "susan")
    caplog.clear()
    client.get("/auth/settings")
    [line] = lines_of(caplog)
    assert (line["endpoint"], line["user"]) == ("auth.settings", 1)
    assert "susan" not in str(line).lower()


def test_no_line_has_what_somebody_typed(
    logging_app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    client = visitor(logging_app)
    client.get("/auth/register/token-of-a-link?next=john@example.com")
    client.get("/nowhere\n{forged}", headers={"User-Agent": "forged"})
    client.open("/", method="FORGED")
    client.get("/", environ_overrides={"REMOTE_ADDR": "forged\n192.0.2.1"})
    lines = lines_of(caplog)
    assert lines[1]["endpoint"] == "nowhere"
    assert lines[2]["method"] == "other"
    assert lines[3]["address"] == "unknown"
    for line in lines:
        for typed in ("token-of", "john@", "forged", "FORGED", "\n"):
            assert typed not in str(line)


def test_what_asks_whether_the_site_is_well_is_in_the_log_if_it_is_not(
    logging_app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    client = visitor(logging_app)
    client.get("/healthz")
    client.get("/readyz")
    assert lines_of(caplog) == []
    with logging_app.app_context():
        db.drop_all()
    client.get("/readyz")
    assert [line["status"] for line in lines_of(caplog)] == [503]


def test_a_slow_statement_is_told_with_its_place_and_without_its_values(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("SLOW_QUERY_MS", "0")
    with application() as app:
        visitor(app).say("john")
        caplog.clear()
        visitor(app).get("/user/john")
    line, *_of_the_board = lines_of(caplog, "watching.queries")
    assert line["message"].startswith("Slow query: ")
    assert "app/models/lookup.py:" in line["place"]
    assert "SELECT users" in line["message"]
    assert "john" not in line["message"]


def test_a_statement_that_is_not_slow_is_not_told(
    sqlite_client: CheckingClient, caplog: pytest.LogCaptureFixture
) -> None:
    sqlite_client.say("john")
    assert lines_of(caplog, "watching.queries") == []


PRODUCTION = {
    "FLASK_CONFIG": "production",
    "SECRET_KEY": "one secret key for all processes",
    "TRUSTED_HOSTS": "127.0.0.1",
}


def test_what_a_site_writes_is_json_line_by_line(tmp_path: Path) -> None:
    settings = PRODUCTION | {"DATABASE_URL": f"sqlite:///{tmp_path}/data.sqlite"}
    answer = run("-m", "flask", "db", "upgrade", **settings)
    assert answer.returncode == 0
    lines = [json.loads(line) for line in answer.stderr.splitlines()]
    assert {"alembic.runtime.migration"} <= {line["logger"] for line in lines}


def test_a_terminal_has_text_and_programs_have_json(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in PRODUCTION.items():
        monkeypatch.setenv(name, value)
    for is_terminal, expected in ((True, "text"), (False, "json")):
        monkeypatch.setattr(sys.stderr, "isatty", lambda answer=is_terminal: answer)
        assert create_app("production").config["LOG_FORMAT"] == expected
    assert create_app("production").config["LOG_REQUESTS"] is True
    create_app("testing")  # whose log is no JSON: the other tests' are not
