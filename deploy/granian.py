"""Granian's command, for Flasky: `python -m deploy.granian ... flasky:app`.

It takes the options of `granian`, and does two things besides. Flasky is loaded once: the workers
are copies of a process that has it, and share what they do not change; under `granian` itself each
of them loads all of it, and holds twice as much memory. And where systemd holds the socket (see
systemd/flasky.socket), Granian listens there, so that connections wait while Flasky is started
anew. Granian 2.8 has no option for that; once it has one, such as `--fd 3`, half of this can go.
"""

import multiprocessing
import os
import socket
import sys

from granian import cli
from granian.net import SocketHolder
from granian.server.mp import MPServer

import flasky  # noqa: F401  # what is wrong with the settings is told before there is any worker

FIRST = 3  # of the sockets that a service is given: sd_listen_fds(3)


class Server(MPServer):
    """Listens where systemd does, in each worker."""

    def _init_shared_socket(self) -> None:
        holder = SocketHolder(FIRST, False, self.backlog)
        self._ssp, self._shd, self._sfd = None, holder, FIRST
        self._sso = socket.socket(fileno=FIRST)


if __name__ == "__main__":
    if sys.platform == "linux":
        multiprocessing.set_start_method("fork")  # as it was by default before Python 3.14
    if os.environ.get("LISTEN_PID") == str(os.getpid()):
        cli.Server = Server
    cli.entrypoint()
