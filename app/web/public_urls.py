"""Addresses as others have them: whole, and those of PUBLIC_URL, as in mails.

A request may have come by another name, or through a proxy that says less than it knows.
"""

from urllib.parse import urlsplit

from flask import current_app


def public_url_for(endpoint: str, **values: object) -> str:
    """Return the whole address of a page."""
    parts = urlsplit(current_app.config["PUBLIC_URL"])
    adapter = current_app.url_map.bind(parts.netloc, parts.path or "/", url_scheme=parts.scheme)
    return adapter.build(endpoint, values, force_external=True)
