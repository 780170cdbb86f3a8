"""What a request sends along is read to its end, whether a page wants it or not."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING

from flask import Flask
from werkzeug.exceptions import ClientDisconnected
from werkzeug.wsgi import get_content_length, get_input_stream

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


def init_app(app: Flask) -> None:
    """Read what the pages have left unread, so that the connection can be used again.

    A server closes one on which something is still to come, and a proxy that has sent its next
    request over it meanwhile answers 502. What is larger than forms are is not waited for.
    """
    largest = app.config["MAX_CONTENT_LENGTH"]
    app.wsgi_app = RequestBodies(app.wsgi_app, largest)  # type: ignore[method-assign]


class RequestBodies:
    """WSGI middleware that reads the rest of a request's body before its answer is sent."""

    def __init__(self, wsgi_app: WSGIApplication, largest: int) -> None:
        self.wsgi_app = wsgi_app
        self.largest = largest

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if not 0 < (get_content_length(environ) or 0) <= self.largest:
            return self.wsgi_app(environ, start_response)
        body = get_input_stream(environ)
        environ |= {"wsgi.input": body, "wsgi.input_terminated": True}  # it knows its own end
        try:
            return self.wsgi_app(environ, start_response)
        finally:
            with suppress(ClientDisconnected, OSError):  # who has gone needs no answer
                while body.read(self.largest):
                    pass
