"""Time zones: those that somebody may choose, by the names of the IANA's database.

They are the ones that its file `zone.tab` has: a name for each place, and no former or other name,
such as Asia/Calcutta or US/Eastern. https://data.iana.org/time-zones/tz-link.html
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache, lru_cache
from importlib.resources import files
from itertools import groupby
from zoneinfo import ZoneInfo, available_timezones

from app.web.languages import lazy_gettext as _

# The first part of a zone's name.
AREAS = {
    "Africa": _("Africa"),
    "America": _("America"),
    "Antarctica": _("Antarctica"),
    "Arctic": _("Arctic"),
    "Asia": _("Asia"),
    "Atlantic": _("Atlantic"),
    "Australia": _("Australia"),
    "Europe": _("Europe"),
    "Indian": _("Indian Ocean"),
    "Pacific": _("Pacific"),
}


@lru_cache(maxsize=1024)
def find_zone(name: str | None) -> ZoneInfo | None:
    """Return the zone of that name, or None if the database does not know it, or not any more."""
    try:
        return ZoneInfo(name) if name else None
    except (KeyError, ValueError, OSError):  # OSError for "Europe", which is a folder
        return None


@cache
def zones_to_choose() -> Mapping[str, Sequence[str]]:
    """Return the names of the zones of each area, and UTC before all of them, sorted."""
    table = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in table.splitlines() if not line.startswith("#")]
    names = sorted({row[2] for row in rows} & available_timezones())
    by_area = groupby(names, key=lambda name: name.partition("/")[0])
    return {"": ["UTC"], **{area: list(zones) for area, zones in by_area}}


def format_place(zone: str) -> str:
    """Return the name of a zone without its area, for people: `Argentina/Buenos Aires`."""
    return format_zone(zone.partition("/")[2] or zone)


def format_zone(zone: str) -> str:
    """Return the name of a zone for people: `America/New York`."""
    return zone.replace("_", " ")


def format_offset(moment: datetime) -> str:
    """Return how far the clocks of a moment's zone are from UTC: `UTC`, `UTC+5:30`."""
    minutes = (moment.utcoffset() or timedelta(0)) // timedelta(minutes=1)
    if not minutes:
        return "UTC"
    hours, minutes_left = divmod(abs(minutes), 60)
    sign = "+" if minutes > 0 else "\N{MINUS SIGN}"
    return f"UTC{sign}{hours}:{minutes_left:02}" if minutes_left else f"UTC{sign}{hours}"
