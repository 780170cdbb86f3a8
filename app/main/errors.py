"""The error pages of the whole site: in its own design, or as JSON for a program that asks."""

import logging

from flask import Response, current_app, jsonify, make_response, render_template, request
from flask.globals import request_ctx
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm.exc import ObjectDeletedError, StaleDataError
from werkzeug.exceptions import (
    Conflict,
    Forbidden,
    HTTPException,
    SecurityError,
    ServiceUnavailable,
    TooManyRequests,
    UnprocessableEntity,
)

from app.accounts.administration import RightLostError
from app.database import is_unavailable, lacks_schema, violated_constraint
from app.extensions import db
from app.main import main
from app.main.reports import report
from app.models.nickname import InvalidNameError
from app.models.turns import SECONDS_TO_WAIT, BusyError
from app.web.access import UnstatedAccessError
from app.web.content_negotiation import is_api_call, prefers_json
from app.web.languages import gettext, translate_error
from app.web.languages import lazy_gettext as _
from app.web.limits import explain_rate_limit
from app.web.visitors import find_current_user, make_anonymous

log = logging.getLogger(__name__)

SECONDS_UNTIL_RETRY = 10
TEMPORARY = {429, 500, 503}  # what the same request may not meet again

# What keeps two users from having one name. SQLite tells the column of a constraint, not its name.
NAME_CONSTRAINTS = {
    "ix_users_username",
    "uq_users_username_key",
    "users.username",
    "users.username_key",
}

# What happened, and what a visitor can do about it.
EXPLANATIONS = {
    400: (
        _("Request not understood"),
        _("Your browser sent something %(site)s cannot understand. Please go back and try again."),
    ),
    401: (_("Not logged in"), _("You are no longer logged in. Please log in and try again.")),
    403: (_("Not allowed"), _("You do not have permission to see this page or to do this.")),
    404: (
        _("Page not found"),
        _("There is no page at this address. Please check that it is spelled correctly."),
    ),
    405: (
        _("Not possible here"),
        _("This page cannot be used that way. Please go back and try again."),
    ),
    409: (
        _("This has changed"),
        _("Someone else has changed or deleted this. Please go back and check it."),
    ),
    410: (
        _("No longer here"),
        _("What was at this address has been deleted."),
    ),
    413: (
        _("That is too large"),
        _("You sent more than %(site)s can accept. Please send something shorter."),
    ),
    422: (
        _("Not accepted"),
        _("%(site)s could not accept what you sent. Please go back and correct it."),
    ),
    429: (
        _("Too many requests"),
        _("You have sent too many requests. Please wait a moment and try again."),
    ),
    500: (
        _("Something went wrong"),
        _("The problem is on our side, and nothing was saved. Please try again later."),
    ),
    503: (
        _("Not available right now"),
        _(
            "%(site)s cannot reach its data right now. Nothing has been lost. "
            "Please try again in a moment."
        ),
    ),
}

# What a program is told instead, if the API says nothing better.
EXPLANATIONS_TO_PROGRAMS = {
    400: _("%(site)s cannot understand this request."),
    401: _("Please send a token, with “Authorization: Bearer TOKEN”."),
    403: _("You do not have permission to do this."),
    404: _("There is nothing at this address."),
    405: _("This address does not take that method. “Allow” names those that it takes."),
}


@main.app_errorhandler(HTTPException)
def show_http_error(error: HTTPException, explanation: str | None = None) -> Response:
    """Answer a request that failed: a page, or RFC 9457's problem details."""
    if error.response is not None:
        return make_response(error.response)
    if isinstance(error, SecurityError):
        log.warning(
            "The host %.100r is not one of TRUSTED_HOSTS.", request.environ.get("HTTP_HOST")
        )
        error.description = ""  # it would tell a program which host that is
    status = error.code or 500
    cause = getattr(error, "original_exception", None)
    request_id = report(cause) if cause else None
    title, usual_explanation = get_explanation(error, status)
    explanation = str(explanation or usual_explanation)  # a page does not escape a lazy text
    if prefers_json():
        problem = {
            "type": "about:blank",
            "title": error.name,
            "status": status,
            "detail": explanation,
        }
        if errors := getattr(error, "errors", None):
            problem["errors"] = errors
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
            code=make_access_example(request.endpoint) if is_for_developer(error) else None,
            request_id=request_id,
            can_be_tried_again=status in TEMPORARY and request.method == "GET",
        )
        response = make_response(page)
    response.status_code = status
    headers = [header for header in error.get_headers() if header[0] != "Content-Type"]
    response.headers.extend(headers)
    if not is_api_call():
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


