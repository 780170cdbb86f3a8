"""What a request sends along, and what becomes of the connection: to Granian, as README.md has it.

A proxy keeps its connections to Flasky. On one that is closed behind its back, its next request is
answered 502.
"""

import socket
import sys
import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from app.web.request_bodies import LARGEST
from tests.server.test_workers import GRANIAN
from tests.servers import free_port, running


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    port = free_port()
    with running([sys.executable, *GRANIAN.split(), str(port)], port, "sqlite://"):
        yield port


def send(connection: socket.socket, *parts: bytes) -> bytes:
    """Send a request in parts, as over a slow network, and return the first line of the answer."""
    for part in parts:
        connection.sendall(part)
        time.sleep(0.2)
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += connection.recv(4096) or pytest.fail("the connection was closed")
    head, _, body = answer.partition(b"\r\n\r\n")
    [length] = [
        int(line.partition(b":")[2])
        for line in head.lower().splitlines()
        if line.startswith(b"content-length")
    ]
    while len(body) < length:
        body += connection.recv(65536) or pytest.fail("the connection was closed")
    return head.partition(b"\r\n")[0]


def head_of(address: str, *headers: str) -> bytes:
    form = "Content-Type: application/x-www-form-urlencoded"
    return "\r\n".join(
        [f"POST {address} HTTP/1.1", "Host: localhost", form, *headers, "", ""]
    ).encode()


# Addresses that answer before anybody has read what is sent.
UNREAD = [
    ("/nowhere", b"404"),
    ("/auth/settings/profile", b"401"),
    ("/auth/settings", b"405"),
]


@pytest.mark.parametrize("length", [10, 64_000, LARGEST])
@pytest.mark.parametrize(("address", "status"), [*UNREAD, ("/auth/login", b"4")])
def test_a_connection_is_good_for_another_request_whatever_was_sent(
    port: int, address: str, status: bytes, length: int
) -> None:
    with closing(socket.create_connection(("127.0.0.1", port), timeout=30)) as connection:
        for _ in range(2):
            head = head_of(address, f"Content-Length: {length}")
            assert send(connection, head, b"x" * length).startswith(b"HTTP/1.1 " + status)
        assert send(connection, b"GET /robots.txt HTTP/1.1\r\nHost: localhost\r\n\r\n").endswith(
            b"OK"
        )


@pytest.mark.parametrize("length", [20, 60_000])
@pytest.mark.parametrize(("address", "status"), UNREAD)
def test_so_it_is_after_chunks(port: int, address: str, status: bytes, length: int) -> None:
    chunks = b"%x\r\n" % length + b"x" * length + b"\r\n0\r\n\r\n"
    with closing(socket.create_connection(("127.0.0.1", port), timeout=30)) as connection:
        for _ in range(2):
            head = head_of(address, "Transfer-Encoding: chunked")
            assert send(connection, head, chunks).startswith(b"HTTP/1.1 " + status)


@pytest.mark.parametrize("length", [LARGEST + 1, 10**7])
@pytest.mark.parametrize("address", ["/", "/auth/login", "/nowhere"])
def test_what_is_too_large_is_refused_before_it_is_sent(
    port: int, address: str, length: int
) -> None:
    with closing(socket.create_connection(("127.0.0.1", port), timeout=10)) as connection:
        connection.sendall(head_of(address, f"Content-Length: {length}"))
        assert connection.recv(13) in {b"HTTP/1.1 413 ", b"HTTP/1.1 404 "}
