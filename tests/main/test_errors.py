"""What is answered when something fails."""

import json
import logging
import time

import pytest
from flask import Flask, abort, redirect
from flask.typing import ResponseReturnValue
from sqlalchemy import delete, func, select, text
from werkzeug.exceptions import MethodNotAllowed, TooManyRequests

from app import create_app, db
from app.models import User
from app.web.access import everybody
from tests.clients import CheckingClient
from tests.conftest import visitor
from tests.pages import form_token, heading, links, shown, title

# The words of the HTTP standard, for programs, and ours, for people.
STATUSES = {
    400: ("Bad Request", "Request not understood"),
    403: ("Forbidden", "Not allowed"),
    404: ("Not Found", "Page not found"),
    405: ("Method Not Allowed", "Not possible here"),
    409: ("Conflict", "This has changed"),
    413: ("Request Entity Too Large", "That is too large"),
    422: ("Unprocessable Entity", "Not accepted"),
    429: ("Too Many Requests", "Too many requests"),
    500: ("Internal Server Error", "Something went wrong"),
    503: ("Service Unavailable", "Not available right now"),
}


@pytest.fixture
def failing_app(app: Flask) -> Flask:
    """An application with addresses that fail."""
    # In tests, Flask would pass the exception on to us instead of answering.
    app.config["PROPAGATE_EXCEPTIONS"] = False

    @app.route("/abort/<int:status>", methods=["GET", "POST"])
    @everybody
    def _abort(status: int) -> ResponseReturnValue:
        abort(status)

    @app.route("/teapot")
    @everybody
    def _teapot() -> ResponseReturnValue:
        abort(418)

    @app.route("/crash")
    @everybody
    def _crash() -> ResponseReturnValue:
        db.session.add(User(username="half done"))
        db.session.flush()
        raise RuntimeError("the secret of the day")

    @app.route("/wrong-sql")
    @everybody
    def _wrong_sql() -> ResponseReturnValue:
        db.session.execute(text("SELEKT 1"))
        return "never"

    @app.route("/too-late")
    @everybody
    def _too_late() -> ResponseReturnValue:
        user = db.session.scalars(select(User)).one()
        with db.engine.begin() as other:
            other.execute(delete(User))
        user.about_me = "Flowers"
        db.session.commit()
        return "never"

    @app.route("/wait")
    @everybody
    def _wait() -> ResponseReturnValue:
        raise TooManyRequests(retry_after=7)

    @app.route("/response")
    @everybody
    def _response() -> ResponseReturnValue:
        abort(404, response=redirect("/elsewhere"))

    return app


@pytest.fixture
def failing(failing_app: Flask) -> CheckingClient:
    return visitor(failing_app)


@pytest.mark.parametrize("status", STATUSES)
def test_a_failure_has_a_page(failing: CheckingClient, status: int) -> None:
    _, name = STATUSES[status]
    page = failing.get(f"/abort/{status}")
    assert page.status_code == status
    assert heading(page.text) == name
    assert title(page.text) == f"{name} · Flasky"
    assert "Go to the home page" in shown(page.text)
    assert str(status) in shown(page.text)
    assert page.headers["Vary"] == "Accept, Accept-Language, Cookie"


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("accept", ["application/json", "application/problem+json"])
def test_a_program_gets_problem_details(failing: CheckingClient, status: int, accept: str) -> None:
    answer = failing.get(f"/abort/{status}", headers={"Accept": accept})
    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"
    problem = json.loads(answer.text)
    assert problem["type"] == "about:blank"
    assert problem["title"] == STATUSES[status][0]
    assert problem["status"] == status
    assert problem["detail"].endswith(".")
    assert "Accept" in answer.headers["Vary"]


def test_who_changes_what_is_gone_is_told(failing: CheckingClient) -> None:
    failing.say("john")
    answer = failing.get("/too-late")
    assert answer.status_code == 409
    assert "Someone else has changed or deleted this." in shown(answer.text)


@pytest.mark.parametrize("accept", ["*/*", "text/html,application/json;q=0.9", "image/png", ""])
def test_everybody_else_gets_the_page(failing: CheckingClient, accept: str) -> None:
    assert failing.get("/abort/404", headers={"Accept": accept}).mimetype == "text/html"


def test_an_error_without_words_of_its_own_has_those_of_its_kind(failing: CheckingClient) -> None:
    page = failing.get("/teapot")
    assert page.status_code == 418
    assert "418" in shown(page.text)
    assert heading(page.text) == "Request not understood"
    assert heading(failing.get("/abort/501").text) == "Something went wrong"


