"""Connections to a site, for what no client would send."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

from app.doctor.attack.trying import Target
from app.doctor.visit import SECONDS_TO_WAIT, make_context


def connect(target: Target) -> socket.socket:
    """Return a connection, encrypted if the site is, to whoever answers."""
    connection = socket.create_connection((target.host, target.port), timeout=SECONDS_TO_WAIT)
    if not target.is_encrypted:
        return connection
    return make_context(trusting=True).wrap_socket(connection, server_hostname=target.host)


def send(target: Target, request: bytes, length: int = 12) -> bytes:
    """Send some bytes, and return the first ones of the answer, or what came of it in time."""
    received = b""
    with connect(target) as connection:
        with suppress(OSError):  # it may be refused before all is sent
            connection.sendall(request)
        with suppress(OSError):
            while len(received) < length and (some := connection.recv(length - len(received))):
                received += some
    return received


@contextmanager
def half_sent(target: Target, requests: list[bytes]) -> Iterator[None]:
    """Send requests that have no end, and hold their connections meanwhile."""
    with ExitStack() as held:
        for request in requests:
            with suppress(OSError):  # who lets no more in is well protected
                connection = held.enter_context(connect(target))
                connection.sendall(request)
        yield
