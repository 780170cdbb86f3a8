"""Flasky as its own process, served on this machine."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def free_port() -> int:
    """Return a port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def serve(
    database_url: str, *, workers: int = 1, settings: dict[str, str] | None = None
) -> Iterator[str]:
    """Serve Flasky on a database that has its tables, and give its address."""
    port = free_port()
    command = [sys.executable, "-m", "tools.serve", f"--port={port}", f"--workers={workers}"]
    environment = os.environ | {
        "FLASK_CONFIG": "testing",
        "SECRET_KEY": "one secret key for all processes",
        "TEST_DATABASE_URL": database_url,
        **(settings or {}),
    }
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE) as server:
        try:
            wait_for(port)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


def wait_for(port: int, *, seconds: float = 20) -> None:
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
