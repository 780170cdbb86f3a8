"""How the log is written: as lines of text, or each line as JSON, with its request's number."""

import json
import logging
from datetime import datetime
from types import TracebackType
from typing import TextIO

from flask import Flask, request
from flask.logging import default_handler, has_level_handler
from pythonjsonlogger.json import JsonFormatter

from app.web.request_ids import get_request_id

log = logging.getLogger(__name__)

ExceptionInfo = tuple[type, BaseException, TracebackType] | tuple[None, None, None]


def init_app(app: Flask) -> None:
    """Write the log as LOG_FORMAT says: Flasky's lines and, as JSON, those of all packages."""
    root = logging.getLogger()
    for former in [each for each in root.handlers if isinstance(each, JsonHandler)]:
        root.removeHandler(former)
    default_handler.setFormatter(TextFormatter())
    default_handler.addFilter(add_request_id)
    if app.config["LOG_FORMAT"] == "json":
        app.logger.removeHandler(default_handler)
        root.addHandler(JsonHandler())
    elif not has_level_handler(app.logger):
        app.logger.addHandler(default_handler)
    app.log_exception = log_exception  # type: ignore[method-assign]


class TextFormatter(logging.Formatter):
    """Writes lines as Flask does, and behind each the number of its request."""

    def __init__(self) -> None:
        super().__init__("[%(asctime)s] %(levelname)s in %(module)s: %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  # logging's own name
        """Return a line, before what is known of an exception."""
        line, number = super().formatMessage(record), getattr(record, "request_id", "")
        return f"{line} [request {number}]" if number else line


class JsonHandler(logging.StreamHandler[TextIO]):
    """Writes each line as an object to stderr, in ASCII: nothing in it begins another line.

    Flask's own handler looks for a stream of the request each time, which takes 10 µs.
    """

    def __init__(self) -> None:
        super().__init__()
        self.addFilter(add_request_id)
        self.setFormatter(
            JsonFormatter(
                ["levelname", "name", "message"],
                rename_fields={"levelname": "level", "name": "logger"},
                timestamp="time",
                json_serializer=write_json,
            )
        )


def write_json(fields: dict[str, object], **_options: object) -> str:
    """Return fields as JSON. The package would make an encoder for each line anew."""
    return ENCODER.encode(fields)


def write_other(value: object) -> str:
    """Return what JSON does not have as a text: moments as ISO 8601 writes them."""
    return value.isoformat() if isinstance(value, datetime) else str(value)


ENCODER = json.JSONEncoder(default=write_other)


def add_request_id(record: logging.LogRecord) -> bool:
    """Let a line have the number of the request that it is written in: a filter of logging's."""
    if (number := get_request_id()) and not hasattr(record, "request_id"):
        record.request_id = number
    return True


def log_exception(exc_info: ExceptionInfo) -> None:
    """Write a mistake into the log in Flask's place, without a path: it may hold a link's token."""
    log.error("Exception in %s [%s]", request.endpoint, request.method, exc_info=exc_info)
