"""Flasky as its own process, served on this machine."""

import os
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.commands import Command

ROOT = Path(__file__).resolve().parent.parent

# Sockets that keep the ports of the last tests from everybody who takes any port that is free.
KEPT: deque[socket.socket] = deque()
# More than one test asks for. On other systems nobody could listen where a socket is kept.
MOST_KEPT = 64 if sys.platform == "linux" else 0


def free_port() -> int:
    """Return a port on which nobody listens, and which nobody else is given.

    Servers may listen there all the same: like them, what keeps it allows SO_REUSEADDR.
    """
    keeper = socket.socket()
    keeper.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    keeper.bind(("127.0.0.1", 0))
    port: int = keeper.getsockname()[1]
    KEPT.append(keeper)
    if len(KEPT) > MOST_KEPT:
        KEPT.popleft().close()
    return port


@contextmanager
def serve(
    database_url: str, *, workers: int = 1, settings: dict[str, str] | None = None
) -> Iterator[str]:
    """Serve Flasky on a database that has its tables, and give its address."""
    port = free_port()
    options = [f"--port={port}", f"--workers={workers}"]
    server = Command("tools.serve", *options, **environment_of(database_url, settings))
    try:
        wait_for(port)
        yield f"http://127.0.0.1:{port}"
        assert server.process.is_alive(), "the server ended by itself"
    finally:
        server.process.terminate()
        print(server.wait(30), file=sys.stderr)  # shown of a test that fails


@contextmanager
def running(
    command: list[str],
    port: int,
    database_url: str,
    settings: dict[str, str] | None = None,
    folder: Path = ROOT,
) -> Iterator[subprocess.Popen[bytes]]:
    """Give a server that listens on a port. Fail if it ends with an error."""
    environment = os.environ | environment_of(database_url, settings)
    with subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE) as server:
        try:
            wait_for(port)
            yield server
            assert not server.poll(), f"the server ended by itself, with {server.returncode}"
        finally:
            stop(server)


def environment_of(database_url: str, settings: dict[str, str] | None) -> dict[str, str]:
    """Return what tells a server of a test what it is to serve."""
    return {
        "FLASK_CONFIG": "testing",
        "SECRET_KEY": "one secret key for all processes",
        "TEST_DATABASE_URL": database_url,
        **(settings or {}),
    }


def stop(server: subprocess.Popen[bytes]) -> None:
    """Ask a server to end. Raise subprocess.TimeoutExpired if it does not, and end it."""
    server.terminate()
    try:
        server.wait(30)
    except subprocess.TimeoutExpired:
        server.kill()
        raise


def development(database_url: str) -> dict[str, str]:
    """Return the settings of a developer, whose site has a mailbox and mails for it."""
    return {
        "FLASK_CONFIG": "development",
        "DEV_DATABASE_URL": database_url,
        "FLASKY_ADMIN": "admin@example.com",
        "TRUSTED_PROXIES": "1",  # visitors say where they come from
    }


def wait_for(port: int, *, seconds: float = 60) -> None:
    """Return as soon as somebody listens on a port. Raise TimeoutError if nobody does."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError(f"nobody listens on port {port}")
