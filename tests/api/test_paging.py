"""Lists, read to their ends and back, while others write."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from sqlalchemy import delete, insert, select
from werkzeug.test import TestResponse

from app import db
from app.board import search
from app.board.models import Message
from app.models import User
from tests.api.people import MESSAGES, Program, post

USERS = "/api/v1/users"
CROWD = 500
SITE = "http://127.0.0.1:5000"


def add_users(app: Flask, names: list[str]) -> None:
    """Let these have said their names."""
    now = datetime.now(UTC)
    rows = [
        {"username": name, "username_key": name, "first_seen": now, "last_seen": now, "visits": 1}
        for name in names
    ]
    with app.app_context():
        db.session.execute(insert(User), rows)
        db.session.commit()


def add_messages(app: Flask, number: int) -> None:
    with app.app_context():
        rows = [{"author_id": 1, "text": f"Message {place}"} for place in range(number)]
        db.session.execute(insert(Message), rows)
        db.session.commit()


def links(answer: TestResponse) -> dict[str, str]:
    """Return where an answer leads, by relation."""
    header = ", ".join(answer.headers.getlist("Link"))
    return {relation: url for url, relation in re.findall(r'<([^>]+)>; rel="(\w+)"', header)}


def walk(
    client: Program,
    path: str,
    relation: str = "next",
    meanwhile: Callable[[int], None] = lambda _page: None,
) -> Iterator[list[dict[str, object]]]:
    """Give the pages of a list, one after another, as links lead."""
    page = 0
    while path:
        answer = client.get(path.removeprefix(SITE))
        assert answer.status_code == 200, answer.text
        listed = answer.get_json()
        found = links(answer)
        assert found.get("next") == listed["next"]
        assert found.get("prev") == listed["previous"]
        assert all(url.startswith(SITE) for url in found.values())
        yield listed["items"]
        meanwhile(page)
        page += 1
        path = found.get(relation, "")


def names_of(pages: Iterator[list[dict[str, object]]]) -> list[object]:
    return [item["username"] for page in pages for item in page]


@pytest.mark.usefixtures("no_limits")
def test_500_users_are_read_once_each_while_others_come_and_go(app: Flask, susan: Program) -> None:
    stay = [f"stays{number}" for number in range(CROWD - 1)]
    go = [f"goes{number}" for number in range(100)]
    mixed = [*stay]
    for place, name in enumerate(go):  # between those who stay
        mixed.insert(place * 5, name)
    add_users(app, mixed)

    def change(page: int) -> None:
        """Remove some who are read already, and some who are not, and add others."""
        add_users(app, [f"new{page}a", f"new{page}b"])
        with app.app_context():
            gone = [f"goes{page * 2}", f"goes{99 - page * 2}"]
            db.session.execute(delete(User).where(User.username.in_(gone)))
            db.session.commit()

    names = names_of(walk(susan, f"{USERS}?limit=20", meanwhile=change))
    assert len(names) == len(set(names))
    assert [name for name in names if name in {"susan", *stay}] == ["susan", *stay]


@pytest.mark.usefixtures("no_limits")
def test_a_list_is_read_backwards_as_forwards(app: Flask, susan: Program) -> None:
    names = [f"user{number}" for number in range(CROWD)]
    add_users(app, names)
    pages = list(walk(susan, f"{USERS}?limit=20"))
    assert [len(page) for page in pages] == [20] * 25 + [1]
    last = pages[-1][0]["id"]
    back = list(walk(susan, f"{USERS}?limit=20&before={last}", "prev"))
    assert [item["username"] for page in back[::-1] for item in page] == ["susan", *names[:-1]]
    assert back == pages[-2::-1]


@pytest.mark.usefixtures("no_limits")
def test_messages_are_read_backwards_while_others_are_written(app: Flask, susan: Program) -> None:
    add_messages(app, 100)
    numbers = [item["id"] for page in walk(susan, f"{MESSAGES}?limit=30") for item in page]
    assert numbers == list(range(100, 0, -1))

    def write(page: int) -> None:
        if page < 3:
            post(susan, f"Another {page}")
            with app.app_context():
                db.session.execute(delete(Message).where(Message.id == 50 - page))
                db.session.commit()

    pages = list(walk(susan, f"{MESSAGES}?limit=30&before=20", "prev", meanwhile=write))
    forward = [item["id"] for page in pages[::-1] for item in page]
    assert len(forward) == len(set(forward))
    assert set(forward) >= set(range(51, 101)) | set(range(21, 48))


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test_a_page_has_as_many_as_are_asked_for(app: Flask, susan: Program, limit: int) -> None:
    add_messages(app, 5)
    pages = list(walk(susan, f"{MESSAGES}?limit={limit}"))
    assert [len(page) for page in pages[:-1]] == [limit] * (len(pages) - 1)
    assert [item["id"] for page in pages for item in page] == [5, 4, 3, 2, 1]
    assert 1 <= len(pages[-1]) <= limit


def test_a_place_where_nothing_is_has_nothing(app: Flask, susan: Program) -> None:
    add_messages(app, 3)
    for query in ("after=1", "before=3", "before=4294967295", "author_id=9"):
        answer = susan.get(f"{MESSAGES}?{query}")
        if query != "before=4294967295":
            assert answer.get_json() == {"items": [], "next": None, "previous": None}
            assert links(answer) == {}


def test_the_way_on_keeps_what_was_asked_for(app: Flask, susan: Program) -> None:
    add_messages(app, 5)
    answer = susan.get(f"{MESSAGES}?author_id=1&limit=2")
    assert parse_qs(urlsplit(links(answer)["next"]).query) == {
        "author_id": ["1"],
        "limit": ["2"],
        "after": ["4"],
    }
    answer = susan.get(links(answer)["next"].removeprefix(SITE))
    assert set(links(answer)) == {"next", "prev"}
    assert parse_qs(urlsplit(links(answer)["prev"]).query)["before"] == ["3"]


@pytest.mark.usefixtures("no_limits")
def test_a_search_is_read_to_its_end(susan: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    # It goes through a part of the board at a time, and so little that pages are short, or empty.
    monkeypatch.setattr(search, "MOST_CHARACTERS", 1)
    monkeypatch.setattr(search, "CANDIDATES_AT_ONCE", 3)
    for number in range(40):
        post(susan, f"teapot{'s' if number % 2 else ' kettle'} {number}")
    for query in ("teapot", "kettle", "teapot kettle"):
        path = f"/api/v1/search?q={query}&limit=5"
        found = [item["id"] for page in walk(susan, path) for item in page]
        expected = range(40, 0, -1) if query == "teapot" else range(39, 0, -2)
        assert found == list(expected)
        back = list(walk(susan, f"{path}&before=1", "prev"))
        assert [item["id"] for page in back[::-1] for item in page] == [
            number for number in expected if number > 1
        ]


def test_users_are_found_by_any_spelling_of_their_names(app: Flask, susan: Program) -> None:
    add_users(app, ["josé", "jose"])

    def names(name: str) -> list[object]:
        return names_of(walk(susan, f"{USERS}?username={name}"))

    assert names("susan") == names("SUSAN") == names("%20Susan%20") == ["susan"]
    assert names("JOSÉ") == ["josé"]
    assert names("jos") == names("nobody") == names("%20") == []


def test_every_user_is_who_their_number_says(app: Flask, susan: Program) -> None:
    add_users(app, ["josé"])
    with app.app_context():
        number = db.session.scalars(select(User.id).filter_by(username="josé")).one()
    found = susan.get(f"{USERS}/{number}").get_json()
    assert found["username"] == "josé"
    assert found["page"] == f"{SITE}/user/jos%C3%A9"
    assert (found["role"], found["member_since"], found["visits"]) == (None, None, 1)
    assert found == next(walk(susan, f"{USERS}?username=josé"))[0]
