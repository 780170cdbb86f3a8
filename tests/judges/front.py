"""A proxy that speaks https before Flasky, as on the web, on one port for http and https."""

import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import MSG_PEEK, socket
from typing import Any
from urllib.parse import urlsplit

TLS_HANDSHAKE = b"\x16"  # the first byte that a browser sends when it speaks TLS
OF_ONE_HOP = {"connection", "keep-alive", "transfer-encoding"}


class Front(ThreadingHTTPServer):
    """Takes TLS and plain connections."""

    daemon_threads = True
    # Browsers open more than five connections at once, and wait a second for each above that.
    request_queue_size = 128

    def __init__(self, target: str, certificate: Path, key: Path) -> None:
        self.target = urlsplit(target).netloc
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(certificate, key)
        super().__init__(("127.0.0.1", 0), Forward)

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Answer a connection, in a thread of its own."""
        connection: socket = request
        if connection.recv(1, MSG_PEEK) != TLS_HANDSHAKE:
            super().finish_request(connection, client_address)
            return
        with self.tls.wrap_socket(connection, server_side=True) as encrypted:
            super().finish_request(encrypted, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: browsers open connections that they do not use."""


class Forward(BaseHTTPRequestHandler):
    """Sends plain requests to https, and passes the others on."""

    server: Front

    def forward(self) -> None:
        """Answer a request."""
        if not isinstance(self.connection, ssl.SSLSocket):
            self.send_response(301)
            self.send_header("Location", f"https://{self.headers['Host']}{self.path}")
            self.end_headers()
            return
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {**self.headers, "X-Forwarded-Proto": "https", "X-Forwarded-For": "127.0.0.1"}
        with closing(HTTPConnection(self.server.target, timeout=30)) as upstream:
            upstream.request(self.command, self.path, body, headers)
            answer = upstream.getresponse()
            content = answer.read()
        self.send_response_only(answer.status, answer.reason)
        for name, value in answer.getheaders():
            if name.lower() not in OF_ONE_HOP:
                self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_HEAD = do_POST = do_OPTIONS = forward  # noqa: N815


def make_certificate(folder: Path, name: str = "localhost", *, days: int = 1) -> tuple[Path, Path]:
    """Write a certificate for a name, and its key."""
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", str(days)]
    subject = ["-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}"]
    files = ["-keyout", str(key), "-out", str(certificate)]
    subprocess.run([*command, *subject, *files], check=True, capture_output=True)
    return certificate, key


@contextmanager
def front(target: str, certificate: Path, key: Path) -> Iterator[str]:
    """Stand before a server, and give the address to call it by."""
    with Front(target, certificate, key) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"https://localhost:{server.server_port}"
        server.shutdown()
