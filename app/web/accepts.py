"""What a client wants to read."""

from flask import request


def prefers_json() -> bool:
    """Return whether the client would rather read JSON than a page."""
    types = ["text/html", "application/problem+json", "application/json"]
    return request.accept_mimetypes.best_match(types, "text/html") != "text/html"
