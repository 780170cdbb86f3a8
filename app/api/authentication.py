"""Who sends a request: whoever's token it shows (RFC 6750), and nobody's cookie."""

from flask import Response, current_app, g, request
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Forbidden, Unauthorized

from app.api import api, tokens
from app.api.models import ApiToken, Scope
from app.api.rate_limits import count_request
from app.models import User
from app.web.access import get_access, register_identification
from app.web.languages import gettext

READING = {"GET", "HEAD"}
LONGEST_HEADER = 200  # characters


@register_identification("api")
def identify() -> User | None:
    """Return whose token a request shows, or None if it shows none. Raise Unauthorized."""
    header = request.headers.get("Authorization", "")[:LONGEST_HEADER]
    g.api_token = token = find_token(header) if header else None
    count_request()
    if header and token is None:
        raise Unauthorized(
            gettext("This token is not valid. It may have expired or been revoked."),
            www_authenticate=WWWAuthenticate("bearer", {"error": "invalid_token"}),
        )
    return token.user if token else None


def find_token(header: str) -> ApiToken | None:
    """Return the token that a header shows, if it opens anything."""
    kind, _, secret = header.partition(" ")
    token = tokens.find(secret.strip()) if kind.lower() == "bearer" else None
    return token if token and tokens.touch(token) else None


def get_token() -> ApiToken:
    """Return the token of this request. Raise Unauthorized if it shows none."""
    token: ApiToken | None = g.get("api_token")
    if token is None:
        raise Unauthorized
    return token


@api.before_request
def check_scope() -> None:
    """Answer 403 if the token is not for this. What everybody may do needs no scope."""
    access = get_access(current_app.view_functions[request.endpoint or ""])
    if access is None or not access.needs_login or request.method == "OPTIONS":
        return
    scope = Scope.READ if request.method in READING else Scope.WRITE
    if not get_token().allows(scope):
        g.missing_scope = scope
        raise Forbidden(
            gettext("This token is not for that. It would need the scope “%(scope)s”.", scope=scope)
        )


@api.after_request
def ask_for_token(response: Response) -> Response:
    """Say how to show who one is, or what the token lacks, if that is what is missing."""
    if response.status_code == 401 and "WWW-Authenticate" not in response.headers:  # noqa: PLR2004
        response.headers["WWW-Authenticate"] = "Bearer"
    elif scope := g.get("missing_scope"):
        response.www_authenticate = WWWAuthenticate(
            "bearer", {"error": "insufficient_scope", "scope": scope}
        )
    return response
