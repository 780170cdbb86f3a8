"""Parts of addresses, as in `/user/<name:name>` and `/users/<id:user_id>`."""

from urllib.parse import quote

from flask import Flask
from werkzeug.routing import BaseConverter, IntegerConverter, Map

from app.models.columns import LARGEST_INTEGER


def init_app(app: Flask) -> None:
    """Let addresses hold names and ids. It comes before whatever adds such addresses."""
    app.url_map.converters.update(id=IdConverter, name=NameConverter)


class IdConverter(IntegerConverter):
    """A number that can be a row's.

    What can be none is taken for 0, which is no row's either: Werkzeug would answer 405 instead of
    404 where it refuses a number, and another method of the same address has none.
    """

    def __init__(self, url_map: Map) -> None:
        super().__init__(url_map, min=1, max=LARGEST_INTEGER)  # which the API's description tells

    def to_python(self, value: str) -> int:
        """Return the number, or 0."""
        return parse_id(value) or 0


class NameConverter(BaseConverter):
    """A whole name as the last part of an address: names may hold slashes."""

    regex = ".+"
    part_isolating = False

    def to_url(self, value: str) -> str:
        """Quote everything that could mean something in an address."""
        return quote(value, safe="")


def parse_id(text: str) -> int | None:
    """Return the number of a row that somebody has written, or None for what can be none."""
    is_id = text.isascii() and text.isdigit() and len(text) <= len(str(LARGEST_INTEGER))
    return int(text) if is_id and int(text) <= LARGEST_INTEGER else None
