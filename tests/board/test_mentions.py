"""Mentions: who is meant by @name in a message, and the links that they become."""

import time
from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import event

from app import db
from app.board import messages
from app.board.mentions import MOST_LOOKED_UP, MOST_MENTIONS, find_keys, find_mentioned
from app.models import Role, User
from tests.board.conftest import make_members_old
from tests.board.people import write
from tests.clients import CheckingClient
from tests.conftest import visitor
from tests.pages import links

NAMES = [
    "susan",
    "John Smith",
    "小明",
    "小明明",
    "anna-lena",
    "j.r.",
    "José",
    "민수",
    "محمد",
    "O'Brien",
]
NAMES += [f"user{number}" for number in range(12)]


@pytest.fixture
def people(app: Flask) -> list[User]:
    """Accounts with all kinds of names, and two who cannot be mentioned."""
    with app.app_context():
        role = Role.get_or_insert("User")
        found = [
            User(username=name, email=f"a{number}@example.com", password_hash="none", role=role)
            for number, name in enumerate([*NAMES, "gone"])
        ]
        found[-1].disabled_at = datetime.now(UTC)
        db.session.add_all([*found, User(username="visitor")])
        db.session.commit()
        return found


def names_in(app: Flask, text: str) -> list[str]:
    with app.app_context():
        return [user.username for user in find_mentioned(text)]


MENTIONS = {
    "Hello @susan!": ["susan"],
    "@susan, @SUSAN and @Susan.": ["susan"],
    "(@susan)": ["susan"],
    "@susan's message": ["susan"],
    "＠susan": ["susan"],
    "@小明你好": ["小明"],
    "你好@小明明你好": ["小明明"],
    "@小明@小明明": ["小明", "小明明"],
    "@susan你好": ["susan"],
    "@민수님 안녕": ["민수"],
    "مرحبا @محمد، كيف": ["محمد"],
    "@[John Smith] and @[susan]": ["John Smith", "susan"],
    "@John Smith": [],
    "@[O'Brien]": ["O'Brien"],
    "@anna-lena. @j.r. @j.r.,": ["anna-lena", "j.r."],
    "@José @Jose": ["José"],
    "@gone @visitor @nobody @": [],
    "susan@example.com, x@susan, José@susan, x+@susan": [],
    "https://example.com/@susan https://susan@example.com medium.com/@susan": [],
    "@susan\n@小明": ["susan", "小明"],
    "@susanna @susan-x @susan.example.com": [],
    "@[susan @[[susan]] @[] @[\nsusan]": [],
    "@\u0301susan @\u200bsusan @\ud800susan @\0susan": [],
}


@pytest.mark.usefixtures("people")
def test_who_is_mentioned(app: Flask) -> None:
    assert {text: names_in(app, text) for text in MENTIONS} == MENTIONS


@pytest.mark.usefixtures("people")
def test_ten_are_mentioned_at_most(app: Flask) -> None:
    everybody = " ".join(f"@user{number}" for number in range(12))
    assert names_in(app, everybody) == [f"user{number}" for number in range(MOST_MENTIONS)]


@pytest.mark.usefixtures("people")
def test_a_mention_is_a_link(app: Flask, susan: CheckingClient) -> None:
    write(susan, "@SUSAN @小明你好 @[John Smith] @nobody <@susan> susan@example.com")
    page = visitor(app).get("/board/1")
    found = [link for link in links(page.text) if link and "/user/" in link][1:]
    assert found == ["/user/susan", "/user/%E5%B0%8F%E6%98%8E", "/user/John%20Smith", "/user/susan"]
    assert ">@小明</a>你好" in page.text
    assert "&lt;<a" in page.text


def test_a_page_asks_once_for_all_that_are_mentioned(app: Flask, susan: CheckingClient) -> None:
    make_members_old(app)
    statements: list[str] = []

    def count() -> int:
        statements.clear()
        visitor(app).get("/board/")
        return len(statements)

    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", lambda *call: statements.append(call[2]))
    write(susan, "Hello!")
    without = count()
    for number in range(5):
        write(susan, f"Hello @susan, @user{number} and @somebody")
    assert count() == without + 1


HOSTILE = [
    "@" * 4000,
    "@a" * 2000,
    "@a " * 1333,
    "@" + "a" * 3999,
    "@" + "你" * 3999,
    "@你" * 2000,
    "@." * 2000,
    "@a." * 1333,
    "@" + "a." * 1999,
    "@" + "." * 3999,
    "@[" * 2000,
    "@[" + "a" * 3998,
    "@[a]" * 1000,
    "@" + "e\u0301" * 3900,
    "@" + "\U0001f469\u200d" * 4000,
    "https://@" * 400,
]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_costs_little(sqlite_app: Flask, text: str) -> None:
    started = time.thread_time()
    keys = find_keys(text[:12_000])
    assert time.thread_time() - started < 0.2
    assert len(keys) <= MOST_MENTIONS * 8 < MOST_LOOKED_UP
    with sqlite_app.app_context():
        writer = User(username="writer")
        db.session.add(writer)
        db.session.commit()
        messages.post(writer, text)
    started = time.thread_time()
    assert visitor(sqlite_app).get("/board/1").status_code == 200
    assert time.thread_time() - started < 2  # of which the test's own parser takes most
