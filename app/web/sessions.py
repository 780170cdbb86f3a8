"""The session: a cookie that Flask signs."""

import hashlib

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import URLSafeTimedSerializer

from app.web.signatures import PatientSigner


def init_app(app: Flask) -> None:
    """Keep sessions as Flask does, but sign them with SHA-256."""
    app.session_interface = SessionInterface(app)


class SessionInterface(SecureCookieSessionInterface):
    """Flask's, which signs with SHA-1 by default."""

    digest_method = staticmethod(hashlib.sha256)

    def __init__(self, app: Flask) -> None:
        self.signing_serializer = super().get_signing_serializer(app)
        if self.signing_serializer:
            self.signing_serializer.signer = PatientSigner

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:  # noqa: ARG002
        """Return what signs the cookie. Made anew each time, it takes 10 µs of the first page."""
        return self.signing_serializer
