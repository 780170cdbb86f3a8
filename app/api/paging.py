"""Long lists, a page at a time, by the number of the last item (RFC 8288 for the way on).

As in `app.web.paging`, rows that come or go meanwhile change nothing about the others. A client may
choose how long a page is, and a place where nothing is has nothing: it leads nowhere else.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple, NotRequired, TypedDict
from urllib.parse import urlencode

from flask import Response, current_app, jsonify, request
from sqlalchemy import Select
from sqlalchemy.orm import InstrumentedAttribute

from app.api.representations import Represent
from app.web.paging import CURSORS, fetch


class Place(TypedDict):
    """Which part of a list is wanted: what `schemas.PageQuery` reads."""

    limit: int
    after: NotRequired[int]
    before: NotRequired[int]


class Page(NamedTuple):
    """Rows of a list, and after and before which number it goes on, if it does."""

    rows: Sequence[Any]
    after: int | None
    before: int | None


def fetch_page(
    rows: Select[Any],
    key: InstrumentedAttribute[int],
    place: Place,
    *,
    newest_first: bool = False,
    stopped_at: int | None = None,
) -> Page:
    """Return a page of a list in the order of a key.

    `stopped_at` is where a search goes on that is not over at the end of what it has found.
    """
    limit, after, before = place["limit"], place.get("after"), place.get("before")
    backwards = before is not None
    edge = before if backwards else after
    found = fetch(rows, key, edge, descending=newest_first != backwards, most=limit + 1)
    is_cut, found = len(found) > limit, found[:limit]
    end = getattr(found[-1], key.key) if is_cut else stopped_at
    begin = getattr(found[0], key.key) if found and edge is not None else None
    return Page(found[::-1], begin, end) if backwards else Page(found, end, begin)


def answer_with_page(page: Page, represent: Represent) -> Response:
    """Return a page, and the addresses of those before and after it."""
    following = _make_url(after=page.after) if page.after else None
    previous = _make_url(before=page.before) if page.before else None
    items = [represent(row) for row in page.rows]
    response = jsonify({"items": items, "next": following, "previous": previous})
    links = {"next": following, "prev": previous}
    response.headers.extend(
        ("Link", f'<{url}>; rel="{relation}"') for relation, url in links.items() if url
    )
    return response


def answer_with_nothing() -> Response:
    """Return an answer without a body: it is done."""
    response = Response(status=204)
    del response.headers["Content-Type"]
    return response


def _make_url(**cursor: int) -> str:
    query = {name: value for name, value in request.args.items() if name not in CURSORS}
    return f"{current_app.config['PUBLIC_URL']}{request.path}?{urlencode(query | cursor)}"
