"""Feeds as RFC 4287 wants them, for programs that read them again and again."""

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import quote
from xml.etree import ElementTree as ET

import pytest
from flask import Flask
from html5lib import parseFragment
from sqlalchemy import update
from werkzeug.http import http_date
from werkzeug.test import TestResponse

from app import db
from app.board.excerpts import excerpt
from app.board.models import Message
from app.models import User
from app.models.texts import UNWRITABLE
from tests.auth.people import add_account, submit
from tests.board.people import disable, make_older, user_of, write
from tests.board.test_hostile_texts import HOSTILE
from tests.clients import CheckingClient
from tests.conftest import visitor
from tests.pages import find, text_of

Members = dict[str, CheckingClient]
FEED = "/board/feed.atom"
ATOM = "{http://www.w3.org/2005/Atom}"
TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
EVERYTHING = "".join(map(chr, [*range(0x20), 0x7F, 0x85, 0xFFFE, 0xFFFF, 0xFDD0, 0x1FFFF, 0x1F642]))


def read(answer: TestResponse) -> ET.Element:
    """Return a feed that is as RFC 4287 wants it."""
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    feed = ET.fromstring(answer.data)  # noqa: S314  # ours
    assert feed.tag == f"{ATOM}feed"
    for element in [feed, *feed.findall(f"{ATOM}entry")]:
        for name in ("id", "title", "updated"):
            [only] = element.findall(f"{ATOM}{name}")
            assert only.text
        assert TIMESTAMP.fullmatch(element.findtext(f"{ATOM}updated", ""))
        addresses = [link.get("href", "") for link in element.findall(f"{ATOM}link")]
        for address in [*addresses, element.findtext(f"{ATOM}id", "")]:
            assert address.startswith("http://127.0.0.1:5000/")
        kinds = [link.get("rel") for link in element.findall(f"{ATOM}link")]
        assert kinds == (["self", "alternate"] if element is feed else ["alternate"])
    for entry in feed.findall(f"{ATOM}entry"):
        [author] = entry.findall(f"{ATOM}author")
        assert author.findtext(f"{ATOM}name")
        [content] = entry.findall(f"{ATOM}content")
        assert content.get("type") == "html"
    numbers = [entry.findtext(f"{ATOM}id") for entry in feed.findall(f"{ATOM}entry")]
    assert len({*numbers}) == len(numbers)
    return feed


def texts_in(feed: ET.Element) -> list[str]:
    contents = [entry.findtext(f"{ATOM}content", "") for entry in feed.findall(f"{ATOM}entry")]
    return [text_of(parseFragment(it, namespaceHTMLElements=False)) for it in contents]


def test_a_feed_has_the_newest_messages(app: Flask, susan: CheckingClient) -> None:
    nobody = visitor(app)
    assert texts_in(read(nobody.get(FEED))) == []
    write(susan, "Hello, https://flask.palletsprojects.com/ <b>!")
    write(susan, "你好！")
    submit(susan, "/board/2/edit", text="你们好！")
    feed = read(nobody.get(FEED))
    assert texts_in(feed) == ["你们好！", "Hello, https://flask.palletsprojects.com/ <b>!"]
    first = feed.find(f"{ATOM}entry")
    assert first is not None
    assert first.findtext(f"{ATOM}updated", "") > first.findtext(f"{ATOM}published", "")
    assert first.findtext(f"{ATOM}updated") == feed.findtext(f"{ATOM}updated")
    assert first.findtext(f"{ATOM}author/{ATOM}uri") == "http://127.0.0.1:5000/user/susan"


def test_an_author_has_a_feed(app: Flask, susan: CheckingClient, david: CheckingClient) -> None:
    write(susan, "Hello!")
    write(david, "Hello, too!")
    nobody = visitor(app)
    assert texts_in(read(nobody.get("/board/feed/susan.atom"))) == ["Hello!"]
    assert texts_in(read(nobody.get("/board/feed/SUSAN.atom"))) == ["Hello!"]
    assert nobody.get("/board/feed/nobody.atom").status_code == 404
    disable(app, "susan")
    assert nobody.get("/board/feed/susan.atom").status_code == 404
    assert texts_in(read(nobody.get(FEED))) == ["Hello, too!"]


