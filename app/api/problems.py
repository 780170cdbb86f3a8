"""What the board and the greeter refuse, as problems that say where it is wrong (RFC 9457)."""

from flask import Response
from werkzeug.exceptions import Conflict

from app.api import api
from app.api.parser import InvalidRequestError
from app.board.messages import RefusedError
from app.board.search import InvalidQueryError
from app.board.texts import InvalidMessageError
from app.extensions import db
from app.main.errors import show_http_error
from app.models.nickname import InvalidNameError
from app.web.languages import translate_error


@api.errorhandler(RefusedError)
def show_refusal(error: RefusedError) -> Response:
    """Answer 409 to what is not done with a message, or not any more."""
    return show_http_error(Conflict(translate_error(error)))


@api.errorhandler(InvalidMessageError)
@api.errorhandler(InvalidNameError)
@api.errorhandler(InvalidQueryError)
def show_invalid(error: InvalidMessageError | InvalidNameError | InvalidQueryError) -> Response:
    """Answer 422 to a text, a name or words that are none, and say where they stood."""
    db.session.rollback()
    places = {
        InvalidMessageError: {"pointer": "/text"},
        InvalidNameError: {"pointer": "/name"},
        InvalidQueryError: {"parameter": "q"},
    }
    place = next(place for kind, place in places.items() if isinstance(error, kind))
    return show_http_error(InvalidRequestError([{**place, "detail": translate_error(error)}]))
