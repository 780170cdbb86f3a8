"""What a client wants to read."""

from collections.abc import Iterable

from flask import request
from werkzeug.datastructures import Accept, MIMEAccept
from werkzeug.http import parse_accept_header

API = "/api/"  # where only programs call
LONGEST_HEADER = 1000  # characters; browsers send about a hundred


def is_api_call() -> bool:
    """Return whether a program calls the API: no cookie counts there, and errors are JSON."""
    return request.path.startswith(API)


def prefers_json() -> bool:
    """Return whether the client would rather read JSON than a page."""
    if is_api_call():
        return True
    types = ["text/html", "application/problem+json", "application/json"]
    header = request.headers.get("Accept", "")[:LONGEST_HEADER]
    accepted = parse_accept_header(header, MIMEAccept)
    return accepted.best_match(types, "text/html") != "text/html"


def choose_encoding(encodings: Iterable[str]) -> str | None:
    """Return which of some encodings the client likes best, the first of equals, or None."""
    header = request.headers.get("Accept-Encoding", "")[:LONGEST_HEADER]
    accepted = parse_accept_header(header, Accept)
    best = max(encodings, key=accepted.quality)
    return best if accepted.quality(best) > 0 else None
