"""The session: a cookie that Flask signs."""

from functools import cache

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import URLSafeTimedSerializer


def init_app(app: Flask) -> None:
    """Keep sessions as Flask does."""
    app.session_interface = SessionInterface()


class SessionInterface(SecureCookieSessionInterface):
    """Flask's, but with one serializer for all requests in place of one for each."""

    @cache  # noqa: B019  # an application and its session interface live as long as each other
    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """Return what signs the session cookie of an application."""
        return super().get_signing_serializer(app)
