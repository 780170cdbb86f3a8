"""Flasky at work behind a proxy that speaks https, for `flask doctor` to call."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from app import create_app
from tests.judges.front import front

KEY = "8f3b1c0a9d7e4f52b6a1c3d5e7f90812"


class Silent(WSGIRequestHandler):
    """Writes no log of requests."""

    def log_request(self, *_arguments: object) -> None:
        pass


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """Serve an application in a thread, and give its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Silent)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def site(
    monkeypatch: pytest.MonkeyPatch, certificate: tuple[Path, Path] | None, **settings: str
) -> Iterator[Flask]:
    """Give an application that is served at its PUBLIC_URL: through a proxy, or bare."""
    standard = {
        "SECRET_KEY": KEY,
        "TRUSTED_HOSTS": "localhost,127.0.0.1",
        "TRUSTED_PROXIES": "1" if certificate else "0",
    }
    for name, value in (standard | settings).items():
        monkeypatch.setenv(name, value)
    app = create_app("testing")
    with ExitStack() as stack:
        url = stack.enter_context(served(app))
        if certificate:
            monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
            url = stack.enter_context(front(url, *certificate))
        app.config["PUBLIC_URL"] = url
        yield app
