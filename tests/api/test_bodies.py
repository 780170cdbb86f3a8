"""What programs send, strictly read: whatever it is, it is kept whole or refused."""

import json

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app import db
from app.board.models import Message
from tests.api.people import MESSAGES, Program, errors, post, texts

GREETINGS = "/api/v1/greetings"
NOT_ALLOWED = "This has characters that are not allowed."


def send(client: Program, body: str | bytes, path: str = MESSAGES) -> TestResponse:
    """Send a body as it is."""
    return client.post(path, data=body, content_type="application/json")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"{",
        b'{"text": "Hello!"',
        b'{"text": "Hello!"}}',
        b"{'text': 'Hello!'}",
        b'{"text": "Hello!",}',
        b'{"text": "tab\there"}',
        b'{"text": "Hello!"} // a greeting',
        b'{"text": "\xff\xfe"}',
        b'\xef\xbb\xbf{"text": "Hello!"}',
        b'{"text": "\xed\xa0\x80"}',  # a surrogate, as no UTF-8 has it
        '{"text": "Hello!"}'.encode("utf-16"),
        b'{"text": NaN}',
        b'{"text": "Hello!", "reply_to": NaN}',
        b'{"text": "Hello!", "reply_to": -Infinity}',
        b'{"text": "Hello!", "text": "Hello again!"}',
        b'{"text": "Hello!", "reply_to": {"a": 1, "a": 2}}',
        b'{"text": "Hello!", "reply_to": 1' + b"0" * 5000 + b"}",
        b"[" * 100_000,
        b'{"text": ' * 10_000,
        b"[" * 50_000 + b"]" * 50_000,
    ],
    ids=lambda body: repr(body[:40]),
)
def test_what_is_no_json_is_told_to_be_none(sqlite_susan: Program, body: bytes) -> None:
    answer = send(sqlite_susan, body)
    assert answer.status_code == 400
    assert answer.get_json()["detail"] == "The body is not valid JSON."
    assert texts(sqlite_susan.get(MESSAGES)) == []


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ('{"text": 1}', "/text"),
        ('{"text": true}', "/text"),
        ('{"text": null}', "/text"),
        ('{"text": ["Hello!"]}', "/text"),
        ('{"text": {"text": "Hello!"}}', "/text"),
        ('{"text": ""}', "/text"),
        ('{"text": " \\n\\t"}', "/text"),
        ('{"text": "\\u200b"}', "/text"),
        ('{"text": "a\\u0000b"}', "/text"),
        ('{"text": "\\ud800"}', "/text"),
        ('{"text": "\\udfff\\ud800"}', "/text"),
        ('{"text": "Hello!", "\\ud800": 1}', "/\ud800"),
        ('{"text": "Hello!", "": 1}', "/"),
        ('{"text": "Hello!", "id": 1}', "/id"),
        ('{"text": "Hello!", "author_id": 1}', "/author_id"),
        ('{"text": "Hello!", "reply_to": "1"}', "/reply_to"),
        ('{"text": "Hello!", "reply_to": true}', "/reply_to"),
        ('{"text": "Hello!", "reply_to": 0}', "/reply_to"),
        ('{"text": "Hello!", "reply_to": -1}', "/reply_to"),
        ('{"text": "Hello!", "reply_to": 1.5}', "/reply_to"),
        ('{"text": "Hello!", "reply_to": 1e999}', "/reply_to"),
        ('{"text": "Hello!", "reply_to": 4294967296}', "/reply_to"),
        ('{"text": "Hello!", "reply_to": 1' + "0" * 4000 + "}", "/reply_to"),
        ('{"text": "Hello!", "reply_to": [1]}', "/reply_to"),
        ('{"text": "Hello!", "reply_to": {}}', "/reply_to"),
    ],
    ids=lambda value: ascii(value[:50]),
)
def test_a_part_that_is_not_right_is_named(sqlite_susan: Program, body: str, place: str) -> None:
    assert [found for found, _ in errors(send(sqlite_susan, body))] == [place]
    assert texts(sqlite_susan.get(MESSAGES)) == []


def test_of_thousands_that_are_not_right_twenty_are_named(sqlite_susan: Program) -> None:
    body = json.dumps({"text": "Hello!"} | {f"field {number}": 1 for number in range(5000)})
    assert len(errors(send(sqlite_susan, body))) == 20


