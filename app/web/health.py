"""How Flasky is, for programs that watch it."""

import logging

from flask import Flask, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from app.database import problem
from app.extensions import db
from app.mail.figures import figures
from app.web.access import everybody

log = logging.getLogger(__name__)


def init_app(app: Flask) -> None:
    """Answer at `/health`."""
    app.add_url_rule("/health", "health", health)


@everybody
def health() -> ResponseReturnValue:
    """Tell that the database answers, and what the outbox holds; 503 if it does not.

    Programs read this, whatever they say that they accept.
    """
    try:
        response = jsonify(status="ok", mail=figures()._asdict())
    except SQLAlchemyError as error:
        db.session.rollback()
        told = problem(error)
        if told is None:
            raise
        log.error("%s", told)  # noqa: TRY400  # whoever watches needs no traceback
        response = jsonify(status="unavailable")
        response.status_code = 503
    response.cache_control.no_store = True
    return response
