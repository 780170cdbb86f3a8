"""Requests that come twice, because an answer was lost: they are done once, and answered alike."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import Engine, event, func, select, update
from werkzeug.test import TestResponse

from app import db
from app.api.models import IdempotentRequest
from app.board.models import Message, Report
from app.models import OutgoingMail, User
from tests.api.people import MESSAGES, Program, errors, post, program, texts
from tests.auth.races import at_once

GREETINGS = "/api/v1/greetings"
CROWD = 64
REQUESTS = [
    (MESSAGES, {"text": "Hello again, @john!"}),
    (GREETINGS, {"name": "Ann"}),
    (f"{MESSAGES}/1/reports", {"reason": "Spam"}),
]
KEY = {"Idempotency-Key": "8e03978e-40d5-43dd-bc93-6894a57f9324"}


def count(app: Flask, of: type, **values: object) -> int:
    """Return how many rows there are."""
    with app.app_context():
        rows = select(func.count()).select_from(of).filter_by(**values)
        return db.session.scalars(rows).one()


def is_replay(answer: TestResponse) -> bool:
    return answer.headers.get("Idempotent-Replayed") == "true"


def test_a_message_that_is_sent_twice_is_written_once(app: Flask, susan: Program) -> None:
    first, second = (susan.post(MESSAGES, json={"text": "Hi!"}, headers=KEY) for _ in range(2))
    assert first.status_code == second.status_code == 201
    assert first.data == second.data
    assert first.location == second.location
    assert (is_replay(first), is_replay(second)) == (False, True)
    assert count(app, Message) == 1
    assert not is_replay(susan.get(MESSAGES))


def test_it_is_the_key_that_says_what_is_the_same(app: Flask, susan: Program) -> None:
    post(susan, "Hello!")
    with app.app_context():  # or the same text within a minute would be the same message
        earlier = datetime.now(UTC) - timedelta(minutes=2)
        db.session.execute(update(Message).values(written_at=earlier))
        db.session.commit()
    for key in ("one", "two"):
        susan.post(MESSAGES, json={"text": f"Hello, {key}!"}, headers={"Idempotency-Key": key})
    post(susan, "Hello!")
    assert count(app, Message) == 4


def test_a_key_that_came_with_something_else_is_refused(susan: Program, john: Program) -> None:
    susan.post(MESSAGES, json={"text": "Hello!"}, headers=KEY)
    told = "This key came with another request before. Use a new one."
    other_text = susan.post(MESSAGES, json={"text": "Hello again!"}, headers=KEY)
    assert errors(other_text) == [("Idempotency-Key", told)]
    other_path = susan.post(GREETINGS, json={"name": "ann"}, headers=KEY)
    assert errors(other_path) == [("Idempotency-Key", told)]
    assert john.post(MESSAGES, json={"text": "Mine"}, headers=KEY).status_code == 201
    assert texts(susan.get(MESSAGES)) == ["Mine", "Hello!"]


def test_somebody_elses_key_is_another_one(app: Flask, susan: Program, john: Program) -> None:
    answers = [one.post(MESSAGES, json={"text": "Hi!"}, headers=KEY) for one in (susan, john)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].get_json()["author"] != answers[1].get_json()["author"]
    near, far = program(app), program(app)
    far.environ_base["REMOTE_ADDR"] = "10.0.0.1"
    for one, known in ((near, False), (far, True), (near, False)):
        answer = one.post(GREETINGS, json={"name": "ann"}, headers=KEY).get_json()
        assert answer["known"] is known
    with app.app_context():
        assert db.session.scalars(select(User.visits).filter_by(username="ann")).one() == 2


@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb", "a\x7fb"])
def test_a_key_that_is_none_is_refused(susan: Program, key: str) -> None:
    answer = susan.post(MESSAGES, json={"text": "Hello!"}, headers={"Idempotency-Key": key})
    assert errors(answer) == [("Idempotency-Key", "Please send a key of 1 to 255 characters.")]
    assert texts(susan.get(MESSAGES)) == []


@pytest.mark.parametrize("key", ["x", "x" * 255, '"quoted"', "grüße"])
def test_a_key_may_be_anything_else(susan: Program, key: str) -> None:
    for _ in range(2):
        answer = susan.post(MESSAGES, json={"text": "Hello!"}, headers={"Idempotency-Key": key})
        assert answer.status_code == 201
    assert is_replay(answer)


def test_what_was_refused_can_be_sent_again_with_its_key(susan: Program) -> None:
    assert susan.post(MESSAGES, json={"text": " "}, headers=KEY).status_code == 422
    assert susan.post(MESSAGES, json={"text": "Hello!"}, headers=KEY).status_code == 201


def test_a_message_that_is_deleted_meanwhile_is_gone(susan: Program) -> None:
    written = susan.post(MESSAGES, json={"text": "Hello!"}, headers=KEY)
    susan.delete(written.location)
    assert susan.post(MESSAGES, json={"text": "Hello!"}, headers=KEY).status_code == 410


def test_a_replay_counts_as_no_message(susan: Program) -> None:
    for _ in range(15):  # more than an account may write in a minute
        answer = susan.post(MESSAGES, json={"text": "Hello!"}, headers=KEY)
        assert answer.status_code == 201


def test_a_greeting_that_is_sent_twice_is_one_visit(app: Flask, nobody: Program) -> None:
    for _ in range(3):
        answer = nobody.post(GREETINGS, json={"name": "Ann"}, headers=KEY)
        assert answer.get_json() == {"name": "Ann", "known": False, "last_seen": None}
    again = {"Idempotency-Key": "another"}
    first, second = (
        nobody.post(GREETINGS, json={"name": "Ann"}, headers=again).get_json() for _ in range(2)
    )
    assert first == second
    assert first["known"]
    assert first["last_seen"]
    with app.app_context():
        assert db.session.scalars(select(User.visits)).one() == 2


def test_who_shows_no_token_has_so_many_keys(sqlite_app: Flask) -> None:
    nobody = program(sqlite_app)
    nobody.post("/api/v1/greetings", json={"name": "susan"})

    def greet(key: str, address: str = "10.0.0.1") -> int:
        headers, origin = {"Idempotency-Key": key}, {"REMOTE_ADDR": address}
        greeting = {"json": {"name": "susan"}, "headers": headers, "environ_overrides": origin}
        return nobody.post("/api/v1/greetings", **greeting).status_code

    assert {greet(str(number)) for number in range(120)} == {200}
    assert greet("another") == 429
    assert greet("7") == 200  # which is known
    assert greet("another", "10.0.0.2") == 200


def test_a_report_that_is_sent_twice_is_one(app: Flask, susan: Program, john: Program) -> None:
    path = f"{MESSAGES}/{post(susan, 'An advertisement')}/reports"
    for _ in range(2):
        answer = john.post(path, json={"reason": "Spam"}, headers=KEY)
        assert (answer.status_code, answer.data) == (204, b"")
    assert is_replay(answer)
    assert john.post(path, json={"reason": "Spam"}).status_code == 409
    assert count(app, Report) == 1


def test_of_a_request_only_digests_are_kept(app: Flask, susan: Program) -> None:
    susan.post(MESSAGES, json={"text": "My secret"}, headers=KEY)
    with app.app_context():
        kept = str(db.session.execute(select(IdempotentRequest.__table__)).one())
    assert "secret" not in kept
    assert KEY["Idempotency-Key"] not in kept


def test_a_key_is_forgotten_after_a_day(app: Flask, nobody: Program) -> None:
    nobody.post(GREETINGS, json={"name": "Ann"}, headers=KEY)
    for hours, is_kept in ((23, 1), (25, 0)):
        with app.app_context():
            then = datetime.now(UTC) - timedelta(hours=hours)
            db.session.execute(update(IdempotentRequest).values(created_at=then))
            db.session.commit()
        assert app.test_cli_runner().invoke(args=["clean"]).exit_code == 0
        assert count(app, IdempotentRequest) == is_kept
    assert nobody.post(GREETINGS, json={"name": "Ann"}, headers=KEY).get_json()["known"]


def crash_at(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """Let the commit of that number, and those after it, fail before anything is kept."""
    commits = []

    def crash() -> None:
        commits.append(1)
        if len(commits) >= number:
            raise RuntimeError("the power went off")
        real()

    real = db.session.commit
    monkeypatch.setattr(db.session, "commit", crash)


@pytest.mark.parametrize("request_", REQUESTS)
def test_what_crashes_before_it_is_kept_has_not_happened(
    app: Flask,
    susan: Program,
    john: Program,
    monkeypatch: pytest.MonkeyPatch,
    request_: tuple[str, dict[str, str]],
) -> None:
    path, body = request_
    app.config["PROPAGATE_EXCEPTIONS"] = False
    post(susan, "Hello!")
    john.get(MESSAGES)  # whose use is noted
    before = [count(app, of) for of in (Message, Report, User, OutgoingMail)]
    with monkeypatch.context() as patch:
        crash_at(patch, 1)
        assert john.post(path, json=body, headers=KEY).status_code == 500
    assert [count(app, of) for of in (Message, Report, User, OutgoingMail)] == before
    assert count(app, IdempotentRequest) == 0
    again = john.post(path, json=body, headers=KEY)
    assert again.status_code < 300
    assert not is_replay(again)
    assert count(app, IdempotentRequest) == 1
    assert is_replay(john.post(path, json=body, headers=KEY))


def send_at_once(
    clients: list[Program], send: Callable[[Program], TestResponse]
) -> list[TestResponse]:
    """Send a request by all of them at once, and return the answers."""
    answers: list[TestResponse] = []
    lock = threading.Lock()

    def deed(client: Program) -> Callable[[], int]:
        def do() -> int:
            answer = send(client)
            with lock:
                answers.append(answer)
            return answer.status_code

        return do

    at_once(*map(deed, clients))
    return answers


def test_of_64_who_send_one_message_at_once_one_writes_it(app: Flask, susan: Program) -> None:
    clients = [program(app, susan.token) for _ in range(CROWD)]
    answers = send_at_once(
        clients, lambda one: one.post(MESSAGES, json={"text": "Hello!"}, headers=KEY)
    )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.data for answer in answers}) == 1
    assert len(answers) == CROWD
    assert sum(map(is_replay, answers)) == CROWD - 1
    assert count(app, Message) == 1
    assert count(app, IdempotentRequest) == 1


def test_of_64_who_send_one_greeting_at_once_one_is_a_visit(app: Flask) -> None:
    clients = [program(app) for _ in range(CROWD)]
    answers = send_at_once(
        clients, lambda one: one.post(GREETINGS, json={"name": "Ann"}, headers=KEY)
    )
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.data for answer in answers}) == 1
    assert sum(map(is_replay, answers)) == CROWD - 1
    with app.app_context():
        assert db.session.scalars(select(User.visits)).one() == 1


def test_of_64_who_send_one_report_at_once_one_is_kept(
    app: Flask, susan: Program, john: Program
) -> None:
    path = f"{MESSAGES}/{post(susan, 'An advertisement')}/reports"
    clients = [program(app, john.token) for _ in range(CROWD)]
    answers = send_at_once(
        clients, lambda one: one.post(path, json={"reason": "Spam"}, headers=KEY)
    )
    assert {answer.status_code for answer in answers} == {204}
    assert count(app, Report) == 1


def test_a_key_costs_one_more_statement_or_two(app: Flask, susan: Program) -> None:
    def statements(text: str, headers: dict[str, str]) -> int:
        seen: list[str] = []
        with app.app_context():
            engine: Engine = db.engine

        def note(*arguments: object) -> None:
            seen.append(str(arguments[2]))

        event.listen(engine, "before_cursor_execute", note)
        susan.post(MESSAGES, json={"text": text}, headers=headers)
        event.remove(engine, "before_cursor_execute", note)
        return len(seen)

    statements("Hello!", {})
    assert statements("With a key", KEY) - statements("Without", {}) <= 5
