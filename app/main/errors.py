"""The error pages of the whole site: in its own design, or as JSON for a program that asks."""

import logging

from flask import Response, current_app, jsonify, make_response, render_template, request
from flask.globals import request_ctx
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException, SecurityError, ServiceUnavailable

from app.database import is_unavailable, lacks_schema
from app.main import main
from app.web.languages import lazy_gettext as _

log = logging.getLogger(__name__)

SECONDS_UNTIL_RETRY = 10

# What happened, and what a visitor can do about it.
EXPLANATIONS = {
    400: (
        _("Not understood"),
        _("Your browser sent something that Flasky cannot read. Please go back and try again."),
    ),
    403: (_("Not allowed"), _("You may not see this page, or may not do this.")),
    404: (
        _("Page not found"),
        _("There is no page at this address. Perhaps there never was."),
    ),
    405: (_("Not possible this way"), _("This page cannot be used in this way.")),
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
    kind = 500 if status >= 500 else 400  # noqa: PLR2004  # server errors begin there
    title, explanation = EXPLANATIONS.get(status, EXPLANATIONS[kind])
    if prefers_json():
        problem = {
            "type": "about:blank",
            "title": error.name,
            "status": status,
            "detail": str(explanation),
        }
        response = jsonify(problem)
        response.mimetype = "application/problem+json"
    else:
        make_urls_buildable()
        page = render_template(
            "errors/error.html", status=status, title=title, explanation=explanation
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
    cause = " ".join(str(getattr(error, "orig", error)).split())
    if lacks_schema(error):
        log.error("The database lacks a table or a column; run `flask db upgrade`. (%s)", cause)
    elif is_unavailable(error):
        log.error("The database does not answer. (%s)", cause)
    else:
        raise error  # a fault of ours: Flask goes on to answer 500
    return show_http_error(ServiceUnavailable(retry_after=SECONDS_UNTIL_RETRY))


def prefers_json() -> bool:
    """Return whether the client would rather read JSON than a page."""
    types = ["text/html", "application/problem+json", "application/json"]
    return request.accept_mimetypes.best_match(types, "text/html") != "text/html"


def make_urls_buildable() -> None:
    """Let the page link to its styles although the request came to a host that is not trusted.

    Flask has no adapter for such a request, and `url_for` would fail.
    """
    if request_ctx.url_adapter is None:
        root = request.script_root
        request_ctx.url_adapter = current_app.url_map.bind("localhost", script_name=root)
