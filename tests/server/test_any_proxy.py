"""A proxy that passes on whatever visitors send: for such there is PROXY_HEADER=Forwarded."""

import socket
import sys
from contextlib import closing

from tests.server.test_workers import GRANIAN
from tests.servers import free_port, running

SAID = ["Forwarded: for=192.0.2.1;proto=https"]
FORGED = ["X_Forwarded_Proto: http", "X-Forwarded-Proto: http", "X-Forwarded_For: 6.6.6.6"]
# They change the order in which Granian reads headers.
DUMMIES = [f"Zz{number}: x" for number in range(8)]


def test_nothing_that_it_lets_through_changes_what_it_says() -> None:
    port = free_port()
    settings = {"TRUSTED_PROXIES": "1", "PROXY_HEADER": "Forwarded"}
    with running([sys.executable, *GRANIAN.split(), str(port)], port, "sqlite://", settings):
        for headers in (
            SAID + FORGED,
            FORGED + SAID,
            DUMMIES + FORGED + SAID,
            SAID + DUMMIES + FORGED,
        ):
            head = ["GET /robots.txt HTTP/1.1", "Host: localhost", "Connection: close", *headers]
            with closing(socket.create_connection(("127.0.0.1", port), timeout=30)) as connection:
                connection.sendall("\r\n".join([*head, "", ""]).encode())
                answer = b""
                while some := connection.recv(4096):
                    answer += some
            assert b"strict-transport-security" in answer  # it came by https
