"""Feeds of messages, as RFC 4287 (Atom) has them: of all, and of one author.

They are the same for everybody, in the site's language, with what anybody may see.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from flask import Response, abort, current_app, render_template, request
from sqlalchemy import Row, Select

from app.board import board, live, messages
from app.board.excerpts import excerpt
from app.board.models import Message
from app.extensions import db
from app.models import User
from app.models.lookup import find_by_name
from app.web.access import everybody_alike
from app.web.languages import in_language
from app.web.public_urls import public_url_for
from app.web.times import format_timestamp

MESSAGES_IN_A_FEED = 50
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)  # when a feed without messages was changed last
A_SECOND = timedelta(seconds=1)

board.add_app_template_global(public_url_for)
board.add_app_template_filter(excerpt)
board.add_app_template_filter(format_timestamp, "timestamp")


@board.route("/feed.atom")
@everybody_alike
def feed() -> Response:
    """Tell feed readers what is new on the board."""
    return _show_feed(messages.visible_messages())


@board.route("/feed/<name:name>.atom")
@everybody_alike
def feed_of(name: str) -> Response:
    """Tell feed readers what is new by an author."""
    author = find_by_name(name)
    if author is None or author.disabled_at is not None:
        abort(404)
    return _show_feed(messages.visible_messages().where(Message.author_id == author.id), author)


def _show_feed(found: Select[Message], author: User | None = None) -> Response:
    """Answer with a feed, or with 304 to who has it. That is found out before texts are read."""
    rows = _find_versions(found)
    updated = max((row.edited_at or row.written_at for row in rows), default=BEGINNING)
    response = Response(mimetype="application/atom+xml")
    response.set_etag(live.make_digest([tuple(row) for row in rows] + [author and author.username]))
    response.headers["Cache-Control"] = "public, no-cache"
    if datetime.now(UTC) - updated > A_SECOND:  # within that, something else may happen
        response.last_modified = updated
    response.make_conditional(request)
    if response.status_code != 304:  # noqa: PLR2004
        response.set_data(_make_feed(found, author, updated))
    return response


def _find_versions(found: Select[Message]) -> list[Row[tuple[int, datetime, datetime, str]]]:
    """Return what the entries of a feed depend on, but for what never changes."""
    columns = (Message.id, Message.written_at, Message.edited_at, User.username)
    newest = live.newest_rows(found, MESSAGES_IN_A_FEED, *columns)
    return list(db.session.execute(newest))


def _make_feed(found: Select[Message], author: User | None, updated: datetime) -> str:
    newest = found.order_by(Message.id.desc()).limit(MESSAGES_IN_A_FEED)
    with in_language(current_app.config["BABEL_DEFAULT_LOCALE"]):
        return render_template(
            "board/feed.xml",
            messages=db.session.scalars(newest).all(),
            author=author,
            updated=updated,
        )
