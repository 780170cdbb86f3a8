"""What open pages are told: the newest messages, and what happens to them."""

import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from flask.testing import FlaskClient
from html5lib import parseFragment
from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from werkzeug.test import TestResponse

from app import db
from app.board import live, moderation
from app.board.models import Message
from app.models import User
from tests.auth.people import add_account, log_in, submit
from tests.board.conftest import make_members_old
from tests.board.people import disable, texts_on, user_of, write
from tests.clients import CheckingClient
from tests.conftest import visitor
from tests.pages import find, text_of

Members = dict[str, CheckingClient]


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each answer be of this moment. What a process remembers has tests of its own."""
    monkeypatch.setattr(live, "SECONDS_TO_REMEMBER", 0)


def ask(client: FlaskClient, after: int = 0, tag: str = "", language: str = "en") -> TestResponse:
    headers = {"If-None-Match": tag} if tag else {}
    return client.get(f"/board/newest?after={after}&lang={language}", headers=headers)


def texts_in(answer: TestResponse) -> list[str]:
    assert answer.json
    html = parseFragment(answer.json["html"], namespaceHTMLElements=False)
    return [text_of(found) for found in html.findall(".//*[@class='message-text']")]


def numbers_in(answer: TestResponse) -> list[int]:
    assert answer.json
    return [number for number, _ in answer.json["messages"]]


def test_a_page_is_told_what_is_new_once(app: Flask, susan: CheckingClient) -> None:
    nobody = visitor(app)
    tag = ask(nobody).headers["ETag"]
    assert ask(nobody, tag=tag).status_code == 304
    write(susan, "Hello!")
    write(susan, "Is anybody here?")
    answer = ask(nobody, tag=tag)
    assert answer.status_code == 200
    assert texts_in(answer) == ["Hello!", "Is anybody here?"]
    assert numbers_in(answer) == [2, 1]
    assert texts_in(ask(nobody, after=1)) == ["Is anybody here?"]
    again = ask(nobody, after=2, tag=answer.headers["ETag"])
    assert (again.status_code, again.data) == (304, b"")


def test_whatever_happens_to_a_message_changes_the_tag(
    app: Flask, susan: CheckingClient, anna: CheckingClient
) -> None:
    nobody = visitor(app)
    make_members_old(app)
    for text in ("One", "Two", "Three"):
        write(susan, text)
    seen = [ask(nobody)]

    def happened(*texts: str) -> None:
        answer = ask(nobody, tag=seen[-1].headers["ETag"])
        assert answer.status_code == 200
        assert texts_in(answer) == [*texts]
        assert numbers_in(answer)[::-1] == [{"One": 1, "Two": 2, "2": 2}.get(it, 3) for it in texts]
        seen.append(answer)

    submit(susan, "/board/2/edit", text="2")
    happened("One", "2", "Three")
    submit(anna, "/board/1/hide", reason="Please stay friendly.")
    happened("2", "Three")
    with app.app_context():
        hidden = db.session.get(Message, 1)
        assert hidden
        moderation.show(hidden, user_of(app, "anna"))
    happened("One", "2", "Three")
    assert seen[-1].headers["ETag"] == seen[1].headers["ETag"]
    submit(susan, "/board/3/delete")
    happened("One", "2")
    disable(app, "susan")
    happened()


def test_it_is_the_same_for_everybody_and_touches_no_cookie(members: Members) -> None:
    write(members["susan"], "Hello!")
    submit(members["anna"], "/board/1/hide", reason="Please stay friendly.")
    write(members["susan"], "Hello again!")
    answers = [ask(client) for client in members.values()]
    for answer in [*answers, ask(members["susan"], tag=answers[0].headers["ETag"])]:
        assert "Vary" not in answer.headers
        assert "Set-Cookie" not in answer.headers
        assert answer.headers.getlist("Cache-Control") == ["no-cache"]
    assert {answer.text for answer in answers} == {answers[0].text}
    assert texts_in(answers[0]) == ["Hello again!"]


def test_it_speaks_the_language_of_the_page(sqlite_app: Flask, members: Members) -> None:
    write(members["susan"], "Hello!")
    submit(members["susan"], "/board/1/edit", text="Hello, all!")
    english, chinese = (ask(visitor(sqlite_app), language=code) for code in ("en", "zh_Hans"))
    assert "edited" in english.json["html"]  # type: ignore[index]
    assert "edited" not in chinese.json["html"]  # type: ignore[index]
    assert english.headers["ETag"] != chinese.headers["ETag"]


def test_who_may_write_can_reply_to_what_is_new(members: Members) -> None:
    susan = members["susan"]
    write(susan, "Hello!")
    address = find(susan.get("/board/").text, ".//*[@data-live]").get("data-live")
    assert "reply_to=1" in susan.get(f"{address}&after=0").text
    assert "reply_to" not in ask(susan).text


def test_a_message_that_comes_to_be_there_late_is_among_the_numbers(
    sqlite_app: Flask,
) -> None:
    add_account(sqlite_app, "susan")
    with sqlite_app.app_context():
        susan = user_of(sqlite_app, "susan")
        db.session.add_all(Message(id=number, text="Early", author=susan) for number in (1, 3, 5))
        db.session.commit()
    before = ask(visitor(sqlite_app))
    assert numbers_in(before) == [5, 3, 1]
    with sqlite_app.app_context():
        db.session.add(Message(id=2, text="Late", author=user_of(sqlite_app, "susan")))
        db.session.commit()
    answer = ask(visitor(sqlite_app), after=5, tag=before.headers["ETag"])
    assert numbers_in(answer) == [5, 3, 2, 1]
    assert texts_in(ask(visitor(sqlite_app), after=1))[0] == "Late"


def test_many_come_in_parts_and_the_numbers_are_of_the_newest(app: Flask) -> None:
    add_account(app, "susan")
    with app.app_context():
        susan = user_of(app, "susan")
        db.session.add_all([Message(text=f"No. {number}", author=susan) for number in range(130)])
        db.session.commit()
    first = ask(visitor(app))
    assert len(texts_in(first)) == 50
    assert numbers_in(first) == [*range(130, 30, -1)]
    assert texts_in(ask(visitor(app), after=120))[0] == "No. 120"


@pytest.mark.parametrize(
    "query",
    ["after=", "lang=", "after=-1&lang=en", "after=1e3&lang=en", "after=x&lang=en",
     "after=²&lang=en", "after=2147483648&lang=en", f"after={'9' * 5000}&lang=en",
     "after=%00&lang=en", "after=1&lang=", "after=1&lang=fr", "after=1&lang=%ED%A0%80"],
)  # fmt: skip
def test_what_no_page_asks_is_refused(sqlite_client: CheckingClient, query: str) -> None:
    assert sqlite_client.get(f"/board/newest?{query}").status_code == 400


@pytest.fixture
def statements(app: Flask) -> Iterator[list[str]]:
    """What the database is asked for."""
    asked: list[str] = []
    with app.app_context():
        engine = db.engine

    def note(*arguments: object) -> None:
        asked.append(str(arguments[2]))

    event.listen(engine, "before_cursor_execute", note)
    yield asked
    event.remove(engine, "before_cursor_execute", note)


def test_the_database_is_asked_once_a_second_for_all(
    app: Flask, susan: CheckingClient, statements: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write(susan, "Hello!")
    tag = ask(visitor(app)).headers["ETag"]
    monkeypatch.setattr(live, "SECONDS_TO_REMEMBER", 1000)
    statements.clear()

    def ask_often(_: int) -> set[int]:
        client = visitor(app)
        return {ask(client, tag=tag).status_code for _ in range(20)}

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(ask_often, range(8))) == [{304}] * 8
    assert len(statements) == 1
    statements.clear()
    assert texts_in(ask(visitor(app))) == texts_in(ask(visitor(app))) == ["Hello!"]
    assert len(statements) == 1


def test_after_a_second_it_is_asked_again(
    sqlite_app: Flask, members: Members, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "SECONDS_TO_REMEMBER", 0.2)
    tag = ask(visitor(sqlite_app)).headers["ETag"]
    write(members["susan"], "Hello!")
    time.sleep(0.2)
    assert texts_in(ask(visitor(sqlite_app), tag=tag)) == ["Hello!"]


def test_who_ask_meanwhile_share_the_answer_or_the_error() -> None:
    asked = []

    def read() -> live.State:
        asked.append(1)
        time.sleep(0.2)
        if len(asked) == 1:
            raise OperationalError("SELECT", {}, Exception("the database is away"))
        return live.State([(1, "")], "one", {})

    memory = live.Memory(read)

    def look(_: int) -> str:
        try:
            return memory.get_state().digest
        except OperationalError:
            return "away"

    with ThreadPoolExecutor(8) as threads:
        assert {*threads.map(look, range(8))} == {"away"}
        assert {*threads.map(look, range(8))} == {"one"}
    assert len(asked) == 2


def test_only_so_much_is_remembered() -> None:
    state = live.State([], "", {})
    for number in range(1000):
        answer = str(number) * 10_000
        assert state.get_answer(number, lambda answer=answer: answer) == answer  # type: ignore[misc]
        assert state.get_answer(number, lambda answer=answer: answer) == answer  # type: ignore[misc]
    assert 0 < sum(map(len, state.answers.values())) <= live.MOST_REMEMBERED


def test_without_a_script_a_link_leads_to_newer_messages(members: Members) -> None:
    susan = members["susan"]
    for number in range(2):
        write(susan, f"No. {number}")
    page = susan.get("/board/").text
    newer = find(page, ".//*[@class='newer']/a").get("href") or ""
    assert texts_on(susan.get(newer)) == ["No. 1", "No. 0"]
    write(susan, "Newer")
    assert texts_on(susan.get(newer)) == ["Newer"]


def test_only_the_newest_page_asks_for_new_messages(sqlite_app: Flask) -> None:
    add_account(sqlite_app, "susan")
    with sqlite_app.app_context():
        susan = db.session.scalars(db.select(User)).one()
        db.session.add_all([Message(text=f"No. {number}", author=susan) for number in range(60)])
        db.session.commit()
    client = log_in(sqlite_app, "susan")
    asking = {}
    for path in ("/board/", "/board/?after=30", "/board/?before=10", "/board/5"):
        element = find(client.get(path).text, ".//*[@data-live]")
        asking[path] = bool(re.match("/board/newest", element.get("data-live") or ""))
    assert asking == {
        "/board/": True, "/board/?after=30": False, "/board/?before=10": False, "/board/5": False,
    }  # fmt: skip
