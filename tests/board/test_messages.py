"""What is done with messages from `flask shell`, where there is no page."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app import db
from app.board import messages, moderation
from app.board.messages import RefusedError, visible_messages
from app.board.models import Message
from app.board.texts import InvalidMessageError, make_html, parse_text
from tests.auth.people import add_account
from tests.board.people import user_of


def visible() -> list[str]:
    return [message.text for message in db.session.scalars(visible_messages().order_by("id"))]


@pytest.fixture
def _susan(app: Flask) -> None:
    add_account(app, "susan")
    add_account(app, "anna", role="Moderator")


@pytest.mark.usefixtures("_susan")
def test_a_message_lives(app: Flask) -> None:
    with app.app_context():
        susan, anna = user_of(app, "susan"), user_of(app, "anna")
        first = messages.post(susan, "  Hello!\r\n")
        second = messages.post(anna, "Hi!", reply_to=first)
        assert (first.id, first.text, second.reply_to) == (1, "Hello!", first)
        assert visible() == ["Hello!", "Hi!"]
        messages.edit(susan, first, "Hello")
        assert first.edited_at
        moderation.hide(first, "For fun", anna)
        assert (visible(), first.hidden_by) == (["Hi!"], anna)
        assert messages.find_visible(1) is None
        assert messages.find_visible(1, susan) is messages.find_visible(1, anna) is first
        moderation.show(first, anna)
        assert (visible(), first.hidden_by, first.hidden_reason) == (["Hello", "Hi!"], None, "")
        messages.delete(susan, first)
        assert (visible(), first.text) == (["Hi!"], "")
        assert messages.is_deleted(1)
        assert not messages.is_deleted(2)
        assert repr(susan.messages) == "[<Message 1>]"  # type: ignore[attr-defined]


@pytest.mark.usefixtures("_susan")
def test_what_may_not_be_done_is_refused(app: Flask) -> None:
    with app.app_context():
        susan, anna = user_of(app, "susan"), user_of(app, "anna")
        message = messages.post(susan, "Hello!")
        deeds: list[Callable[[], None]] = [
            lambda: messages.edit(anna, message, "Mine"),
            lambda: messages.delete(anna, message),
            lambda: moderation.hide(message, "", susan),
            lambda: moderation.show(message, susan),
        ]
        for deed in deeds:
            with pytest.raises(RefusedError):
                deed()
        messages.delete(susan, message)
        with pytest.raises(RefusedError):
            moderation.hide(message, "", anna)
        with pytest.raises(RefusedError):
            messages.delete(susan, message)


@pytest.mark.usefixtures("_susan")
def test_the_same_text_within_a_minute_is_one_message(app: Flask) -> None:
    with app.app_context():
        susan, anna = user_of(app, "susan"), user_of(app, "anna")
        first = messages.post(susan, "Hello!")
        assert messages.post(susan, " Hello! ") is first
        assert messages.post(anna, "Hello!") is not first
        reply = messages.post(susan, "Hello!", reply_to=first)
        assert reply is not first
        first.written_at = datetime.now(UTC) - timedelta(seconds=61)
        db.session.commit()
        again = messages.post(susan, "Hello!")
        assert again is not first
        messages.delete(susan, again)
        assert messages.post(susan, "Hello!") not in {first, again, reply}


@pytest.mark.usefixtures("_susan")
def test_only_so_many_rows_are_read_for_a_list(app: Flask) -> None:
    with app.app_context():
        susan = user_of(app, "susan")
        messages.post(susan, "Hello!")
        db.session.expunge_all()
        [found] = db.session.scalars(visible_messages())
        assert "author" not in db.inspect(found).unloaded


def test_a_message_is_made_in_the_shell(app: Flask) -> None:
    with app.app_context():
        db.session.add(Message(text="From nobody"))
        db.session.commit()
        [message] = Message.query.all()
        assert message.written_at
        assert visible() == ["From nobody"]


@pytest.mark.usefixtures("_susan")
def test_lone_surrogates_and_nul_are_replaced(app: Flask) -> None:
    with app.app_context():
        message = messages.post(user_of(app, "susan"), "a\0b\ud800c\x1bd")
        assert message.text == "a�b�c�d"
        assert db.session.scalars(select(Message.text)).one() == "a�b�c�d"


@pytest.mark.parametrize("text", ["", " ", "\n", "\u200b", "\u202e\u2066", "\u0301", "ㅤ", "\u2800"])
def test_what_shows_nothing_is_no_message(text: str) -> None:
    with pytest.raises(InvalidMessageError, match="Please write something"):
        parse_text(text)


@pytest.mark.parametrize(
    ("text", "linked"),
    [
        ("See https://example.com/a?b=1&c=2.", ["https://example.com/a?b=1&amp;c=2"]),
        ("(http://a.example/b_(c))", ["http://a.example/b_(c)"]),
        ("看https://example.com/留言。", ["https://example.com/"]),
        ("HTTPS://EXAMPLE.COM, http://[::1]/", ["HTTPS://EXAMPLE.COM", "http://[::1]/"]),
        ("http:// https://... http://[x ftp://a.example //a.example www.a.example", []),
        ("javascript:alert(1) data:text/html,x vbscript:x java\nscript:x", []),
        ("'https://a.example' \"https://b.example\" <https://c.example>",
         ["https://a.example", "https://b.example", "https://c.example"]),
    ],
)  # fmt: skip
def test_addresses_become_links_and_nothing_else_does(text: str, linked: list[str]) -> None:
    html = str(make_html(text))
    wanted = [f'<a href="{address}" rel="ugc nofollow">{address}</a>' for address in linked]
    assert [link for link in wanted if link in html] == wanted
    assert html.count("<a ") == len(wanted)


def test_blank_lines_part_paragraphs() -> None:
    html = make_html("One\ntwo\n \n\nthree")
    assert str(html) == '<p dir="auto">One<br>\ntwo</p>\n<p dir="auto">three</p>'
