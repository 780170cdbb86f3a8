"""What every template knows besides Flask's own names."""

import re
from datetime import UTC, datetime

from flask import Flask
from markupsafe import Markup

from app.web.static import static_url

# Control characters and noncharacters, which the HTML standard forbids in a page, even escaped.
NONCHARACTERS = "".join(
    chr(plane + last) for plane in range(0, 0x110000, 0x10000) for last in (0xFFFE, 0xFFFF)
)
UNWRITABLE = re.compile(f"[\0-\b\v\f\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef{NONCHARACTERS}]")


def init_app(app: Flask) -> None:
    """Give templates `static_url`, `time_tag`, `writable` and the macros.

    As globals, the macros are made once; each `{% from ... import %}` would make them again.
    """
    app.jinja_env.filters["writable"] = writable
    macros = app.jinja_env.get_template("macros.html").module
    app.jinja_env.globals.update(
        static_url=static_url,
        time_tag=time_tag,
        text_field=macros.text_field,  # type: ignore[attr-defined]
    )


def time_tag(moment: datetime) -> Markup:
    """Return an aware moment as HTML that people read in UTC, and programs anywhere."""
    utc = moment.astimezone(UTC)
    text = f"{utc.day} {utc:%B %Y, %H:%M} UTC"
    return Markup(f'<time datetime="{utc:%Y-%m-%dT%H:%M:%SZ}">{text}</time>')  # noqa: S704


def writable(text: str) -> str:
    """Return a text with a replacement character for each one that no page may hold."""
    return UNWRITABLE.sub("\N{REPLACEMENT CHARACTER}", text)
