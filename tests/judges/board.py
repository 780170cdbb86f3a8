"""What the judges see of the board, and what is on it."""

from flask import Flask

from app import db
from app.board import appeals, favourites, messages, moderation, reports
from app.board.models import Message
from app.web.paging import ROWS_ON_A_PAGE
from tests.auth.people import add_account
from tests.board.people import user_of

PATHS = {
    "nobody": [
        "/board/",
        "/board/1",
        "/board/moderation",
    ],
    "david": [
        "/board/new",
        "/board/new?reply_to=2",
        "/board/1/edit",
        "/board/1/delete",
        "/board/2",
        "/board/3/report",
        "/board/3/dismiss",
        "/board/3/hide",
        "/board/4",
        "/board/4/reject",
        "/board/favourites",
        "/board/hidden",
        "/board/notifications",
        "/board/reports",
        "/board/settings",
    ],
}
# Lighthouse holds against these that search engines are asked to leave them out.
SEARCHES = [
    "/board/search",
    "/board/search?q=hello",
    "/board/search?q=nothing",
    "/board/search?q=!",
]


def fill(app: Flask) -> None:
    """Let david, who administers, have messages for two pages, and something of everything."""
    for name in ("anna", "bob"):
        add_account(app, name)
    with app.app_context():
        david, anna, bob = (user_of(app, name) for name in ("david", "anna", "bob"))
        first = messages.post(david, "Hello!\n\nSee https://example.com/, @anna.")
        favourites.add(david, messages.post(anna, "Hello @david 你好", reply_to=first))
        reports.report(bob, messages.post(anna, "Buy <b>flowers</b>!"), "An advertisement")
        hidden = messages.post(anna, "You fool!")
        moderation.hide(hidden, "Please stay friendly.", david)
        appeals.appeal(anna, hidden, "It was a joke.")
        db.session.add_all(Message(text=f"Message {i}", author=bob) for i in range(ROWS_ON_A_PAGE))
        db.session.commit()
