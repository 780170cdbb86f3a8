"""A line in the log for each request: what it was, how it ended, and what it took.

It names the view and not the path, the user by number, and nothing that somebody typed.
"""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING

from app.client import address_of
from app.watching.measuring import Measured
from app.web.request_ids import KEPT_AS

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

log = logging.getLogger(__name__)

# What asks all day long whether the site is well is in the log if it is not.
QUIET = {"watching.tell_alive", "watching.tell_ready"}
PLAIN_ADDRESS = re.compile(r"[0-9a-f.:]{2,45}")  # which to parse would take 10 µs


def write(measured: Measured, environ: WSGIEnvironment) -> None:
    """Write the line of a request that is answered."""
    if measured.endpoint in QUIET and measured.status < 400:  # noqa: PLR2004  # errors begin there
        return
    address = environ.get("REMOTE_ADDR") or ""
    fields = {
        "request_id": environ.get(KEPT_AS),
        "method": measured.method,
        "endpoint": measured.endpoint,
        "status": measured.status,
        "ms": round(measured.seconds * 1000, 1),
        "queries": measured.queries,
        "query_ms": round(measured.query_seconds * 1000, 1),
        "user": measured.user_id,
        "address": address if PLAIN_ADDRESS.fullmatch(address) else address_of(address),
    }
    log.info("%(method)s %(endpoint)s %(status)d in %(ms)s ms", fields, extra=fields)
