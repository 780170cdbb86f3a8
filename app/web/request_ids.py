"""The number of a request: in each line of the log, in its answer, and on its error page."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from flask import Flask

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

HEADER = "X-Request-ID"
WELL_FORMED = re.compile(r"[A-Za-z0-9_-]{8,64}")
KEPT_AS = "flasky.request_id"  # in the environment of the request

_current: ContextVar[str] = ContextVar("request_id", default="")


def init_app(app: Flask) -> None:
    """Give each request a number, or leave it the one that a trusted proxy has given it."""
    numbers = RequestIds(app.wsgi_app, believes_proxies=app.config["TRUSTED_PROXIES"] > 0)
    app.wsgi_app = numbers  # type: ignore[method-assign]


def get_request_id() -> str:
    """Return the number of the request in hand, or an empty text where there is none."""
    return _current.get()


class RequestIds:
    """WSGI middleware that knows the number while a request is answered, and sends it along."""

    def __init__(self, wsgi_app: WSGIApplication, *, believes_proxies: bool) -> None:
        self.wsgi_app = wsgi_app
        self.believes_proxies = believes_proxies

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        given = environ.get("HTTP_X_REQUEST_ID", "") if self.believes_proxies else ""
        number = given if WELL_FORMED.fullmatch(given) else secrets.token_hex(8)
        environ[KEPT_AS] = number

        def start(status: str, headers: list[tuple[str, str]], *exc_info: Any) -> Any:  # noqa: ANN401
            headers.append((HEADER, number))
            return start_response(status, headers, *exc_info)

        token = _current.set(number)
        try:
            return self.wsgi_app(environ, start)
        finally:
            _current.reset(token)
