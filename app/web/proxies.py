"""What the proxies before Flasky say about a request."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = logging.getLogger(__name__)

FORWARDED_FOR = "HTTP_X_FORWARDED_FOR"
# What RFC 7239 calls that which ProxyFix reads from headers of its own.
PARAMETERS = {"for": FORWARDED_FOR, "proto": "HTTP_X_FORWARDED_PROTO"}


def init_app(app: Flask) -> None:
    """Believe as many proxies as TRUSTED_PROXIES says, in the header that PROXY_HEADER names."""
    proxies, header = app.config["TRUSTED_PROXIES"], app.config["PROXY_HEADER"]
    if not proxies:
        return
    wsgi_app: WSGIApplication = app.wsgi_app
    if app.config["PUBLIC_URL"].startswith("https://"):
        wsgi_app = HttpsReminder(wsgi_app, "X-Forwarded-Proto" if "-" in header else header)
    if header == "Forwarded":
        wsgi_app = ProxyFix(wsgi_app, x_for=1, x_proto=1, x_host=0)
        wsgi_app = Forwarded(wsgi_app, proxies)
    else:
        wsgi_app = ProxyFix(wsgi_app, x_for=proxies, x_proto=proxies, x_host=0)
    app.wsgi_app = wsgi_app  # type: ignore[method-assign]


class Forwarded:
    """WSGI middleware that lets ProxyFix read what `Forwarded` says, and nothing else.

    A server writes `X-Forwarded-For` and `X_Forwarded_For` under one name, and Granian keeps one of
    them: a visitor's, where a proxy lets it through. This header's name has no second spelling.
    """

    def __init__(self, wsgi_app: WSGIApplication, proxies: int) -> None:
        self.wsgi_app = wsgi_app
        self.proxies = proxies

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        said = parse_forwarded(environ.get("HTTP_FORWARDED", ""), self.proxies)
        for parameter, name in PARAMETERS.items():
            environ[name] = said.get(parameter, "")
        return self.wsgi_app(environ, start_response)


def parse_forwarded(header: str, proxies: int) -> dict[str, str]:
    """Return what the outermost of the trusted proxies has said: `for`, `proto`, and the like.

    A comma ends what one proxy says even within quotes, as no address or scheme has one: a quote
    that a visitor opens would swallow what the proxies add.
    """
    elements = header.split(",")
    if len(elements) < proxies:
        return {}
    pairs = (pair.partition("=") for pair in elements[-proxies].split(";"))
    return {name.strip().lower(): value.strip().strip('"') for name, _, value in pairs}


class HttpsReminder:
    """WSGI middleware that says once if the proxies do not tell that visitors use https.

    Without it the site seems to work. But no browser is told to stay with https.
    """

    def __init__(self, wsgi_app: WSGIApplication, header: str) -> None:
        self.wsgi_app = wsgi_app
        self.header = header
        self.has_told = False

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        is_lost = environ["wsgi.url_scheme"] != "https" and environ.get(FORWARDED_FOR)
        if is_lost and not self.has_told:
            self.has_told = True
            log.warning(
                "A proxy does not say that its visitor used https; let it set %s (see deploy/).",
                self.header,
            )
        return self.wsgi_app(environ, start_response)
