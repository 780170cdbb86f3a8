"""Serve Flasky with Granian on this machine, for `make run`."""

import argparse
import errno
import os
import socket
import sys

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

THREADS = 8  # requests that are answered at once; each may need one connection to the database


def main() -> None:
    """Serve until Ctrl+C."""
    parser = argparse.ArgumentParser(description="Serve Flasky on this machine.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", default="5000")
    parser.add_argument("--workers", default=1, type=int, help="processes")
    arguments = parser.parse_args()
    host, port = arguments.host, read_port(arguments.port)
    check_port(host, port)

    server = Granian(
        "flasky:app",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        websockets=False,
        workers=arguments.workers,
        blocking_threads=THREADS,
        log_level=LogLevels.error,
    )
    server.on_startup(
        lambda: print(f"Flasky is at http://{host}:{port}/ - Ctrl+C stops it.", flush=True)
    )
    server.serve()


def read_port(text: str) -> int:
    """Return the number of a TCP port, or stop."""
    if text.isascii() and text.isdigit() and 0 < int(text) < 2**16:
        return int(text)
    sys.exit(f"{text!r} is no port. Take a number from 1 to 65535, as in: make run PORT=8080")


def check_port(host: str, port: int) -> None:
    """Stop if nobody can listen there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen()
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
