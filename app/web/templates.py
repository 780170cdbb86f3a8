"""What every template knows besides Flask's own names."""

from collections import ChainMap
from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Flask, render_template, session
from flask_babel.speaklater import LazyString
from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from app.models.texts import make_writable
from app.web.languages import lazy_gettext as _
from app.web.paging import MOST_COUNTED
from app.web.static import static_url
from app.web.times import format_duration, time_tag
from app.web.user_agents import name_browser
from config import LANGUAGES

# Of the roles of a new site; a site may have others, which are shown as they are.
ROLE_NAMES = {
    "User": _("User"),
    "Moderator": _("Moderator"),
    "Administrator": _("Administrator"),
}


NO_NOTICES = Markup('<div role="status"></div>')


def init_app(app: Flask) -> None:
    """Give templates the functions of this module, `static_url`, `time_tag`, and the macros.

    As globals, the macros are made once; each `{% from ... import %}` would make them again.
    """
    env: Any = app.jinja_env
    env.extend(parts={})
    # Jinja chains these to a template's own, and copies the chain for each page: 23 µs of 330.
    env.make_globals = lambda own: ChainMap(own, env.globals) if own else env.globals
    keep_constants_out(app)
    env.filters.update(
        browser=name_browser,
        duration=format_duration,
        person=isolate_name,
        role_name=translate_role,
        time_tag=time_tag,
        writable=make_writable,
    )
    macros = env.get_template("macros.html").module
    env.globals.update(
        languages=LANGUAGES,
        MOST_COUNTED=MOST_COUNTED,
        form_head=macros.form_head,
        notices=partial(render_notices, macros.notices),
        part=render_part,
        post_form=macros.post_form,
        static_url=static_url,
        text_field=macros.text_field,
        select_field=macros.select_field,
    )


def keep_constants_out(app: Flask) -> None:
    """Let templates have as globals what two extensions would add to the context of each page."""
    processors = app.template_context_processors[None]
    constant = {"flask_moment", "flask_wtf.csrf"}
    processors[:] = [each for each in processors if each.__module__ not in constant]


def render_notices(macro: Callable[[], Markup]) -> Markup:
    """Return what `flash` was told, by a macro. It takes 5 µs to find nothing, as on most pages."""
    return macro() if "_flashes" in session else NO_NOTICES  # Flask's name


@pass_context
def render_part(context: Context, template: str, *variants: str | None) -> Markup:
    """Return a part of a page that is rendered once for each language, and each of the variants.

    Header and footer, rendered anew for each page, would take as long as half of the page.
    """
    environment: Any = context.environment
    parts: dict[tuple[str | None, ...], Markup] = environment.parts
    key = (template, *variants, context["language"], context["request"].script_root)
    rendered = parts.get(key)
    if rendered is None or environment.auto_reload:
        rendered = parts[key] = Markup(render_template(template))  # noqa: S704
    return rendered


def isolate_name(name: str) -> Markup:
    """Return a name as HTML; one in another script, which may run in another direction, apart."""
    return escape(name) if name.isascii() else Markup("<bdi>%s</bdi>") % name


def translate_role(name: str) -> LazyString | str:
    """Return what people call a role in the current language."""
    return ROLE_NAMES.get(name, name)
