"""Whatever goes wrong below /api/ is told as a problem, with its headers; pages stay pages."""

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app import create_app, db
from app.api import messages
from tests.api.people import ME, MESSAGES, Program, add_program, errors, post, program
from tests.clients import CheckingClient
from tests.conftest import application, visitor
from tests.pages import heading
from tests.server.test_database_down import Wire, on_a_server, wire

__all__ = ["wire"]  # pytest finds it here

USERS = "/api/v1/users"


def detail(answer: TestResponse) -> str:
    text: str = answer.get_json()["detail"]
    return text


@pytest.mark.parametrize(
    "path",
    [
        "/api/",
        "/api/v1",
        "/api/v1/",
        "/api/v1/nothing",
        "/api/v2/messages",
        "/api/v1/messages/",
        "/api/v1/messages/0",
        "/api/v1/messages/-1",
        "/api/v1/messages/x",
        "/api/v1/messages/99999999999999999999",
        "/api/v1/messages/4294967296",
        "/api/v1/messages/" + "9" * 5000,
        "/api/v1/messages/%EF%BC%91",
        "/api/v1/messages/1",
        "/api/v1/users/1000",
        "/api/v1/%ff",
        "/api/v1/%00",
    ],
)
def test_what_is_not_there_is_a_problem(app: Flask, path: str) -> None:
    answer = program(app).get(path)
    assert answer.status_code == 404
    assert answer.get_json()["title"] == "Not Found"
    assert program(app).head(path).status_code == 404


def test_a_page_that_is_not_there_is_a_page(client: CheckingClient) -> None:
    for path in ("/nothing", "/apis/v1", "/board/99"):
        assert heading(client.get(path).text) == "Page not found"


def test_a_number_that_is_too_large_is_not_there_by_any_method(susan: Program) -> None:
    path = f"{MESSAGES}/4294967296"
    assert susan.delete(path).status_code == 404
    assert susan.delete(f"{path}/favourite").status_code == 404
    assert susan.post(f"{path}/reports", json={"reason": "Spam"}).status_code == 404


def test_a_method_that_is_none_names_those_that_are(app: Flask) -> None:
    for method, path, allowed in [
        ("DELETE", USERS, {"GET", "HEAD", "OPTIONS"}),
        ("POST", ME, {"GET", "HEAD", "OPTIONS"}),
        ("PUT", MESSAGES, {"GET", "HEAD", "OPTIONS", "POST"}),
        ("BREW", f"{MESSAGES}/1", {"GET", "HEAD", "OPTIONS", "PATCH", "DELETE"}),
        ("GET", f"{MESSAGES}/1/reports", {"POST", "OPTIONS"}),
    ]:
        answer = program(app).open(path, method=method)
        assert answer.status_code == 405, path
        assert set(answer.headers["Allow"].split(", ")) == allowed


def test_whoever_asks_is_told_what_a_program_may_do_where(app: Flask) -> None:
    answer = program(app).options(MESSAGES)
    assert answer.status_code == 200
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}


@pytest.mark.parametrize(
    "kind", ["", "text/plain", "application/x-www-form-urlencoded", "application/xml"]
)
def test_a_body_that_is_no_json_is_refused(susan: Program, kind: str) -> None:
    answer = susan.post(MESSAGES, data='{"text": "Hello!"}', content_type=kind)
    assert answer.status_code == 415
    assert "application/json" in detail(answer)
    kinds = ["application/json", "application/json; charset=utf-8", "APPLICATION/JSON"]
    for number, right in enumerate(kinds):
        text = f'{{"text": "Hello {number}!"}}'
        assert susan.post(MESSAGES, data=text, content_type=right).status_code == 201


def test_a_body_that_is_too_large_is_not_read(susan: Program) -> None:
    for path in (MESSAGES, "/api/v1/greetings"):
        answer = susan.post(path, json={"text": "x" * 200_000})
        assert answer.status_code == 413
        assert "more than Flasky can accept" in detail(answer)


def test_a_part_that_is_not_accepted_is_pointed_at(susan: Program) -> None:
    answer = susan.post(MESSAGES, json={"txt": "Hello!", "reply_to": "1", "a/b~c": None})
    assert detail(answer) == "Some of what you sent is not accepted; see “errors”."
    assert sorted(errors(answer)) == [
        ("/a~1b~0c", "Unknown field."),
        ("/reply_to", "Not a valid integer."),
        ("/text", "Missing data for required field."),
        ("/txt", "Unknown field."),
    ]
    assert errors(susan.get(f"{USERS}?limit=1000&x=1")) == [
        ("limit", "Please send a number from 1 to 100."),
        ("x", "Unknown field."),
    ]
    both = susan.get(f"{USERS}?after=1&before=2")
    assert errors(both) == [("before", "Please send “after” or “before”, not both.")]


@pytest.mark.parametrize("body", ["[]", '"text"', "null", "1", "true"])
def test_a_body_that_is_no_object_is_pointed_at_as_a_whole(susan: Program, body: str) -> None:
    answer = susan.post(MESSAGES, data=body, content_type="application/json")
    assert errors(answer) == [("", "Invalid input type.")]


