"""No page of another site changes anything here, even one that has got hold of a form's token.

Browsers say which page a request comes from, in `Sec-Fetch-Site` or else in `Origin`. What says
neither is no browser of today, and has no visitor's cookies (as in Go's CrossOriginProtection).
"""

from urllib.parse import urlsplit

from flask import Flask, abort, current_app, request

from app.web.content_negotiation import is_api_call

CHANGES_NOTHING = {"GET", "HEAD", "OPTIONS"}
# What `Sec-Fetch-Site` says of a request that no page of another site has caused.
FROM_HERE = {"same-origin", "none"}


def init_app(app: Flask) -> None:
    """Look at every request that could change something."""
    app.before_request(check)


def check() -> None:
    """Answer 403 to what another site's page sends, but to the API, which knows no cookies."""
    if request.method not in CHANGES_NOTHING and not (is_api_call() or comes_from_here()):
        abort(403)


def comes_from_here() -> bool:
    """Return whether a request comes from a page of this site, from a visitor or a program."""
    headers = request.headers
    if (site := headers.get("Sec-Fetch-Site")) is not None:
        return site in FROM_HERE
    origin = headers.get("Origin")
    return origin is None or host_of(origin) in {
        request.host,
        host_of(current_app.config["PUBLIC_URL"]),
    }


def host_of(address: str) -> str:
    """Return the host in an address, with its port, or "" if there is none."""
    try:
        return urlsplit(address).netloc
    except ValueError:
        return ""
