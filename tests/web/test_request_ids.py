"""The number of a request, which its answer, its error page and the log's lines have."""

import json
import logging
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.typing import ResponseReturnValue

from app.web.access import everybody
from app.web.log_format import JsonHandler, TextFormatter, add_request_id
from tests.clients import CheckingClient
from tests.conftest import application, visitor
from tests.pages import shown

log = logging.getLogger("app.of_a_test")


def add_views(app: Flask) -> None:
    app.config["PROPAGATE_EXCEPTIONS"] = False

    @app.route("/talk")
    @everybody
    def talk() -> ResponseReturnValue:
        log.warning("A line with\na second one, and é.")
        return {"heard": True}

    @app.route("/crash/<token>")
    @everybody
    def crash(token: str) -> ResponseReturnValue:
        raise RuntimeError(token.upper())


@pytest.fixture
def talking(monkeypatch: pytest.MonkeyPatch) -> Iterator[CheckingClient]:
    """A visitor to a site behind a proxy that numbers requests."""
    monkeypatch.setenv("TRUSTED_PROXIES", "1")
    with application() as app:
        add_views(app)
        yield visitor(app)


def test_each_request_has_a_number_of_its_own(sqlite_client: CheckingClient) -> None:
    numbers = [sqlite_client.get(path).headers["X-Request-ID"] for path in ("/", "/", "/nowhere")]
    assert len(set(numbers)) == 3


def test_strangers_do_not_choose_it(sqlite_client: CheckingClient) -> None:
    answer = sqlite_client.get("/", headers={"X-Request-ID": "chosen-by-a-stranger"})
    assert answer.headers["X-Request-ID"] != "chosen-by-a-stranger"


def test_a_proxy_chooses_it(talking: CheckingClient) -> None:
    answer = talking.get("/", headers={"X-Request-ID": "4f6c1d2e-77aa"})
    assert answer.headers["X-Request-ID"] == "4f6c1d2e-77aa"


@pytest.mark.parametrize("given", ["short", "a" * 65, 'with "quotes" in it', "tab\tin it", ""])
def test_what_is_no_number_is_replaced(talking: CheckingClient, given: str) -> None:
    answer = talking.get("/", headers={"X-Request-ID": given})
    assert answer.headers["X-Request-ID"] != given
    assert len(answer.headers["X-Request-ID"]) == 16


def test_an_error_page_quotes_it_and_the_log_has_no_path(
    talking: CheckingClient, caplog: pytest.LogCaptureFixture
) -> None:
    answer = talking.get("/crash/token-of-a-link", headers={"X-Request-ID": "4f6c1d2e-77aa"})
    assert answer.status_code == 500
    assert "please quote this number: 4f6c1d2e-77aa" in shown(answer.text)
    assert "Exception in crash [GET]" in caplog.text
    assert "token-of-a-link" not in caplog.text


def test_lines_of_json_are_whole_and_have_it(
    talking: CheckingClient, capfd: pytest.CaptureFixture[str]
) -> None:
    handler = JsonHandler()
    log.addHandler(handler)
    try:
        number = talking.get("/talk").headers["X-Request-ID"]
    finally:
        log.removeHandler(handler)
    lines = [line for line in capfd.readouterr().err.splitlines() if line.startswith("{")]
    [line] = map(json.loads, lines)
    assert line["request_id"] == number
    assert line["level"] == "WARNING"
    assert line["logger"] == "app.of_a_test"
    assert line["message"] == "A line with\na second one, and é."


def test_lines_of_text_have_it_where_there_is_a_request(
    talking: CheckingClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.handler.addFilter(add_request_id)
    try:
        number = talking.get("/talk").headers["X-Request-ID"]
        log.warning("A line of nobody's.")
    finally:
        caplog.handler.removeFilter(add_request_id)
    inside, outside = (TextFormatter().format(record) for record in caplog.records)
    assert inside.endswith(f"and é. [request {number}]")
    assert outside.endswith("WARNING in test_request_ids: A line of nobody's.")
