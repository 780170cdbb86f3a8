"""How the site is, for programs that ask: alive, and ready to serve.

`/healthz` says that the process answers, and asks nobody else: whoever restarts a process that is
not alive would else restart all of them while the database is away. `/readyz` says whether the site
can do its work. Everybody is told a word; who asks on this machine, past the proxy, the figures.
"""

import logging
from typing import Any

from flask import current_app, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from app.client import is_from_this_machine
from app.database import describe_outage
from app.extensions import db
from app.mail.status import get_seconds_overdue, get_status
from app.sqlite_file import free_bytes, has_room
from app.watching import watching
from app.watching.revision import is_behind, read_revision
from app.web.access import everybody_alike

log = logging.getLogger(__name__)

OK = "ok"
DEGRADED = "degraded"  # it serves, and somebody has to look
UNAVAILABLE = "unavailable"

SECONDS_OVERDUE = 10 * 60  # a worker pauses for a minute at most, and a mail takes five


class NotReadyError(Exception):
    """The site cannot do its work. As a text: why."""


@watching.route("/healthz")
@everybody_alike
def tell_alive() -> ResponseReturnValue:
    """Tell that this process answers."""
    return answer({"status": OK}, 200)


@watching.route("/readyz")
@watching.route("/health")  # as it was called
@everybody_alike
def tell_ready() -> ResponseReturnValue:
    """Tell whether the site can work; 503 if not. Programs read this, whatever they accept."""
    try:
        found, status = look(), 200
    except NotReadyError as error:
        log.error("Not ready: %s", error)  # noqa: TRY400  # whoever watches needs no traceback
        found, status = {"status": UNAVAILABLE, "problem": str(error)}, 503
    return answer(found if is_from_this_machine() else {"status": found["status"]}, status)


def look() -> dict[str, Any]:
    """Return how the site is, with figures. Raise NotReadyError if it cannot work."""
    try:
        mail, overdue, revision = get_status(), get_seconds_overdue(), read_revision()
    except SQLAlchemyError as error:
        db.session.rollback()
        outage = describe_outage(error)
        if outage is None:
            raise
        raise NotReadyError(outage) from None
    if is_behind(revision):
        raise NotReadyError("the database is not at the newest revision; run `flask db upgrade`")
    if not has_room(db.engine.url):
        raise NotReadyError("the disk of the database is full")
    is_late = overdue > SECONDS_OVERDUE and is_worker_expected()
    return {
        "status": DEGRADED if is_late else OK,
        "mail": {**mail._asdict(), "overdue_seconds": overdue},
        "revision": revision,
        "disk_free_bytes": free_bytes(db.engine.url),
    }


def is_worker_expected() -> bool:
    """Return whether mails are to leave: a site without a mail server lets them wait."""
    settings = current_app.config
    return bool(settings["MAIL_SERVER"]) or settings["CONFIGURATION"] != "production"


def answer(found: dict[str, Any], status: int) -> ResponseReturnValue:
    """Answer with what was found, for nobody to keep."""
    response = jsonify(found)
    response.cache_control.no_store = True
    return response, status
