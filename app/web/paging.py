"""Long lists, a page at a time: each page begins after the last row of the one before.

So a page costs the same wherever it is, and nothing is shown twice or left out because rows came or
went meanwhile; a number of rows to skip would do both. See https://use-the-index-luke.com/no-offset.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import urlencode

from flask import request, url_for
from sqlalchemy import Select, func, select
from sqlalchemy.orm import InstrumentedAttribute

from app.extensions import db
from app.web.converters import parse_id

ROWS_ON_A_PAGE = 25
MOST_COUNTED = 1000  # rows; counting more takes longer than showing a page of them
CURSORS = {"after", "before"}


class Page(NamedTuple):
    """Rows of a list, and the addresses of the pages before and after, if there are any.

    `total` is how many rows the list has, or MOST_COUNTED + 1 for all that is more, and for a list
    whose rows are not counted.
    """

    rows: Sequence[Any]
    total: int
    previous: str | None
    following: str | None


def paginate(
    rows: Select[Any],
    key: InstrumentedAttribute[Any],
    *,
    newest_first: bool = False,
    is_counted: bool = True,
) -> Page:
    """Return the page that `?after=KEY` or `?before=KEY` of this request asks for, or the first.

    `key` is a column that no two rows have alike; the list is in its order. A key that cannot be
    one, or that nothing comes after or before, leads to the first page. Where nobody is told how
    many rows there are, they need not be counted, which takes longer than to find them.
    """
    after, before = read_cursor("after", key), read_cursor("before", key)
    backwards = after is None and before is not None
    edge = before if backwards else after
    descending = newest_first != backwards
    found = fetch(rows, key, edge, descending=descending)
    if not found and edge is not None:
        edge, backwards = None, False
        found = fetch(rows, key, None, descending=newest_first)
    there_are_more = len(found) > ROWS_ON_A_PAGE
    found = found[:ROWS_ON_A_PAGE]
    if backwards:
        found.reverse()
    has_previous = there_are_more if backwards else edge is not None
    has_following = True if backwards else there_are_more
    is_all = not (has_previous or has_following)
    uncounted = MOST_COUNTED + 1
    return Page(
        found,
        len(found) if is_all else _count(rows) if is_counted else uncounted,
        make_url(before=getattr(found[0], key.key)) if has_previous else None,
        make_url(after=getattr(found[-1], key.key)) if has_following else None,
    )


class Sorting(NamedTuple):
    """How a list is sorted: by which of its columns, and which way."""

    name: str
    column: InstrumentedAttribute[Any]
    is_descending: bool

    def make_url(self, name: str) -> str:
        """Return the address of this list sorted by a column, or, if it is, the other way round."""
        turned = "-" if name == self.name and not self.is_descending else ""
        return make_url(sort=f"{turned}{name}")


def read_sorting(columns: Mapping[str, InstrumentedAttribute[Any]]) -> Sorting:
    """Return how this request wants a list sorted: `?sort=NAME`, or `-NAME` the other way round.

    `columns` are those that it can be sorted by: unique, with an index, the usual one first.
    """
    wanted = request.args.get("sort", "")
    name = wanted.removeprefix("-")
    if name not in columns:
        name, wanted = next(iter(columns)), ""
    return Sorting(name, columns[name], wanted.startswith("-"))


def is_first_page() -> bool:
    """Return whether this request asks for the first page of a list."""
    return CURSORS.isdisjoint(request.args)


def _count(rows: Select[Any]) -> int:
    counted = rows.limit(MOST_COUNTED + 1).subquery()
    return db.session.scalars(select(func.count()).select_from(counted)).one()


def fetch(
    rows: Select[Any],
    key: InstrumentedAttribute[Any],
    edge: Any,  # noqa: ANN401
    *,
    descending: bool,
    most: int = ROWS_ON_A_PAGE + 1,
) -> list[Any]:
    """Return the rows beyond a key, by default one more than there are on a page."""
    if edge is not None:
        rows = rows.where(key < edge if descending else key > edge)
    rows = rows.order_by(key.desc() if descending else key).limit(most)
    return list(db.session.scalars(rows))


def read_cursor(name: str, key: InstrumentedAttribute[Any]) -> Any:  # noqa: ANN401
    """Return the key in the address, or None if there is none, or none that can be.

    `name` is `after` or `before`.
    """
    value = request.args.get(name, "")
    if key.type.python_type is int:
        return parse_id(value)
    return value if value and "\0" not in value else None  # which PostgreSQL does not take


def make_url(**changes: object) -> str:
    """Return the address of this list, with the same filters, at another place or sorted anew."""
    filters = {name: value for name, value in request.args.items() if name not in CURSORS}
    here = url_for(request.endpoint or "", **(request.view_args or {}))
    return f"{here}?{urlencode({**filters, **changes})}"
