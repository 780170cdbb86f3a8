"""The session: a cookie that Flask signs."""

import hashlib

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import URLSafeTimedSerializer


def init_app(app: Flask) -> None:
    """Keep sessions as Flask does."""
    app.session_interface = SessionInterface(app)


class SessionInterface(SecureCookieSessionInterface):
    """Flask's, but with SHA-256, and one serializer for all requests in place of one for each."""

    digest_method = staticmethod(hashlib.sha256)

    def __init__(self, app: Flask) -> None:
        self.signing_serializer = super().get_signing_serializer(app)

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:  # noqa: ARG002
        """Return what signs the session cookie."""
        return self.signing_serializer
