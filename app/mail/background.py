"""A worker in a thread of the web server's process: for development, and for small sites."""

from __future__ import annotations

import atexit
from collections.abc import Iterable
from multiprocessing.util import Finalize
from threading import Lock, Thread
from typing import TYPE_CHECKING

from flask import Flask

from app.mail.worker import Worker

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

SECONDS_TO_FINISH = 5


def init_app(app: Flask) -> None:
    """Begin with the first request, if the settings say so: not in commands, not before a fork."""
    if app.config["MAIL_THREAD"]:
        app.wsgi_app = StartsWorker(app, app.wsgi_app)  # type: ignore[method-assign]


class StartsWorker:
    """WSGI middleware that starts the thread with the first request."""

    def __init__(self, app: Flask, wsgi_app: WSGIApplication) -> None:
        self.app = app
        self.wsgi_app = wsgi_app
        self.lock = Lock()
        self.has_started = False

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Start the thread, once, and answer the request."""
        with self.lock:
            if not self.has_started:
                start(self.app)
                self.has_started = True
        return self.wsgi_app(environ, start_response)


def start(app: Flask) -> None:
    """Start a worker in a thread that ends with the process.

    It is given a few seconds to finish the mail in hand, which else is sent again by another.
    """
    worker = app.extensions["mail_worker"] = Worker(app)
    thread = Thread(target=worker.run, name="mail worker", daemon=True)

    def finish() -> None:
        worker.stop()
        thread.join(SECONDS_TO_FINISH)

    thread.start()
    atexit.register(finish)
    Finalize(None, finish, exitpriority=1)  # for the processes of servers, which skip atexit's