def test_a_whole_number_is_one_however_it_is_written(susan: Program) -> None:
    post(susan, "Hello!")
    for number in ("1", "1.0", "1e0", "10E-1"):
        answer = send(susan, f'{{"text": "Reply {number}", "reply_to": {number}}}')
        assert (answer.status_code, answer.get_json()["reply_to"]) == (201, 1)


def test_a_reply_to_nothing_is_a_message(susan: Program) -> None:
    answer = send(susan, '{"text": "Hello!", "reply_to": null}')
    assert (answer.status_code, answer.get_json()["reply_to"]) == (201, None)


@pytest.mark.parametrize(
    "text",
    [
        "Hello!",
        "你好，世界",
        "🙂" * 4000,
        "👩‍👩‍👧" * 2400,  # each of five code points, and one character as people count
        "x" * 4000,
        "<script>alert(1)</script> & \"quotes\" 'and' \\ / \u2028 {{ 7 * 7 }} %s",
        "\u202eright to left",
        "a\U0010fffdb",
        "two\nlines",
    ],
    ids=lambda text: ascii(text[:12]),
)
def test_a_text_is_kept_and_given_back_as_it_was(app: Flask, susan: Program, text: str) -> None:
    for is_escaped in (True, False):
        body = json.dumps({"text": text}, ensure_ascii=is_escaped).encode()
        answer = send(susan, body)
        assert answer.status_code == 201
        assert answer.get_json()["text"] == text
        assert susan.get(answer.location).get_json()["text"] == text
    with app.app_context():
        assert db.session.scalars(select(Message.text)).one() == text  # said twice, it is one


@pytest.mark.parametrize("text", ["x" * 4001, "🙂" * 4001, "x" * 12_001, "🙂" * 12_001])
def test_a_text_that_is_too_long_is_refused_whole(susan: Program, text: str) -> None:
    for place, told in errors(susan.post(MESSAGES, json={"text": text})):
        assert place == "/text"
        assert "4000 characters" in told or "12000 characters" in told
    assert texts(susan.get(MESSAGES)) == []


def test_a_name_is_read_as_strictly(app: Flask, nobody: Program) -> None:
    for body in ('{"name": "\\ud800"}', '{"name": "a\\u0000"}', '{"name": ""}', '{"name": " "}'):
        assert [place for place, _ in errors(send(nobody, body, GREETINGS))] == ["/name"]
    assert [place for place, _ in errors(send(nobody, "{}", GREETINGS))] == ["/name"]
    assert [place for place, _ in errors(send(nobody, '{"name": "ann", "x": 1}', GREETINGS))] == [
        "/x"
    ]
    assert errors(nobody.post(GREETINGS, json={"name": "x" * 257}))
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Message)) == 0


def test_a_reason_is_read_as_strictly(susan: Program, john: Program) -> None:
    path = f"{MESSAGES}/{post(susan, 'Hello!')}/reports"
    for body in ('{"reason": "\\ud800"}', '{"reason": ""}', "{}", '{"reason": 1}'):
        assert [place for place, _ in errors(send(john, body, path))] == ["/reason"]
    assert [place for place, _ in errors(john.post(path, json={"reason": "x" * 501}))] == [
        "/reason"
    ]
    assert john.post(path, json={"reason": "🙂" * 500}).status_code == 204


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=", "limit"),
        ("limit=x", "limit"),
        ("limit=1.5", "limit"),
        ("limit=1e1", "limit"),
        ("limit=1_0", "limit"),
        ("limit=%201", "limit"),
        ("limit=%2B1", "limit"),
        ("limit=%EF%BC%91", "limit"),  # a digit, of those that are as wide as ideographs
        ("limit=null", "limit"),
        ("limit=1&limit=2", "limit"),
        ("limit=" + "9" * 5000, "limit"),
        ("after=0", "after"),
        ("after=-1", "after"),
        ("after=4294967296", "after"),
        ("before=%00", "before"),
        ("author_id=x", "author_id"),
        ("reply_to=0", "reply_to"),
        ("page=2", "page"),
        ("Limit=1", "Limit"),
    ],
)
def test_a_query_is_read_as_strictly(sqlite_susan: Program, query: str, place: str) -> None:
    assert [found for found, _ in errors(sqlite_susan.get(f"{MESSAGES}?{query}"))] == [place]


def test_bytes_that_are_no_text_are_looked_for_nowhere(susan: Program) -> None:
    for query in ("q=%ff", "q=%ed%a0%80", "q=%f0%9f"):
        assert susan.get(f"/api/v1/search?{query}").status_code in {200, 422}
    assert errors(susan.get("/api/v1/search?q=%00")) == [("q", NOT_ALLOWED)]
