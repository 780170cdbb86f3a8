"""The barest Flask view that reads the session: what others are measured by."""

from flask import Flask, session


def bare_app() -> Flask:
    """Return an application of one view that reads the session and no more."""
    app = Flask("bare")
    app.secret_key = "the key of a session as long as Flasky's"  # noqa: S105

    @app.route("/")
    def index() -> str:
        return f"Hello, {session.get('name')}!"

    return app
