"""Serve Flasky with Granian on this machine, for `make run`."""

import argparse
import errno
import importlib
import os
import signal
import socket
import sys
from typing import cast

from flask import Flask
from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels

from settings import read_port

HOST = "127.0.0.1"
THREADS = 8  # requests that are answered at once; each may need one connection to the database
LONGEST_HEAD = 64 * 1024  # bytes of a request before its body


def main() -> None:
    """Serve until Ctrl+C."""
    parser = argparse.ArgumentParser(description="Serve Flasky on this machine.")
    parser.add_argument("--port", default="5000")
    parser.add_argument("--workers", default=1, type=int, help="processes")
    arguments = parser.parse_args()
    try:
        port = read_port(arguments.port)
    except ValueError as error:
        sys.exit(f"{error}, as in: make run PORT=8080")
    check_port(port)
    os.environ["FLASK_RUN_PORT"] = str(port)  # for the links in mails
    os.environ["FLASKY_MAKE_RUN"] = "true"  # nobody else reaches this server
    # Whatever is wrong with it is told before anything else.
    flasky = importlib.import_module("flasky")

    server = Granian(
        "flasky:app",
        address=HOST,
        port=port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,  # a few bytes of HTTP/2 can become megabytes of headers
        http1_settings=HTTP1Settings(max_buffer_size=LONGEST_HEAD),
        websockets=False,
        workers=arguments.workers,
        blocking_threads=THREADS,
        respawn_failed_workers=True,
        workers_kill_timeout=2,
        log_level=LogLevels.error,
    )
    # A terminal that is closed ends the server. Granian would take its signal for "reload".
    server.on_startup(lambda: signal.signal(signal.SIGHUP, server.signal_handler_interrupt))
    message = f"Flasky is at http://{HOST}:{port}/ - Ctrl+C stops it."
    if "mailbox" in flasky.app.blueprints:
        message += f"\nIts mails are at http://{HOST}:{port}/dev/mailbox/"
    server.on_startup(lambda: print(message, flush=True))
    server.serve(target_loader=load_worker, wrap_loader=False)


def load_worker() -> Flask:
    """Load the application in a worker, out of the terminal's reach.

    Ctrl+C goes to every process of the terminal's group. Granian takes a worker that ended by
    itself for one that failed, and while it starts another it can miss that it is to stop.
    """
    os.setpgrp()
    return cast(Flask, importlib.import_module("flasky").app)


def check_port(port: int) -> None:
    """Stop if nobody can listen there.

    Binding is enough to know. Who listened for an instant would tell others that Flasky is there.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                reason = "another program listens there"
            else:
                reason = os.strerror(error.errno or 0).lower()
            sys.exit(
                f"Port {port} cannot be used: {reason}. Take another one, as in: make run PORT=8080"
            )


if __name__ == "__main__":
    main()
