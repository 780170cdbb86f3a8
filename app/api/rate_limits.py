"""How often a client may ask, which it is told with every answer.

The headers are those of draft-ietf-httpapi-ratelimit-headers. What changes something has limits of
its own besides, as on the pages.
"""

from flask import Response, g
from werkzeug.exceptions import TooManyRequests

from app.api import api
from app.web.limits import Allowance, Standing

REQUESTS = Allowance("api", "API_LIMIT")  # of one token
ADDRESS_REQUESTS = Allowance("api", "API_LIMIT", of_networks=True)  # without one


@api.before_request
def count_request() -> None:
    """Count a request, once. Raise TooManyRequests after too many."""
    if "api_standing" in g:
        return
    token = g.get("api_token")
    requests, who = (REQUESTS, f"token {token.id}") if token else (ADDRESS_REQUESTS, "")
    is_allowed = requests.allows(who)
    g.api_standing = standing = requests.get_standing(who)
    if not is_allowed:
        raise TooManyRequests(retry_after=standing.seconds)


@api.after_request
def tell_standing(response: Response) -> Response:
    """Say how many requests are left, and when there will be more."""
    standing: Standing | None = g.get("api_standing")
    if standing:
        response.headers["RateLimit-Policy"] = f'"api";q={standing.quota};w={standing.window}'
        response.headers["RateLimit"] = f'"api";r={standing.remaining};t={standing.seconds}'
    return response
