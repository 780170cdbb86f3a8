"""What is hidden, deleted, or by a disabled author: one walk to all places where it was."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from app import db
from app.board import live, newest
from app.board.models import MailFrequency
from app.board.notification_mails import set_frequency
from app.board.unread import News, count_news
from app.models import User
from tests.auth.people import add_account, log_in, press, submit
from tests.board.conftest import make_members_old
from tests.board.people import disable, user_of, write
from tests.clients import CheckingClient
from tests.conftest import visitor
from tests.mail.inbox import Inbox, text_of
from tests.mail.outbox import run

TEXT = "Unspeakable words, @bob and @susan"
PLACES = [
    "/board/",
    "/board/1",  # which it replies to
    "/board/2",  # its own
    "/board/new?reply_to=2",
    "/user/john",
    "/board/search?q=unspeakable",
    "/board/search?q=words+bob",
    "/board/feed.atom",
    "/board/feed/john.atom",
    "/board/newest?after=0",
]
OWN_PLACES = [*PLACES, "/board/notifications", "/board/favourites"]
ALWAYS_WITHOUT = {"/board/new?reply_to=2"}  # for a visitor, who has to log in
Deed = Callable[[Flask], None]


@pytest.fixture
def bob(app: Flask) -> CheckingClient:
    """The browser of one more reader."""
    add_account(app, "bob")
    return log_in(app, "bob")


def hide(app: Flask) -> None:
    add_account(app, "anna", role="Moderator")
    submit(log_in(app, "anna"), "/board/2/hide", reason="A reason")


def delete(app: Flask) -> None:
    submit(log_in(app, "john"), "/board/2/delete")


def disable_john(app: Flask) -> None:
    disable(app, "john")


def places_with_it(app: Flask, client: CheckingClient, places: list[str]) -> set[str]:
    """Return where a client reads the message now, whatever was remembered a second ago."""
    app.extensions[newest.MEMORY] = live.Memory(live.read_state)
    return {place for place in places if "Unspeakable" in client.get(place).text}


def count_for(app: Flask, name: str) -> News:
    """Return what is new to somebody: messages, and notifications."""
    with app.app_context():
        return count_news(user_of(app, name))


@pytest.mark.parametrize("take_away", [hide, delete, disable_john])
def test_what_is_gone_is_in_none_of_the_places_where_it_was(
    app: Flask, susan: CheckingClient, bob: CheckingClient, inbox: Inbox, take_away: Deed
) -> None:
    add_account(app, "john")
    make_members_old(app)
    write(susan, "Hello!")
    susan.get("/board/")
    bob.get("/board/")
    address = write(log_in(app, "john"), TEXT, reply_to="/board/1")
    assert address == "/board/2"
    for client in (susan, bob):
        press(client, f"{address}/favourite")
    stranger = visitor(app)
    assert places_with_it(app, stranger, PLACES) == {*PLACES} - ALWAYS_WITHOUT
    counts = [count_for(app, name) for name in ("susan", "bob")]
    assert counts == [(1, 1), (1, 1)]
    # Opening it or the board has been noted; what follows is of a message that is new again.
    with app.app_context():
        for user in db.session.scalars(select(User).filter(User.username.in_(["susan", "bob"]))):
            set_frequency(user, MailFrequency.AT_ONCE)

    take_away(app)
    assert places_with_it(app, stranger, PLACES) == set()
    for name, client in {"susan": susan, "bob": bob}.items():
        assert count_for(app, name) == (0, 0)
        assert places_with_it(app, client, OWN_PLACES) == set()
    assert "Unspeakable" not in stranger.get("/board/moderation").text
    run(app, "send")
    assert not [mail for mail in inbox.mails if "Unspeakable" in text_of(mail)]


def test_readers_find_it_in_all_these_places_before(
    app: Flask, susan: CheckingClient, bob: CheckingClient
) -> None:
    add_account(app, "john")
    make_members_old(app)
    write(susan, "Hello!")
    write(log_in(app, "john"), TEXT, reply_to="/board/1")
    for client in (susan, bob):
        press(client, "/board/2/favourite")
        assert places_with_it(app, client, OWN_PLACES) == {*OWN_PLACES}
