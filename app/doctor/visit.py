"""A request to a site, as a stranger makes it: no proxy of this machine's, no redirect followed."""

import ssl
from collections.abc import Iterable
from contextlib import closing
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any, NamedTuple
from urllib.parse import urlsplit

SECONDS_TO_WAIT = 4  # at each step
LONGEST_ANSWER = 100_000  # bytes

Headers = Iterable[tuple[str, str]]


class Answer(NamedTuple):
    """What came back. The names of headers are in lower case."""

    status: int
    headers: dict[str, str]
    text: str
    certificate: dict[str, Any]


def visit(url: str, headers: Headers = (), *, trusting: bool = False) -> Answer:
    """Fetch a page, with headers of any spelling, in that order.

    Raises OSError, with what is wrong in words. The certificate has to be that of the name, unless
    it is trusted whatever it be.
    """
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port
    connection = (
        HTTPSConnection(host, port, timeout=SECONDS_TO_WAIT, context=make_context(trusting))
        if parts.scheme == "https"
        else HTTPConnection(host, port, timeout=SECONDS_TO_WAIT)
    )
    given = {name.lower() for name, _ in headers}
    with closing(connection):
        try:
            connection.putrequest("GET", parts.path or "/", skip_host="host" in given)
            for name, value in headers:
                connection.putheader(name, value)
            connection.endheaders()
            sock = connection.sock  # which is gone after an answer that ends the connection
            certificate = sock.getpeercert() if isinstance(sock, ssl.SSLSocket) else None
            answer = connection.getresponse()
            text = answer.read(LONGEST_ANSWER).decode(errors="replace")
        except HTTPException as error:
            raise OSError(f"what answers speaks no HTTP ({type(error).__name__})") from None
    names = {name.lower(): value for name, value in answer.getheaders()}
    return Answer(answer.status, names, text, certificate or {})


def make_context(trusting: bool) -> ssl.SSLContext:  # noqa: FBT001
    """Return how to encrypt: to whoever has the name, or to whoever answers."""
    context = ssl.create_default_context()
    if trusting:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def explain(error: OSError) -> str:
    """Return why there is no answer."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the certificate is not valid: {error.verify_message}"
    if isinstance(error, TimeoutError):
        return "nothing answers in time"
    return error.strerror or str(error) or type(error).__name__
