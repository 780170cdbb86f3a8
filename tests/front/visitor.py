"""Visitors of a site behind a proxy, each from an address of their own, and what they send."""

import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from http.client import HTTPSConnection
from typing import NamedTuple
from urllib.parse import urlencode

TRUSTING = ssl._create_unverified_context()  # noqa: S323, SLF001  # the certificate is the test's
SECONDS = 10  # that a visitor waits for an answer


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: dict[str, str]
    text: str


class Visitor:
    """Somebody with one address of this machine, who writes headers as they like."""

    def __init__(self, port: int, address: str) -> None:
        self.port = port
        self.address = address
        self.cookies: dict[str, str] = {}

    def ask(
        self, path: str, headers: list[tuple[str, str]], fields: dict[str, str] | None = None
    ) -> Answer:
        """Send a request over a connection of its own, with the headers in that order."""
        body = None if fields is None else urlencode(fields).encode()
        with ExitStack() as stack:
            connection = HTTPSConnection(
                "localhost",
                self.port,
                timeout=SECONDS,
                source_address=(self.address, 0),
                context=TRUSTING,
            )
            stack.callback(connection.close)
            connection.putrequest("GET" if body is None else "POST", path)
            for name, value in headers:
                connection.putheader(name, value)
            cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
            connection.putheader("Cookie", cookies)
            if body is not None:
                connection.putheader("Content-Type", "application/x-www-form-urlencoded")
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            answer = connection.getresponse()
            self.cookies |= dict(re.findall(r"(?mi)^set-cookie: ([^=]+)=([^;]*)", str(answer.msg)))
            names = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, names, answer.read().decode())


def connect(port: int, address: str, *, is_encrypted: bool = True) -> socket.socket:
    """Return a connection to a proxy, for what no client would send."""
    connection = socket.create_connection(
        ("127.0.0.1", port), timeout=SECONDS, source_address=(address, 0)
    )
    if not is_encrypted:
        return connection
    return TRUSTING.wrap_socket(connection, server_hostname="localhost")


def receive(connection: socket.socket, length: int) -> bytes:
    """Return what comes, up to that many bytes, until nothing does any more."""
    received = b""
    with suppress(OSError):
        while len(received) < length and (some := connection.recv(length - len(received))):
            received += some
    return received


@contextmanager
def half_sent(port: int, address: str, requests: list[bytes]) -> Iterator[None]:
    """Send requests that have no end, and hold their connections."""
    with ExitStack() as held:
        for request in requests:
            connection = held.enter_context(connect(port, address))
            with suppress(OSError):  # it may be refused before all is sent
                connection.sendall(request)
        yield