def test_what_the_client_must_know_stays_in_the_headers(failing: CheckingClient) -> None:
    assert failing.get("/wait").headers["Retry-After"] == "7"
    assert set(failing.delete("/").headers["Allow"].split(", ")) == {
        "GET", "HEAD", "OPTIONS", "POST",
    }  # fmt: skip
    assert MethodNotAllowed.code == 405


@pytest.mark.parametrize("status", STATUSES)
def test_what_may_pass_can_be_tried_again_where_that_repeats_nothing(
    failing: CheckingClient, status: int
) -> None:
    again = [""] if status in {429, 500, 503} else []
    assert links(failing.get(f"/abort/{status}").text) == [*again, "/"]
    data = {"csrf_token": form_token(failing.get("/").text)}
    answer = failing.post(f"/abort/{status}", data=data)
    assert (answer.status_code, links(answer.text)) == (status, ["/"])


def test_an_aborted_response_stays_as_it_is(failing: CheckingClient) -> None:
    assert failing.get("/response").location == "/elsewhere"


def test_a_crash_tells_nothing_and_leaves_nothing_half_done(
    failing_app: Flask, failing: CheckingClient, caplog: pytest.LogCaptureFixture
) -> None:
    page = failing.get("/crash")
    assert page.status_code == 500
    assert heading(page.text) == "Something went wrong"
    assert "secret" not in page.text
    assert "the secret of the day" in caplog.text
    with failing_app.app_context():
        assert db.session.scalar(select(func.count(User.id))) == 0
    assert heading(failing.say("john").text) == "Hello, john!"


def test_wrong_sql_is_a_fault_of_ours(failing: CheckingClient) -> None:
    assert failing.get("/wrong-sql").status_code == 500


def test_more_than_flasky_takes_is_answered_413(client: CheckingClient) -> None:
    page = client.post("/", data={"name": "x" * 2_000_000})
    assert page.status_code == 413
    assert heading(page.text) == "That is too large"


def test_too_many_parts_are_answered_413(client: CheckingClient) -> None:
    page = client.post(
        "/",
        data={f"part {number}": "x" for number in range(101)},
        content_type="multipart/form-data",
    )
    assert page.status_code == 413


def test_without_its_tables_flasky_says_what_to_run(
    app: Flask, client: CheckingClient, caplog: pytest.LogCaptureFixture
) -> None:
    with app.app_context():
        db.drop_all()
    page = client.say("john")
    assert page.status_code == 503
    assert page.headers["Retry-After"] == "10"
    assert "run `flask db upgrade`" in caplog.text
    with app.app_context():
        db.create_all()
    assert heading(client.say("john").text) == "Hello, john!"


def test_a_host_that_is_not_trusted_gets_a_page_too(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("TRUSTED_HOSTS", "flasky.example.com,.example.org")
    app = create_app("testing")
    app.test_client_class = CheckingClient
    client = visitor(app)
    for host in ("flasky.example.com", "example.org", "www.example.org"):
        assert client.get("/", base_url=f"http://{host}").status_code == 200
    page = client.get("/", base_url="http://evil.example")
    assert page.status_code == 400
    assert heading(page.text) == "Request not understood"
    assert "evil" not in page.text
    assert "The host 'evil.example' is not one of TRUSTED_HOSTS." in caplog.text


def test_a_host_that_is_not_trusted_spoils_no_page_of_a_site_below_a_path(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TRUSTED_HOSTS", "flasky.example.com")
    app = create_app("testing")
    for host in ("evil.example", "flasky.example.com"):
        page = app.test_client().get("/nowhere", base_url=f"http://{host}/site").text
        assert page.count('href="/site/"') == 3
        assert 'action="/site/preferences"' in page


def test_the_log_names_the_failure_once(
    failing: CheckingClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        failing.get("/crash")
    assert len([record for record in caplog.records if record.exc_info]) == 1


def test_what_a_client_accepts_is_read_up_to_a_length(sqlite_client: CheckingClient) -> None:
    header = ",".join(f"a/{number};q=0.{number}" for number in range(15_000))  # 250 kB
    begin = time.thread_time()
    answer = sqlite_client.get("/nowhere", headers={"Accept": f"{header},application/json"})
    assert time.thread_time() - begin < 0.2  # seconds of this process: parsing all took longer
    assert answer.mimetype == "text/html"
