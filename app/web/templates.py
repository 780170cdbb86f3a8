"""What every template knows besides Flask's own names."""

import re

from flask import Flask, current_app, render_template, request
from markupsafe import Markup

from app.web.static import static_url
from app.web.times import time_tag

# Control characters and noncharacters, which the HTML standard forbids in a page, even escaped.
NONCHARACTERS = "".join(
    chr(plane + last) for plane in range(0, 0x110000, 0x10000) for last in (0xFFFE, 0xFFFF)
)
UNWRITABLE = re.compile(f"[\0-\b\v\f\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef{NONCHARACTERS}]")


def init_app(app: Flask) -> None:
    """Give templates `static_url`, `time_tag`, `writable` and the macros.

    As globals, the macros are made once; each `{% from ... import %}` would make them again.
    """
    app.extensions["parts"] = {}
    app.jinja_env.filters["writable"] = writable
    macros = app.jinja_env.get_template("macros.html").module
    app.jinja_env.globals.update(
        part=part,
        static_url=static_url,
        time_tag=time_tag,
        text_field=macros.text_field,  # type: ignore[attr-defined]
    )


def part(template: str) -> Markup:
    """Return a part of a page that is the same for everybody, and so is rendered once."""
    parts: dict[tuple[str, str], Markup] = current_app.extensions["parts"]
    key = (template, request.script_root)
    rendered = parts.get(key)
    if rendered is None or current_app.debug:
        rendered = parts[key] = Markup(render_template(template))  # noqa: S704
    return rendered


def writable(text: str) -> str:
    """Return a text with a replacement character for each one that no page may hold."""
    return UNWRITABLE.sub("\N{REPLACEMENT CHARACTER}", text)
