"""Copies of the database, as far as `flask db backup` or a migration has made any here."""

import re
import time
from pathlib import Path

from app.doctor.checks import Finding, check, ok, warn
from app.doctor.database import IT_ANSWERS
from app.extensions import db
from safe_schema.copies.files import BEFORE_RESTORE, BROKEN, MOMENT
from safe_schema.copies.sqlite import get_path

DAY = 24 * 60 * 60  # seconds
OLDEST = 2 * DAY


@check("F034", needs=[IT_ANSWERS])
def newest_copy_is_young() -> Finding | None:
    """Look where `flask db backup` and the timers of deploy/ write.

    Other places, and other tools, are nobody's guess.
    """
    live = get_path(db.engine.url)
    folder = live.absolute().parent if live else Path.cwd()
    by_timers = (folder if live else Path.home()) / "backups"
    name = re.escape(live.name if live else db.engine.url.database or "")
    copy = re.compile(rf"{name}\.{MOMENT}\.(?!{BEFORE_RESTORE}|{BROKEN}).+\.(?!part$)\w+")
    files = [*folder.iterdir(), *by_timers.rglob("*")]
    made = {each.stat().st_mtime: each for each in files if copy.fullmatch(each.name)}
    if not made:
        return None
    age = time.time() - max(made)
    seen = f"the newest copy, in {made[max(made)].parent}, is {age / DAY:.1f} days old"
    return ok(seen) if age <= OLDEST else warn(seen, "let a timer or cron run: flask db backup")