@pytest.mark.parametrize("name", ["a/b c?d#e&f", "<script>.atom", "José 你好", "%2F"])
def test_so_has_one_of_any_name(sqlite_app: Flask, members: Members, name: str) -> None:
    susan = members["susan"]
    write(susan, "Hello!")
    with sqlite_app.app_context():
        user_of(sqlite_app, "susan").username = name
        db.session.commit()
    profile = susan.get(f"/user/{quote(name, safe='')}").text
    feed = read(susan.get(find(profile, ".//*[@class='below']/a").get("href") or ""))
    assert texts_in(feed) == ["Hello!"]
    assert feed.findtext(f"{ATOM}entry/{ATOM}author/{ATOM}name") == name


def test_what_is_hidden_deleted_or_of_a_former_user(
    app: Flask, susan: CheckingClient, anna: CheckingClient
) -> None:
    for text in ("One", "Two", "Three"):
        write(susan, text)
    submit(anna, "/board/1/hide", reason="Please stay friendly.")
    submit(susan, "/board/2/delete")
    for reader in (visitor(app), susan, anna):
        assert texts_in(read(reader.get(FEED))) == ["Three"]
        assert texts_in(read(reader.get("/board/feed/susan.atom"))) == ["Three"]
    with app.app_context():
        db.session.delete(user_of(app, "susan"))
        db.session.commit()
    feed = read(visitor(app).get(FEED))
    assert feed.findtext(f"{ATOM}entry/{ATOM}author/{ATOM}name") == "A former user"


@pytest.mark.parametrize("text", [*HOSTILE, EVERYTHING])
def test_a_hostile_text_leaves_a_feed_one(sqlite_app: Flask, text: str) -> None:
    add_account(sqlite_app, "susan")
    with sqlite_app.app_context():
        kept = text.encode(errors="replace").decode().replace("\0", "")  # as it can be by the shell
        db.session.add(Message(text=kept, author=user_of(sqlite_app, "susan")))
        db.session.commit()
    answer = visitor(sqlite_app).get(FEED)
    read(answer)
    assert not UNWRITABLE.search(answer.text)


def test_who_has_a_feed_is_not_sent_it_again(app: Flask, susan: CheckingClient) -> None:
    write(susan, "Hello!")
    make_older(app, hours=1)
    nobody = visitor(app)
    first = nobody.get(FEED)
    tag, modified = first.headers["ETag"], first.headers["Last-Modified"]
    for headers in ({"If-None-Match": tag}, {"If-Modified-Since": modified}):
        again = nobody.get(FEED, headers=headers)
        assert (again.status_code, again.data) == (304, b"")
        assert again.headers["ETag"] == tag
    write(susan, "Hello again!")
    for headers in ({"If-None-Match": tag}, {"If-Modified-Since": modified}):
        assert len(texts_in(read(nobody.get(FEED, headers=headers)))) == 2
    submit(susan, "/board/2/delete")
    assert nobody.get(FEED, headers={"If-None-Match": tag}).status_code == 304


def test_within_a_second_of_a_message_another_one_may_come(members: Members) -> None:
    write(members["susan"], "Hello!")
    answer = members["susan"].get(FEED)
    assert "Last-Modified" not in answer.headers
    now = http_date(datetime.now(UTC) + timedelta(seconds=1))
    assert members["susan"].get(FEED, headers={"If-Modified-Since": now}).status_code == 200


def test_another_name_of_the_author_is_a_change(sqlite_app: Flask, members: Members) -> None:
    write(members["susan"], "Hello!")
    tag = members["susan"].get(FEED).headers["ETag"]
    with sqlite_app.app_context():
        user_of(sqlite_app, "susan").username = "sue"
        db.session.commit()
    assert members["susan"].get(FEED, headers={"If-None-Match": tag}).status_code == 200


def test_a_feed_is_the_same_for_everybody(sqlite_app: Flask, members: Members) -> None:
    write(members["susan"], "Hello!")
    headers = {"Accept-Language": "zh-CN"}
    answers = [client.get(FEED, headers=headers) for client in [*members.values()]]
    for answer in answers:
        assert not {"Vary", "Set-Cookie"} & {name for name, _ in answer.headers}
        assert answer.headers.getlist("Cache-Control") == ["public, no-cache"]
    assert {answer.text for answer in answers} == {visitor(sqlite_app).get(FEED).text}