def test_too_many_requests_are_told_when_to_come_again(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "API_LIMIT", "2 per minute")
    client = program(app)
    assert [client.get(MESSAGES).status_code for _ in range(3)] == [200, 200, 429]
    answer = client.get(MESSAGES)
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    assert detail(answer) == ("You have tried this too many times. Please try again in a minute.")
    assert answer.headers["RateLimit"].startswith('"api";r=0;t=')


def test_too_many_messages_are_told_when_to_come_again(susan: Program) -> None:
    for number in range(10):
        post(susan, f"Message {number}")
    answer = susan.post(MESSAGES, json={"text": "One more"})
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["Retry-After"]) <= 60


@pytest.fixture
def failing(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Program:
    """A program for which reading a message fails."""
    app.config["PROPAGATE_EXCEPTIONS"] = False
    client = add_program(app, "susan")

    def fail(_number: int) -> None:
        raise RuntimeError("the secret of the day")

    monkeypatch.setattr(messages, "get_message", fail)
    return client


def test_a_mistake_of_ours_has_a_number_to_quote(
    failing: Program, caplog: pytest.LogCaptureFixture
) -> None:
    for headers in ({}, {"Accept": "text/html"}):
        answer = failing.get(f"{MESSAGES}/1", headers=headers)
        assert answer.status_code == 500
        assert "secret" not in answer.text
        assert answer.get_json()["request_id"] in caplog.text


def test_a_database_that_is_away_is_a_problem_for_a_while(app: Flask, susan: Program) -> None:
    with app.app_context():
        db.drop_all()
    for path in (ME, MESSAGES):
        answer = susan.get(path)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
    with app.app_context():
        db.create_all()
    assert susan.get(MESSAGES).status_code == 401  # the token is no more, either


@on_a_server
def test_a_server_that_is_away_is_a_problem_until_it_is_back(wire: Wire) -> None:
    with application() as app:
        susan = add_program(app, "susan")
        assert susan.get(ME).status_code == 200
        wire.cut()
        answers = [
            susan.get(ME),
            susan.post(MESSAGES, json={"text": "Hello!"}),
            program(app).get(MESSAGES),
        ]
        wire.mend()
        for answer in answers:
            assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
        assert susan.get(ME).status_code == 200
        assert susan.post(MESSAGES, json={"text": "Hello!"}).status_code == 201


def test_a_file_that_cannot_be_opened_is_a_database_that_is_away(
    tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_DATABASE_URL", f"sqlite:///{tmp_path}/no folder/data.sqlite")
    app = create_app("testing")
    for path in (MESSAGES, ME, "/api/v1/roles", "/api/v1/search?q=hello"):
        answer = program(app, "flasky_" + "x" * 43).get(path)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
    assert program(app).get("/api/v1/openapi.json").status_code == 200


def test_problems_speak_the_language_that_is_asked_for(susan: Program) -> None:
    headers = {"Accept-Language": "zh-CN,zh;q=0.9"}
    answers = [
        susan.post(MESSAGES, json={"text": "\u200b"}, headers=headers),
        susan.post(MESSAGES, json={"text": "x" * 200_000}, headers=headers),
    ]
    for answer in answers:
        assert "Accept-Language" in answer.vary
        problem = answer.get_json()
        told = problem["errors"][-1]["detail"] if "errors" in problem else problem["detail"]
        assert any("一" <= character <= "鿿" for character in told), told
        assert problem["title"].isascii()  # the standard's


def test_what_is_no_problem_depends_on_no_language(susan: Program) -> None:
    post(susan, "Hello!")
    plain = susan.get(MESSAGES)
    assert "Accept-Language" not in plain.vary
    assert plain.data == susan.get(MESSAGES, headers={"Accept-Language": "zh"}).data


def test_a_program_that_would_rather_have_a_page_gets_json(app: Flask) -> None:
    for accept in ("text/html", "image/png", "*/*;q=0", "", "x"):
        answer = program(app).get("/api/v1/nothing", headers={"Accept": accept})
        assert answer.mimetype == "application/problem+json"
        assert "Accept" not in answer.vary


def test_a_host_that_is_not_trusted_is_a_problem_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRUSTED_HOSTS", "flasky.example.com")
    answer = program(create_app("testing")).get(MESSAGES, base_url="http://evil.example")
    assert answer.status_code == 400
    assert detail(answer) == "Flasky cannot understand this request."


def test_a_view_that_does_not_say_who_may_use_it_is_nobodys(sqlite_app: Flask) -> None:
    sqlite_app.add_url_rule("/api/v1/mine", "mine", lambda: "in")
    assert program(sqlite_app).get("/api/v1/mine").status_code == 403


def test_pages_stay_pages_beside_the_api(app: Flask) -> None:
    browser = visitor(app)
    assert browser.get("/").mimetype == "text/html"
    assert heading(browser.post("/", data={"name": "x" * 200_000}).text) == "That is too large"
    assert heading(browser.delete("/").text) == "Not possible here"
    assert "Cookie" in browser.get("/").vary
