"""How Flasky is, for programs that watch it."""

import logging

from flask import Response, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from app.client import is_from_this_machine
from app.database import describe_outage
from app.extensions import db
from app.mail.status import get_status
from app.main import main
from app.sqlite_file import has_room
from app.web.access import everybody

log = logging.getLogger(__name__)


@main.route("/health")
@everybody
def health() -> ResponseReturnValue:
    """Tell that the database answers; 503 if it does not, or is full.

    On this machine, tell what the outbox holds as well. Programs read this, whatever they say that
    they accept.
    """
    try:
        status = get_status()
        figures = {"mail": status._asdict()} if is_from_this_machine() else {}
        response = jsonify(status="ok", **figures)
    except SQLAlchemyError as error:
        db.session.rollback()
        outage = describe_outage(error)
        if outage is None:
            raise
        response = tell_outage(outage)
    else:
        if not has_room(db.engine.url):
            response = tell_outage("the disk of the database is full")
    response.cache_control.no_store = True
    return response


def tell_outage(outage: str) -> Response:
    """Write what is wrong into the log, and answer that something is."""
    log.error("%s", outage)  # whoever watches needs no traceback
    response = jsonify(status="unavailable")
    response.status_code = 503
    return response
