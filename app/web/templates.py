"""What every template knows besides Flask's own names."""

import re
from collections.abc import MutableMapping
from typing import Any

from flask import Flask, current_app, render_template
from flask.templating import Environment as BaseEnvironment
from flask_babel.speaklater import LazyString
from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from app.web.languages import lazy_gettext as _
from app.web.static import static_url
from app.web.times import time_tag
from config import LANGUAGES

# Control characters and noncharacters, which the HTML standard forbids in a page, even escaped.
NONCHARACTERS = "".join(
    chr(plane + last) for plane in range(0, 0x110000, 0x10000) for last in (0xFFFE, 0xFFFF)
)
UNWRITABLE = re.compile(f"[\0-\b\v\f\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef{NONCHARACTERS}]")


# Of the roles of a new site; a site may have others, which are shown as they are.
ROLE_NAMES = {
    "User": _("User"),
    "Moderator": _("Moderator"),
    "Administrator": _("Administrator"),
}


class Environment(BaseEnvironment):
    """Flask's environment, in which a template shares its globals with all others.

    Jinja gives each a ChainMap over them, which every page copies, key by key: it took 30 µs. So
    `get_template(name, globals=...)`, which Flasky does not use, would change them for all.
    """

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """Return the globals of a template that was given these of its own."""
        return super().make_globals(d) if d else self.globals


def init_app(app: Flask) -> None:
    """Give templates the functions of this module, `static_url`, `time_tag`, and the macros.

    As globals, the macros are made once; each `{% from ... import %}` would make them again.
    """
    app.jinja_environment = Environment
    app.extensions["parts"] = {}
    app.jinja_env.filters.update(
        person=person, role_name=role_name, time_tag=time_tag, writable=writable
    )
    macros = app.jinja_env.get_template("macros.html").module
    app.jinja_env.globals.update(
        languages=LANGUAGES,
        part=part,
        static_url=static_url,
        text_field=macros.text_field,  # type: ignore[attr-defined]
        select_field=macros.select_field,  # type: ignore[attr-defined]
    )


@pass_context
def part(context: Context, template: str, *variants: str | None) -> Markup:
    """Return a part of a page that is rendered once for each language, and each of the variants."""
    parts: dict[tuple[str | None, ...], Markup] = current_app.extensions["parts"]
    key = (template, *variants, context["language"], context["request"].script_root)
    rendered = parts.get(key)
    if rendered is None or current_app.debug:
        rendered = parts[key] = Markup(render_template(template))  # noqa: S704
    return rendered


def person(name: str) -> Markup:
    """Return a name as HTML; one in another script, which may run in another direction, apart."""
    return escape(name) if name.isascii() else Markup("<bdi>%s</bdi>") % name


def role_name(name: str) -> LazyString | str:
    """Return what people call a role in the current language."""
    return ROLE_NAMES.get(name, name)


def writable(text: str) -> str:
    """Return a text with a replacement character for each one that no page may hold."""
    return UNWRITABLE.sub("\N{REPLACEMENT CHARACTER}", text)
