"""The cookies that keep what a visitor chose."""

from flask import Response, current_app, request

from app.web.content_negotiation import is_api_call

SECONDS_IN_A_YEAR = 365 * 24 * 60 * 60


def read(name: str) -> str | None:
    """Return what this browser keeps under a name: for the API, that is nothing."""
    kept, in_full = request.cookies, _in_full(name)
    if in_full not in kept or is_api_call():  # `kept.get` makes an error of what is not there
        return None
    return kept[in_full]


def keep(response: Response, name: str, value: str) -> None:
    """Let the browser keep a value for a year, for this host alone."""
    response.set_cookie(
        _in_full(name),
        value,
        max_age=SECONDS_IN_A_YEAR,
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        httponly=True,
        samesite="Lax",
    )


def forget(response: Response, name: str) -> None:
    """Let the browser keep nothing under a name."""
    response.delete_cookie(_in_full(name), secure=current_app.config["SESSION_COOKIE_SECURE"])


def _in_full(name: str) -> str:
    """Return the name with `__Host-` before it in production: no other host can have written it."""
    prefix: str = current_app.config["COOKIE_PREFIX"]
    return prefix + name