def test_addresses_are_those_of_public_url(sqlite_app: Flask, members: Members) -> None:
    write(members["susan"], "Hello!")
    sqlite_app.config["PUBLIC_URL"] = "https://example.com/flasky"
    page = members["susan"].get(FEED, base_url="http://localhost").text
    addresses = re.findall(r'(?<=href=")[^"]+', page)
    assert "https://example.com/flasky/board/1" in addresses
    assert {address[:27] for address in addresses} == {"https://example.com/flasky/"}


def test_only_so_many_messages_are_in_a_feed(sqlite_app: Flask) -> None:
    with sqlite_app.app_context():
        db.session.add_all([Message(text=f"No. {number}") for number in range(60)])
        db.session.commit()
    texts = texts_in(read(visitor(sqlite_app).get(FEED)))
    assert texts == [f"No. {number}" for number in range(59, 9, -1)]


def test_pages_lead_to_feeds(members: Members) -> None:
    write(members["susan"], "Hello!")
    board = members["susan"].get("/board/").text
    assert find(board, ".//link[@rel='alternate']").get("href") == FEED
    assert find(board, f".//a[@href='{FEED}']").text == "Feed"
    profile = members["susan"].get("/user/susan").text
    assert find(profile, ".//a[@href='/board/feed/susan.atom']").text == "Feed"


# The head of a message's page, for other sites.


def head_of(page: str) -> dict[str, str]:
    metas = find(page, "head").iter("meta")
    return {
        name: meta.get("content", "")
        for meta in metas
        if (name := meta.get("property") or meta.get("name"))
    }


def test_other_sites_learn_what_a_link_leads_to(members: Members) -> None:
    family = "👩‍👩‍👧"
    write(members["susan"], f'He said "{family}"\n\n' + family * 300)
    page = visitor_of(members).get("/board/1").text
    head = head_of(page)
    expected = f'He said "{family}" ' + family * 187 + "…"
    assert head["og:description"] == head["description"] == expected
    assert head["og:title"] == "Message by susan"
    assert head["og:type"] == "article"
    assert head["og:site_name"] == "Flasky"
    assert head["twitter:card"] == "summary"
    assert TIMESTAMP.fullmatch(head["article:published_time"])
    canonical = find(page, ".//link[@rel='canonical']").get("href")
    assert head["og:url"] == canonical == "http://127.0.0.1:5000/board/1"


def visitor_of(members: Members) -> CheckingClient:
    app = members["susan"].application
    assert isinstance(app, Flask)
    return visitor(app)


def test_they_learn_nothing_of_a_hidden_message(members: Members) -> None:
    write(members["susan"], "A secret")
    submit(members["anna"], "/board/1/hide", reason="Please stay friendly.")
    for name in ("susan", "anna"):
        page = members[name].get("/board/1").text
        assert not [key for key in head_of(page) if key.startswith(("og:", "article:", "twitter:"))]
        assert "canonical" not in page
        assert "secret" not in head_of(page)["description"]


def test_other_pages_say_what_the_site_is(sqlite_client: CheckingClient) -> None:
    for path in ("/", "/board/", "/auth/login"):
        page = sqlite_client.get(path).text
        assert page.count('name="description"') == 1
        assert "greets you" in head_of(page)["description"]


@pytest.mark.parametrize(
    ("text", "most", "expected"),
    [
        ("", 5, ""),
        ("12345", 5, "12345"),
        ("123456", 5, "1234…"),
        ("123 456", 5, "123…"),
        ("1\n\n2\t 3", 5, "1 2 3"),
        ("👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧", 2, "👩‍👩‍👧…"),
        ("e" + "\u0301" * 5000, 5, "…"),
    ],
)
def test_an_excerpt_ends_between_characters(text: str, most: int, expected: str) -> None:
    assert excerpt(text, most) == expected


def test_a_name_is_not_asked_of_the_disabled(app: Flask, susan: CheckingClient) -> None:
    assert susan.get("/board/feed/susan.atom").status_code == 200
    with app.app_context():
        db.session.execute(update(User).values(disabled_at=datetime.now(UTC)))
        db.session.commit()
    assert visitor(app).get("/board/feed/susan.atom").status_code == 404
