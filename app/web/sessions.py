"""The session: a cookie that Flask signs."""

import hashlib

from flask import Flask
from flask.sessions import SecureCookieSessionInterface


def init_app(app: Flask) -> None:
    """Keep sessions as Flask does, but sign them with SHA-256."""
    app.session_interface = SessionInterface()


class SessionInterface(SecureCookieSessionInterface):
    """Flask's, which signs with SHA-1 by default."""

    digest_method = staticmethod(hashlib.sha256)
