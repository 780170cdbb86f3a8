"""What a request sends along is read to its end, whether a page wants it or not."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING

from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.wsgi import get_content_length, get_input_stream

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

LARGEST = 256 * 1024  # bytes; the proxies of deploy/ let no more through, and that in one go


def init_app(app: Flask) -> None:
    """Read what the pages have left unread, so that the connection can be used again.

    A server closes one on which something is still to come, and a proxy that has sent the next
    request over it meanwhile, another visitor's, answers 502. What is larger is not waited for.
    """
    app.wsgi_app = RequestBodies(app.wsgi_app)  # type: ignore[method-assign]


class RequestBodies:
    """WSGI middleware that reads the rest of a request's body before its answer is sent."""

    def __init__(self, wsgi_app: WSGIApplication) -> None:
        self.wsgi_app = wsgi_app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        is_chunked = "HTTP_TRANSFER_ENCODING" in environ
        if not is_chunked and not 0 < (get_content_length(environ) or 0) <= LARGEST:
            return self.wsgi_app(environ, start_response)
        body = get_input_stream(environ, max_content_length=LARGEST)
        environ |= {"wsgi.input": body, "wsgi.input_terminated": True}  # it knows its own end
        try:
            return self.wsgi_app(environ, start_response)
        finally:
            with suppress(HTTPException, OSError):  # it was too much, or nobody waits any more
                while body.read(LARGEST):
                    pass