@main.app_errorhandler(IntegrityError)
def show_known_name(error: IntegrityError) -> Response:
    """Answer 422 when a view saves a name that somebody has, perhaps in another spelling."""
    if violated_constraint(error) not in NAME_CONSTRAINTS:
        return show_database_error(error)
    db.session.rollback()
    log.warning("The name is known; app.models.lookup.find_by_name finds every spelling.")
    return show_http_error(
        UnprocessableEntity(),
        gettext(
            "%(site)s already knows this name, perhaps spelled differently. "
            "Please go back and use that spelling, or choose another name."
        ),
    )


@main.app_errorhandler(InvalidNameError)
def show_invalid_name(error: InvalidNameError) -> Response:
    """Answer 422 when a view saves what is no name."""
    db.session.rollback()
    reason = translate_error(error)
    advice = gettext("Please go back and choose another name.")
    return show_http_error(UnprocessableEntity(), f"{reason} {advice}")


@main.app_errorhandler(RightLostError)
def show_lost_right(_error: RightLostError) -> Response:
    """Answer 403 to an administrator whom another one has just removed."""
    return show_http_error(Forbidden())


@main.app_errorhandler(ObjectDeletedError)
@main.app_errorhandler(StaleDataError)
def show_conflict(_error: ObjectDeletedError | StaleDataError) -> Response:
    """Answer 409 when a row is gone that this request has read and wants to change."""
    db.session.rollback()
    return show_http_error(Conflict())


@main.app_errorhandler(BusyError)
def show_busy(_error: BusyError) -> Response:
    """Answer 503 when too many passwords are checked at once."""
    db.session.rollback()
    log.warning("Too many passwords are checked at once; see PASSWORD_HASHES_AT_ONCE.")
    return show_http_error(
        ServiceUnavailable(retry_after=SECONDS_TO_WAIT),
        gettext(
            "%(site)s is busy: too many people are logging in at once. Nothing has been lost. "
            "Please go back and try again in a few seconds."
        ),
    )


def get_explanation(error: HTTPException, status: int) -> tuple[str, str]:
    """Return what happened, in a few words, and what can be done about it."""
    kind = 500 if status >= 500 else 400  # noqa: PLR2004  # server errors begin there
    title, explanation = EXPLANATIONS.get(status, EXPLANATIONS[kind])
    if isinstance(error, TooManyRequests) and isinstance(error.retry_after, int):
        explanation = explain_rate_limit(error.retry_after)
        if error.description != TooManyRequests.description:
            explanation = f"{explanation} {error.description}"
    elif is_api_call():
        usual = EXPLANATIONS_TO_PROGRAMS.get(status, explanation)
        explanation = str(vars(error).get("description") or usual)
    elif is_for_developer(error):
        explanation = gettext(
            "%(view)s does not say who may use it, so nobody can. "
            "To open it to everybody, write @everybody below its route.",
            view=request.endpoint,
        )
    return title, explanation


def is_for_developer(error: HTTPException) -> bool:
    """Return whether a developer's new view does not say who may use it."""
    is_development = current_app.debug or current_app.config["CONFIGURATION"] == "development"
    return is_development and isinstance(error, UnstatedAccessError)


def make_access_example(endpoint: str | None) -> str:
    """Return the lines by which a view says that everybody may use it."""
    name = (endpoint or "").rpartition(".")[2]
    return f"from app.web.access import everybody\n\n\n@everybody\ndef {name}(...):"


def make_visitor_known() -> None:
    """Let the page be nobody's if the database cannot say who is logged in."""
    try:
        if user := find_current_user():
            user.is_administrator()  # after a rollback, it has to be read again
    except SQLAlchemyError:
        db.session.rollback()
        make_anonymous()


def make_urls_buildable() -> None:
    """Let the page link to its styles although the request came to a host that is not trusted.

    Flask has no adapter for such a request, and `url_for` would fail.
    """
    if request_ctx.url_adapter is None:
        root = request.script_root
        request_ctx.url_adapter = current_app.url_map.bind("localhost", script_name=root)
