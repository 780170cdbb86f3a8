"""What a request sends along is read to its end, whether a page wants it or not."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import IO, TYPE_CHECKING

from flask import Flask
from werkzeug.exceptions import ClientDisconnected
from werkzeug.wsgi import get_content_length, get_input_stream

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

LARGEST_DRAINED = 256 * 1024  # bytes; the proxies' settings in deploy/ let no more through
BYTES_AT_ONCE = 64 * 1024


def init_app(app: Flask) -> None:
    """Read what the pages have left unread, so that the connection can be used again.

    A server closes one on which something is still to come. A proxy that has sent its next request
    over it meanwhile answers 502, and a browser shows no 413 at all.
    """
    app.wsgi_app = RequestBodies(app.wsgi_app)  # type: ignore[method-assign]


class RequestBodies:
    """WSGI middleware that reads the rest of a request's body before its answer is sent."""

    def __init__(self, wsgi_app: WSGIApplication) -> None:
        self.wsgi_app = wsgi_app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if "CONTENT_LENGTH" not in environ and "HTTP_TRANSFER_ENCODING" not in environ:
            return self.wsgi_app(environ, start_response)
        body = get_input_stream(environ)
        environ |= {"wsgi.input": body, "wsgi.input_terminated": True}  # it knows its own end
        try:
            return self.wsgi_app(environ, start_response)
        finally:
            if (get_content_length(environ) or 0) <= LARGEST_DRAINED:
                drain(body)


def drain(body: IO[bytes]) -> None:
    """Read a body to its end, or, where nobody knows how much comes, as much as is bearable."""
    left = LARGEST_DRAINED
    with suppress(ClientDisconnected, OSError):  # who has gone needs no answer
        while left > 0 and (chunk := body.read(min(left, BYTES_AT_ONCE))):
            left -= len(chunk)
