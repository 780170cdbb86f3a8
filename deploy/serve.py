"""Granian, with its own options, on the socket that systemd holds: see systemd/flasky.socket.

Connections wait there while Flasky is started anew. Granian 2.8 has no option for it; as soon as it
has `--fd`, which its next version may bring, `granian --fd 3` does the same, and this file can go.
"""

import socket

from granian import cli
from granian.net import SocketHolder
from granian.server.mp import MPServer

FIRST = 3  # of the sockets that a service is given: sd_listen_fds(3)


class Server(MPServer):
    """Listens where systemd does, in each worker."""

    def _init_shared_socket(self) -> None:
        holder = SocketHolder(FIRST, False, self.backlog)
        self._ssp, self._shd, self._sfd = None, holder, FIRST
        self._sso = socket.socket(fileno=FIRST)


if __name__ == "__main__":
    cli.Server = Server
    cli.entrypoint()
