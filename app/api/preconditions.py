"""Answers that have not changed, and changes of what has (RFC 9110, section 13; RFC 6585)."""

from flask import Response, jsonify, request
from werkzeug.exceptions import PreconditionFailed, PreconditionRequired
from werkzeug.http import generate_etag

from app.api import api
from app.api.representations import Representation
from app.web.languages import gettext


@api.after_request
def tag(response: Response) -> Response:
    """Say which state an answer is of. Who has it already is told so with 304."""
    if request.method in {"GET", "HEAD"} and response.status_code == 200:  # noqa: PLR2004
        response.add_etag()
        response.make_conditional(request)
    return response


def check_match(representation: Representation) -> None:
    """Raise PreconditionFailed if the client has seen something else, whatever it wants to do."""
    if request.if_match and not request.if_match.contains(make_tag(representation)):
        raise PreconditionFailed(
            gettext("This has changed since you read it. Please read it again, and decide anew.")
        )


def require_match(representation: Representation) -> None:
    """Raise PreconditionRequired if the client does not say what it has seen; see `check_match`."""
    if not request.if_match:
        raise PreconditionRequired(
            gettext("Please say what you have read: send its ETag as “If-Match”.")
        )
    check_match(representation)


def make_tag(representation: Representation) -> str:
    """Return the tag that the answer to a GET has."""
    return generate_etag(jsonify(representation).get_data())
