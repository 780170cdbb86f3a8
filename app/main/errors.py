"""The error pages of the whole site: in its own design, or as JSON for a program that asks."""

import logging
import math

from flask import Response, current_app, jsonify, make_response, render_template, request
from flask.globals import request_ctx
from flask_login import current_user
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import (
    Conflict,
    HTTPException,
    SecurityError,
    ServiceUnavailable,
    TooManyRequests,
)

from app.database import is_unavailable, lacks_schema
from app.extensions import db
from app.main import main
from app.main.reports import report
from app.web.accepts import prefers_json
from app.web.languages import lazy_gettext as _
from app.web.languages import ngettext
from app.web.visitors import be_nobody

log = logging.getLogger(__name__)

SECONDS_UNTIL_RETRY = 10

# What happened, and what a visitor can do about it.
EXPLANATIONS = {
    400: (
        _("Not understood"),
        _("Your browser sent something that Flasky cannot read. Please go back and try again."),
    ),
    401: (_("Not logged in"), _("Your login has ended. Please log in, and try again.")),
    403: (_("Not allowed"), _("You may not see this page, or may not do this.")),
    404: (
        _("Page not found"),
        _("There is no page at this address. Perhaps there never was."),
    ),
    405: (_("Not possible this way"), _("This page cannot be used in this way.")),
    409: (
        _("Changed meanwhile"),
        _("Somebody else has changed or deleted this. Please look at it again."),
    ),
    413: (
        _("Too much at once"),
        _("You sent more than Flasky takes. Please send something shorter."),
    ),
    422: (
        _("Not usable"),
        _("Flasky could read what you sent, but not use it. Please go back and change it."),
    ),
    429: (
        _("Too many requests"),
        _("You have sent too many requests. Please wait a moment and try again."),
    ),
    500: (
        _("Something went wrong"),
        _("It is our mistake, and nothing was saved. Please try again later."),
    ),
    503: (
        _("Not available right now"),
        _("Flasky cannot reach its data. Nothing is lost; please try again in a moment."),
    ),
}


@main.app_errorhandler(HTTPException)
def show_http_error(error: HTTPException) -> Response:
    """Answer a request that failed: a page, or RFC 9457's problem details."""
    if error.response is not None:
        return make_response(error.response)
    if isinstance(error, SecurityError):
        log.warning(
            "The host %.100r is not one of TRUSTED_HOSTS.", request.environ.get("HTTP_HOST")
        )
    status = error.code or 500
    cause = getattr(error, "original_exception", None)
    request_id = report(cause) if cause else None
    kind = 500 if status >= 500 else 400  # noqa: PLR2004  # server errors begin there
    title, explanation = EXPLANATIONS.get(status, EXPLANATIONS[kind])
    if isinstance(error, TooManyRequests) and isinstance(error.retry_after, int):
        explanation = say_when(error.retry_after)
        if error.description != TooManyRequests.description:
            explanation = f"{explanation} {error.description}"
    if prefers_json():
        problem = {
            "type": "about:blank",
            "title": error.name,
            "status": status,
            "detail": str(explanation),
        }
        if request_id:
            problem["request_id"] = request_id
        response = jsonify(problem)
        response.mimetype = "application/problem+json"
    else:
        make_urls_buildable()
        make_visitor_known()
        page = render_template(
            "errors/error.html",
            status=status,
            title=title,
            explanation=explanation,
            request_id=request_id,
        )
        response = make_response(page)
    response.status_code = status
    headers = [header for header in error.get_headers() if header[0] != "Content-Type"]
    response.headers.extend(headers)
    response.vary.add("Accept")
    return response


@main.app_errorhandler(SQLAlchemyError)
def show_database_error(error: SQLAlchemyError) -> Response:
    """Answer 503 while the database is down, too busy, or without its tables."""
    db.session.rollback()  # or the page could not be written either
    cause = " ".join(str(getattr(error, "orig", error)).split())
    if lacks_schema(error):
        log.error("The database lacks a table or a column; run `flask db upgrade`. (%s)", cause)
    elif is_unavailable(error):
        log.error("The database does not answer. (%s)", cause)
    else:
        raise error  # a fault of ours: Flask goes on to answer 500
    return show_http_error(ServiceUnavailable(retry_after=SECONDS_UNTIL_RETRY))


@main.app_errorhandler(StaleDataError)
def show_conflict(_error: StaleDataError) -> Response:
    """Answer 409 when a row is gone that this request has read and wants to change."""
    db.session.rollback()
    return show_http_error(Conflict())


def say_when(seconds: int) -> str:
    """Return what somebody who has tried too often is told to do."""
    return ngettext(
        "You have tried this too often. Please try again in a minute.",
        "You have tried this too often. Please try again in %(num)s minutes.",
        math.ceil(seconds / 60),
    )


def make_visitor_known() -> None:
    """Let the page be nobody's if the database cannot say who is logged in."""
    try:
        if current_user.is_authenticated:
            current_user.is_administrator()  # after a rollback, it has to be read again
    except SQLAlchemyError:
        db.session.rollback()
        be_nobody()


def make_urls_buildable() -> None:
    """Let the page link to its styles although the request came to a host that is not trusted.

    Flask has no adapter for such a request, and `url_for` would fail.
    """
    if request_ctx.url_adapter is None:
        root = request.script_root
        request_ctx.url_adapter = current_app.url_map.bind("localhost", script_name=root)
