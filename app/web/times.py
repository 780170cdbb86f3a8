"""Times in pages: in the zone that a user has chosen.

For everybody else they are readable in UTC, and in local time where the browser has JavaScript.
Flask-Moment's calls work in templates as its documentation has them, with all that moment.js's
`format` knows, but what they write is a `<time>` of ours, for a small script that asks the
browser's `Intl`. Flask-Moment's own markup needs inline code, hides the time from browsers without
JavaScript, does not escape what it is given, and takes the digits of a time in another zone for
UTC.
"""

import math
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Literal
from zoneinfo import ZoneInfo

from babel.dates import format_timedelta, parse_pattern
from flask import Flask, request
from flask_moment import moment as flask_moment
from markupsafe import Markup, escape

from app.web.languages import current_language, gettext
from app.web.time_zones import find_zone, format_offset
from app.web.visitors import known_visitor

MILLISECONDS_IN_A_MINUTE = 60_000
SECONDS_IN: dict[Literal["day", "hour", "minute", "second"], int] = {
    "day": 24 * 60 * 60,
    "hour": 60 * 60,
    "minute": 60,
    "second": 1,
}
IN_UTC = "flasky_in_utc"  # an attribute of a request: whether its times stay in UTC
LOCAL = ' data-function="format" data-format="LLL"'


class Moment(flask_moment):
    """What `moment(time)` is in a template. The time is aware, or naive and in UTC.

    It may be a text as ISO 8601 has it, as `datetime.fromisoformat` reads it.
    """

    def __init__(self, timestamp: datetime | str | None = None, *, local: bool = False) -> None:
        if local:
            raise ValueError("Flasky keeps all times in UTC")
        super().__init__(to_utc(timestamp or datetime.now(UTC)))  # type: ignore[no-untyped-call]

    def _timestamp_as_iso_8601(self, timestamp: datetime | str) -> str:
        return format_timestamp(to_utc(timestamp))

    def _render(self, func: str, **how: Any) -> Markup:  # type: ignore[override]  # noqa: ANN401
        """Write the element. All of Flask-Moment's calls come through here, naming how."""
        zone = current_zone()
        values = {
            "zone": zone.key if zone else None,
            "function": func,
            "format": how.get("format"),
            "other": how.get("timestamp2"),
            "bare": how.get("no_suffix"),
            "units": how.get("units"),
            "refresh": int(how.get("refresh", 0)) * MILLISECONDS_IN_A_MINUTE,
        }
        data = [f' data-{name}="{escape(value)}"' for name, value in values.items() if value]
        return _write(self.timestamp, "".join(data), current_language(), zone)

    @classmethod
    def include_moment(cls, *_args: object, **_kwargs: object) -> Markup:
        """Write nothing: the base template loads the script that is needed."""
        return Markup()

    locale = lang = flask_moment_js = include_jquery = include_moment


def init_app(app: Flask) -> None:
    """Put our moments in the place of Flask-Moment's."""
    assert "moment" in app.extensions, "times.init_app comes after moment.init_app"  # noqa: S101
    app.extensions["moment"] = app.jinja_env.globals["moment"] = Moment


def current_zone() -> ZoneInfo | None:
    """Return the zone that whoever is logged in has chosen, if any: what they read is in it."""
    user = known_visitor()
    if user is None or user.time_zone is None or getattr(request, IN_UTC, False):
        return None
    return find_zone(user.time_zone)


def stay_in_utc() -> None:
    """Show times in UTC for the rest of this request, whoever is logged in."""
    setattr(request, IN_UTC, True)


def time_tag(moment: datetime) -> Markup:
    """Return a time as HTML: in the visitor's zone, or for the browser to show as a local time."""
    zone = current_zone()
    return _write(to_utc(moment), "" if zone else LOCAL, current_language(), zone)


@lru_cache(maxsize=4096)
def _write(utc: datetime, data: str, language: str, zone: ZoneInfo | None) -> Markup:
    """Return a `<time>` with a text that needs no script, and with what the script needs."""
    moment = utc.astimezone(zone) if zone else utc
    # Translators: see https://unicode.org/reports/tr35/tr35-dates.html#Date_Format_Patterns
    # In place of UTC, another zone may be named, as UTC+8.
    pattern = gettext("d MMMM y, HH:mm 'UTC'").replace("UTC", format_offset(moment))
    text = parse_pattern(pattern).apply(moment, language)
    return Markup(f'<time datetime="{format_timestamp(utc)}"{data}>{text}</time>')  # noqa: S704


def format_timestamp(utc: datetime) -> str:
    """Return a time as ISO 8601 has it, to the millisecond, as JavaScript's Date does."""
    time = utc.isoformat(timespec="milliseconds")
    return f"{time[:23].removesuffix('.000')}Z"


def format_duration(seconds: int) -> str:
    """Return so many seconds in the current language, exactly: `2 days`, `90 minutes`."""
    unit = next(unit for unit, size in SECONDS_IN.items() if seconds % size == 0)
    return format_timedelta(
        timedelta(seconds=seconds),
        granularity=unit,
        threshold=math.inf,  # of no larger unit, which would be rounded
        locale=current_language(),
    )


def to_utc(moment: datetime | str) -> datetime:
    """Return a moment in UTC. Raise ValueError for a text that is not ISO 8601."""
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment)
    if not isinstance(moment, datetime):
        raise TypeError(f"{moment!r} is not a datetime")
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
