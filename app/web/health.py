"""How Flasky is, for programs that watch it."""

from flask import Flask, jsonify
from flask.typing import ResponseReturnValue

from app.mail.figures import figures
from app.web.access import everybody


def init_app(app: Flask) -> None:
    """Answer at `/health`."""
    app.add_url_rule("/health", "health", health)


@everybody
def health() -> ResponseReturnValue:
    """Tell that the database answers, and what the outbox holds; 503 if it does not."""
    response = jsonify(status="ok", mail=figures()._asdict())
    response.cache_control.no_store = True
    return response
