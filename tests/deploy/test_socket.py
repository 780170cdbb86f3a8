"""The socket that systemd holds, where visitors wait while Flasky is started anew."""

import os
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from tests.server.test_workers import GRANIAN
from tests.servers import ROOT, environment_of, stop

# What systemd does before it runs a service: sd_listen_fds(3).
TAKE_THE_SOCKET = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
os.execv(sys.executable, [sys.executable, *sys.argv[2:]])
"""
OPTIONS = GRANIAN.removesuffix(" --port").split()


def test_who_comes_before_flasky_runs_is_answered_once_it_does(tmp_path: Path) -> None:
    with (
        closing(socket.create_server(("127.0.0.1", 0))) as held,
        closing(socket.create_connection(held.getsockname(), timeout=60)) as visitor,
    ):
        visitor.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        server = subprocess.Popen(
            [sys.executable, "-c", TAKE_THE_SOCKET, str(held.fileno()), *OPTIONS],
            cwd=ROOT,
            env=os.environ | environment_of(f"sqlite:///{tmp_path}/data.sqlite", None),
            pass_fds=[held.fileno()],
        )
        try:
            assert visitor.recv(100).startswith(b"HTTP/1.1 200")
        finally:
            stop(server)
