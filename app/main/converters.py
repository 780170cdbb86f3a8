"""Names in addresses."""

from urllib.parse import quote

from werkzeug.routing import BaseConverter


class NameConverter(BaseConverter):
    """A whole name as the last part of an address: names may hold slashes."""

    regex = ".+"
    part_isolating = False

    def to_url(self, value: str) -> str:
        """Quote everything that could mean something in an address."""
        return quote(value, safe="")
