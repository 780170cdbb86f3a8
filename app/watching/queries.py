"""Statements: how many a request has sent, and which were slow, with their place in the code."""

import logging
import sys
import time
from collections import deque
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

from flask import Flask
from sqlalchemy import event
from sqlalchemy.engine import Connection
from sqlalchemy.engine.interfaces import ExceptionContext

from app.extensions import db
from app.watching.measuring import note_query

log = logging.getLogger(__name__)

LONGEST_STATEMENT = 1000  # characters
MOST_KEPT = 10
HERE = Path(__file__).parent
APP = HERE.parent


class SlowQuery(NamedTuple):
    """A statement that took long: where in Flasky's code it was sent, and how long it took."""

    place: str
    ms: int
    statement: str


def init_app(app: Flask) -> None:
    """Listen to the database of this application."""
    slow: deque[SlowQuery] = deque(maxlen=MOST_KEPT)
    app.extensions["slow_queries"] = slow
    finish = partial(_finish, app.config["SLOW_QUERY_MS"] / 1000, slow)

    def finished(_connection: Connection, _cursor: Any, statement: str, *given: Any) -> None:  # noqa: ANN401
        finish(given[1], statement)

    def failed(error: ExceptionContext) -> None:
        if error.execution_context is not None:
            finish(error.execution_context, error.statement or "")

    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", _begin)
        event.listen(db.engine, "after_cursor_execute", finished)
        event.listen(db.engine, "handle_error", failed)


def _begin(*given: Any) -> None:  # noqa: ANN401
    given[4].flasky_started = time.perf_counter()


def _finish(threshold: float, slow: deque[SlowQuery], context: Any, statement: str) -> None:  # noqa: ANN401
    """Count a statement, and tell of one that was slow: with its text, and without its values."""
    started = getattr(context, "flasky_started", None)
    if started is None:  # it failed before it was sent
        return
    seconds = time.perf_counter() - started
    note_query(seconds)
    if seconds >= threshold:
        shown = " ".join(statement.split())[:LONGEST_STATEMENT]
        query = SlowQuery(find_place(sys._getframe()), round(seconds * 1000), shown)  # noqa: SLF001
        slow.append(query)
        log.warning(
            "Slow query: %d ms at %s: %s",
            query.ms,
            query.place,
            shown,
            extra={"place": query.place},
        )


def find_place(frame: FrameType | None) -> str:
    """Return the innermost line of Flasky's own that led to a frame, as `app/mail/status.py:42`."""
    while frame:
        file = Path(frame.f_code.co_filename)
        if file.is_relative_to(APP) and not file.is_relative_to(HERE):
            place = f"{file.relative_to(APP.parent)}:{frame.f_lineno}"
            return f"{place} ({frame.f_code.co_name})"
        frame = frame.f_back
    return "outside of app/"
