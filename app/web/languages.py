"""The languages of the pages: which one a visitor reads, and every text in it.

Flask-Babel loads the catalogues, and `{% trans %}` and its other functions work as its
documentation has them. It looks up the language anew for each text, though, which on Flasky's first
page took as long as everything else; the functions here look it up once for a request.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, lru_cache
from typing import TYPE_CHECKING, TypeVar, cast

from flask import Flask, Response, current_app, g, has_request_context, request
from flask_babel import force_locale, get_translations, refresh
from flask_babel.speaklater import LazyString
from jinja2 import pass_eval_context
from markupsafe import Markup
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from app.extensions import babel
from app.models.texts import TranslatableError
from app.web import cookies
from app.web.content_negotiation import is_api_call
from config import LANGUAGES

if TYPE_CHECKING:
    from babel.support import NullTranslations
    from jinja2.nodes import EvalContext

T = TypeVar("T", bound=str)

COOKIE = "language"
ATTRIBUTE = "flasky_language"  # of the request that it was found out for
SITE = "%(site)s"  # in a text
LONGEST_HEADER = 200  # characters of Accept-Language; browsers send about thirty


def init_app(app: Flask) -> None:
    """Let every page speak the language of its visitor, and say that it depends on them."""
    babel.init_app(app, locale_selector=current_language)
    app.after_request(_tell_caches)
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        gettext, ngettext, newstyle=True
    )
    app.jinja_env.filters["language_tag"] = language_tag
    app.context_processor(_language_of_page)


def current_language() -> str:
    """Return the key in `config.LANGUAGES` of the language to speak now.

    It is the one that the visitor chose, or the first of those that the browser names and Flasky
    speaks, or else the site's, as outside of requests.
    """
    scope = _get_scope()
    language: str | None = getattr(scope, ATTRIBUTE, None)
    if language is None:
        language = _choose_language()
        setattr(scope, ATTRIBUTE, language)
    return language


def _get_scope() -> object:
    """Return what lives as long as the language is: the request, or else the context of the app."""
    return request._get_current_object() if has_request_context() else g  # type: ignore[attr-defined]  # noqa: SLF001


def _choose_language() -> str:
    if has_request_context():
        chosen = cookies.read(COOKIE)
        if chosen in LANGUAGES:
            return chosen
    return get_browser_language()


def get_browser_language() -> str:
    """Return the language that the browser asks for, whatever the visitor chose, or the site's."""
    if has_request_context():
        accepted = request.headers.get("Accept-Language", "")
        if language := _match_accept_language(accepted[:LONGEST_HEADER]):
            return language
    return cast("str", current_app.config["BABEL_DEFAULT_LOCALE"])


@lru_cache(maxsize=1024)
def _match_accept_language(accept_language: str) -> str | None:
    """Return the best language of the header that Flasky speaks; a language includes its kinds."""
    by_primary_subtag = {language.partition("_")[0]: language for language in LANGUAGES}
    for tag, quality in parse_accept_header(accept_language, LanguageAccept):
        primary_subtag = tag.partition("-")[0].lower()
        if quality > 0 and primary_subtag in by_primary_subtag:
            return by_primary_subtag[primary_subtag]
    return None


def supported_or_none(language: str | None) -> str | None:
    """Return a language that was chosen once, if Flasky still speaks it."""
    return language if language in LANGUAGES else None


def language_tag(language: str) -> str:
    """Return a language as HTML writes it: `zh-Hans` (BCP 47)."""
    return language.replace("_", "-")


def switch_language(language: str) -> None:
    """Speak a language for the rest of the request, whatever the visitor's was."""
    setattr(_get_scope(), ATTRIBUTE, language)
    refresh()


@contextmanager
def in_language(language: str) -> Iterator[None]:
    """Speak a language for a while, whatever the visitor's is."""
    scope = _get_scope()
    before = getattr(scope, ATTRIBUTE, None)
    setattr(scope, ATTRIBUTE, language)
    try:
        with force_locale(language):
            yield
    finally:
        setattr(scope, ATTRIBUTE, before)


def gettext(text: str, **values: object) -> str:
    """Return an English text in the current language, with its `%(name)s` filled in.

    `%(site)s` need not be given: it is the name of the site. Without values, % is a %.
    """
    return _fill_in(_catalog().ugettext(text), values)


def ngettext(singular: str, plural: str, num: int, **values: object) -> str:
    """Return the one or the other text in the current language; `%(num)s` is the number."""
    return _fill_in(_catalog().ungettext(singular, plural, num), values | {"num": num})


def _fill_in(text: T, values: dict[str, object]) -> T:
    if SITE in text:
        values = {"site": current_app.config["SITE_NAME"]} | values
    return cast("T", text % values) if values else text


def lazy_gettext(text: str, **values: object) -> str:
    """Return what becomes the text in whatever language is current when it is shown."""
    return cast("str", LazyString(gettext, text, **values))


def translate_error(error: TranslatableError) -> str:
    """Return what is wrong in the current language."""
    return gettext(error.message, **error.values)


def _catalog() -> NullTranslations:
    return _load_catalog(current_language())


@cache
def _load_catalog(language: str) -> NullTranslations:
    with force_locale(language):
        return get_translations()


def _language_of_page() -> dict[str, object]:
    language = current_language()
    return {"_": _translator(language, current_app.config["SITE_NAME"]), "language": language}


@cache
def _translator(language: str, _site: str) -> Callable[..., str]:
    """Return what `_` is in a template: `gettext` in that language, for that site."""
    catalog = _load_catalog(language)

    @lru_cache(maxsize=4096)
    def translate_to_html(text: str) -> Markup:
        return _fill_in(Markup(catalog.ugettext(text)), {})  # noqa: S704  # texts are ours

    @pass_eval_context
    def translate(context: EvalContext, text: str, **values: object) -> str:
        if context.autoescape and not values:
            return translate_to_html(text)
        kind = Markup if context.autoescape else str
        return _fill_in(kind(catalog.ugettext(text)), values)

    return translate


def _tell_caches(response: Response) -> Response:
    """Say in `Vary` what decided about the language, if it made a difference."""
    if getattr(request, ATTRIBUTE, None):
        if is_api_call():
            response.vary.add("Accept-Language")
        elif "Vary" in response.headers:
            response.vary.update(("Accept-Language", "Cookie"))
        else:  # what the line above does, without its 4 µs
            response.headers["Vary"] = "Accept-Language, Cookie"
    return response
