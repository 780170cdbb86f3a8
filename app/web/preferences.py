"""What a visitor prefers, language and colours, and the cookies that keep it."""

from flask import (
    Flask,
    Response,
    abort,
    after_this_request,
    has_request_context,
    make_response,
    request,
)
from flask.typing import ResponseReturnValue

from app.extensions import csrf
from app.web import cookies, languages
from app.web.access import everybody
from app.web.redirects import redirect_back
from config import LANGUAGES

THEME_COOKIE = "theme"
THEMES = ["light", "dark"]  # without the cookie, whichever the system prefers

# What can be chosen, by the name of its field, which is also that of its cookie.
CHOICES = {languages.COOKIE: [*LANGUAGES], THEME_COOKIE: [*THEMES, "system"]}


def init_app(app: Flask) -> None:
    """Take what visitors choose in the footer, and tell templates about it."""
    # A form with a token would need a session, on pages that are nobody's in particular.
    app.add_url_rule("/preferences", "preferences", csrf.exempt(keep_preferences), methods=["POST"])
    app.context_processor(_preferences_of_page)


@everybody
def keep_preferences() -> ResponseReturnValue:
    """Remember what was chosen, and go back to the page on which it was."""
    response = make_response(redirect_back())
    for name, choices in CHOICES.items():
        value = request.form.get(name, choices[0])
        if value not in choices:
            abort(400)
        if value == "system":
            cookies.forget(response, name)
        elif name in request.form:
            cookies.keep(response, name, value)
    return response


def remember_language(language: str | None) -> None:
    """Speak a language in this browser from now on, or, for None, the one that it asks for."""
    languages.switch_language(language or languages.get_browser_language())

    @after_this_request
    def keep_language(response: Response) -> Response:
        if language is None:
            cookies.forget(response, languages.COOKIE)
        else:
            cookies.keep(response, languages.COOKIE, language)
        return response


def current_theme() -> str:
    """Return one of THEMES if the visitor chose it, and otherwise `system`."""
    theme = cookies.read(THEME_COOKIE)
    return theme if theme in THEMES else "system"


def _preferences_of_page() -> dict[str, str]:
    return {"theme": current_theme()} if has_request_context() else {}
