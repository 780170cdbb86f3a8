"""What a visitor prefers, language and colours, and the cookies that keep it."""

from flask import Flask, abort, current_app, has_request_context, make_response, request
from flask.typing import ResponseReturnValue

from app.extensions import csrf
from app.web import languages
from app.web.redirects import back
from config import LANGUAGES

SECONDS_IN_A_YEAR = 365 * 24 * 60 * 60
THEME_COOKIE = "theme"
THEMES = ["light", "dark"]  # without the cookie, whichever the system prefers

# What can be chosen, by the name of its field, which is also that of its cookie.
CHOICES = {languages.COOKIE: [*LANGUAGES], THEME_COOKIE: [*THEMES, "system"]}


def init_app(app: Flask) -> None:
    """Take what visitors choose in the footer, and tell templates about it."""
    # A form with a token would need a session, on pages that are nobody's in particular.
    app.add_url_rule("/preferences", "preferences", csrf.exempt(keep_preferences), methods=["POST"])
    app.context_processor(_preferences_of_page)


def keep_preferences() -> ResponseReturnValue:
    """Remember what was chosen, and go back to the page on which it was."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        abort(403)  # another site's page sent this
    response = make_response(back())
    for name, choices in CHOICES.items():
        value = request.form.get(name, choices[0])
        if value not in choices:
            abort(400)
        if value == "system":
            response.delete_cookie(name)
        elif name in request.form:
            response.set_cookie(
                name,
                value,
                max_age=SECONDS_IN_A_YEAR,
                secure=current_app.config["SESSION_COOKIE_SECURE"],
                httponly=True,
                samesite="Lax",
            )
    return response


def current_theme() -> str:
    """Return one of THEMES if the visitor chose it, and otherwise `system`."""
    theme = request.cookies.get(THEME_COOKIE)
    return theme if theme in THEMES else "system"


def _preferences_of_page() -> dict[str, str]:
    return {"theme": current_theme()} if has_request_context() else {}
