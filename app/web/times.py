"""Times in pages: readable in UTC by everybody, and in local time where the browser has JavaScript.

Flask-Moment's calls work in templates as its documentation has them, but what they write is a
`<time>` of ours, for a small script that asks the browser's `Intl`. Flask-Moment's own markup needs
inline code, hides the time from browsers without JavaScript, does not escape what it is given, and
takes the digits of a time in another zone for UTC.
"""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from babel.dates import parse_pattern
from flask import Flask
from flask_moment import moment as flask_moment
from markupsafe import Markup, escape

from app.web.languages import current_language, gettext

MILLISECONDS_IN_A_MINUTE = 60_000


class Moment(flask_moment):
    """What `moment(time)` is in a template. The time is aware, or naive and in UTC."""

    def __init__(self, timestamp: datetime | None = None, *, local: bool = False) -> None:
        if local:
            raise ValueError("Flasky keeps all times in UTC")
        super().__init__(in_utc(timestamp or datetime.now(UTC)))  # type: ignore[no-untyped-call]

    def _timestamp_as_iso_8601(self, timestamp: datetime) -> str:
        return stamp(in_utc(timestamp))

    def _render(self, func: str, **how: Any) -> Markup:  # type: ignore[override]  # noqa: ANN401
        """Write the element. All of Flask-Moment's calls come through here, naming how."""
        values = {
            "function": func,
            "format": how.get("format"),
            "other": how.get("timestamp2"),
            "bare": how.get("no_suffix"),
            "units": how.get("units"),
            "refresh": int(how.get("refresh", 0)) * MILLISECONDS_IN_A_MINUTE,
        }
        data = [f' data-{name}="{escape(value)}"' for name, value in values.items() if value]
        return write(self.timestamp, "".join(data))

    @classmethod
    def include_moment(cls, *_args: object, **_kwargs: object) -> Markup:
        """Write nothing: the base template loads the script that is needed."""
        return Markup()

    locale = lang = flask_moment_js = include_moment


def init_app(app: Flask) -> None:
    """Put our moments in the place of Flask-Moment's."""
    app.extensions["moment"] = Moment


def time_tag(moment: datetime) -> Markup:
    """Return a time as HTML, for the browser to show as a local date and time."""
    return write(in_utc(moment), ' data-function="format" data-format="LLL"')


def write(utc: datetime, data: str) -> Markup:
    """Return a `<time>` with a text that needs no script, and with what the script needs."""
    return _write(utc, data, current_language())


@lru_cache(maxsize=4096)
def _write(utc: datetime, data: str, language: str) -> Markup:
    # Translators: see https://unicode.org/reports/tr35/tr35-dates.html#Date_Format_Patterns
    text = parse_pattern(gettext("d MMMM y, HH:mm 'UTC'")).apply(utc, language)
    return Markup(f'<time datetime="{stamp(utc)}"{data}>{text}</time>')  # noqa: S704


def stamp(utc: datetime) -> str:
    """Return a time as ISO 8601 has it, to the second."""
    return f"{utc.isoformat()[:19]}Z"


def in_utc(moment: datetime) -> datetime:
    """Return a moment in UTC. Raise TypeError for a text: it could be anything."""
    if not isinstance(moment, datetime):
        raise TypeError(f"{moment!r} is not a datetime")
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
