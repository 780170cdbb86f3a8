"""Who is woken by the commit of a mail, and who is told when there is none."""

import logging
from threading import Event
from typing import Any

from flask import Flask, current_app
from sqlalchemy import event
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Mapper, Session, object_session

from app.extensions import db
from app.models import Notice, OutgoingMail

log = logging.getLogger(__name__)

UNCOMMITTED = "mails"  # in the info of a session that has written some


def init_app(app: Flask) -> None:
    """Let commits wake the worker that this process may have, and watch for mails without one."""
    app.extensions["outbox_woken"] = Event()
    app.teardown_appcontext(_tell_of_uncommitted)


@event.listens_for(OutgoingMail, "after_insert")
@event.listens_for(Notice, "after_insert")
def _remember(_mapper: Mapper[Any], _connection: Connection, row: OutgoingMail | Notice) -> None:
    session = object_session(row)
    if session is not None:
        session.info[UNCOMMITTED] = True


@event.listens_for(db.session, "after_commit")
def _wake(session: Session) -> None:
    if session.in_nested_transaction():
        return  # it is a savepoint that ends
    if session.info.pop(UNCOMMITTED, False):
        current_app.extensions["outbox_woken"].set()


@event.listens_for(db.session, "after_rollback")
def _forget(session: Session) -> None:
    if not session.in_nested_transaction():
        session.info.pop(UNCOMMITTED, None)


def _tell_of_uncommitted(error: BaseException | None) -> None:
    """Tell the developer of a mail that nobody committed, before the session is thrown away."""
    if error is None and db.session.registry.has():
        session = db.session()
        new = [row for row in session.new if isinstance(row, OutgoingMail | Notice)]
        if new or session.info.get(UNCOMMITTED):
            log.error("A mail was not committed, so nobody gets it: call db.session.commit().")
