"""Mistakes of Flasky's own: for the visitor a number to name, for the administrator a mail."""

import logging
import traceback
from pathlib import Path

from flask import current_app, request
from sqlalchemy.exc import SQLAlchemyError

from app.extensions import db
from app.mail.notices import count_waiting, register_topic, tell_admin
from app.web.request_ids import get_request_id

log = logging.getLogger(__name__)

MOST_WAITING = 100  # a flood of one mistake is told as a hundred

SERVER_ERROR = register_topic("mail/server_error", interval="SERVER_ERROR_MAIL_INTERVAL")


def report(error: BaseException) -> str:
    """Log a mistake, tell the administrator, and return the number that the request has got.

    Whatever the request has begun is rolled back; what the administrator is told is committed.
    The mail names the kind of error and its place, and no value: those may be what visitors typed.
    """
    request_id = get_request_id()
    log.error("The request that failed has the number %s.", request_id)
    kind, place = type(error).__name__, find_source_line(error)
    try:
        db.session.rollback()
        has_admin = bool(current_app.config["FLASKY_ADMIN"])
        if has_admin and count_waiting(SERVER_ERROR, f"{kind} {place}") < MOST_WAITING:
            tell_admin(
                SERVER_ERROR,
                f"{kind} {place}",
                error=kind,
                place=place,
                endpoint=request.endpoint,
                method=request.method,
                request_id=request_id,
            )
            db.session.commit()
    except SQLAlchemyError:  # perhaps the very mistake
        log.exception("The administrator could not be told.")
        db.session.rollback()
    return request_id


def find_source_line(error: BaseException) -> str:
    """Return the line of Flasky's in which an error occurred, or else the line anywhere."""
    frames = traceback.extract_tb(error.__traceback__)
    root = Path(current_app.root_path).parent
    ours = [frame for frame in frames if Path(frame.filename).is_relative_to(root / "app")]
    frame = (ours or frames)[-1]
    file = Path(frame.filename)
    shown = file.relative_to(root) if ours else Path(file.name)
    return f"{shown}:{frame.lineno} ({frame.name})"
