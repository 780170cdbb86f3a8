"""What strangers send to Flasky through nginx, Caddy and HAProxy, with the settings of deploy/."""

import itertools
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from tests.front.conftest import Site
from tests.front.visitor import Visitor, connect, half_sent, receive
from tests.pages import form_token

NUMBERS = itertools.count(2)  # of addresses, so that no test meets the limits of another

FORGED = [
    "X-Forwarded-For",
    "X_Forwarded_For",
    "X-Forwarded_For",
    "X_Forwarded-For",
    "x_FORWARDED_for",
    "Forwarded",
]
SCHEMES = ["X-Forwarded-Proto", "X_Forwarded_Proto", "X-Forwarded_Proto"]
# They change the order in which a proxy passes headers on.
DUMMIES = [(f"Zz{number}", "x") for number in range(8)]

HEAD = (
    b"POST /auth/login HTTP/1.1\r\nHost: localhost\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\n"
)
HALF_BODIES = [
    HEAD + b"Content-Length: 100\r\n\r\nlogin",
    HEAD + b"Transfer-Encoding: chunked\r\n\r\n14\r\nlogin",
    HEAD + b"Content-Length: 16000\r\n\r\n" + b"x" * 15_000,
    HEAD + b"Content-Length: 100000\r\n\r\n" + b"x" * 50_000,
    HEAD + b"Content-Length: 262144\r\n\r\n" + b"x" * 262_000,
    HEAD + b"Content-Length: 300000\r\n\r\n" + b"x" * 299_000,
    HEAD + b"Transfer-Encoding: chunked\r\n\r\n9c40\r\n" + b"x" * 39_000,
    HEAD + b"Transfer-Encoding: chunked\r\n\r\n493e0\r\n" + b"x" * 290_000,
    HEAD.replace(b"/auth/login", b"/nowhere") + b"Content-Length: 100\r\n\r\nlogin",
]
HALF_HEADS = [b"GET / HTTP/1.1\r\nHost: localhost\r\nX-A: ", b"GET /", HEAD]

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\4\0\0\0\0\0"  # RFC 9113, and no settings
UPGRADE = (
    b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, HTTP2-Settings\r\n"
    b"Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n"
)
LONG_HEADER = b"GET / HTTP/1.1\r\nHost: localhost\r\nAccept: " + b"a/b," * 62_500 + b"\r\n\r\n"
TWO_LENGTHS = HEAD + (
    b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    b"GET /smuggled HTTP/1.1\r\nHost: localhost\r\nX-Rest: "
)


def visitor_of(site: Site) -> Visitor:
    """Return somebody with an address that nobody else has."""
    return Visitor(site.proxy.https, f"127.0.9.{next(NUMBERS)}")


def assert_others_are_served(site: Site) -> None:
    """Fetch pages for eight visitors at once."""

    def fetch(_number: int) -> float:
        start = time.monotonic()
        assert visitor_of(site).ask("/", []).status == 200
        return time.monotonic() - start

    with ThreadPoolExecutor(8) as pool:
        assert max(pool.map(fetch, range(16))) < 8


def test_nobody_chooses_whom_flasky_counts_or_what_its_log_says(site: Site) -> None:
    before = site.addresses_in_log()
    stranger, statuses = visitor_of(site), []
    page = stranger.ask("/auth/login", [])
    assert page.headers["strict-transport-security"]
    for number, name in zip(range(18), itertools.cycle(FORGED), strict=False):
        address = f"6.7.{number}.1"
        value = f"for={address};proto=https" if name == "Forwarded" else address
        headers = [(name, value), *[(scheme, "http") for scheme in SCHEMES]]
        headers = [*DUMMIES, *headers] if number % 2 else [*headers, *DUMMIES]
        fields = {"csrf_token": form_token(page.text), "login": f"susan{number}", "password": "x"}
        answer = stranger.ask("/auth/login", headers, fields)
        assert answer.headers["strict-transport-security"]  # it came by https, whatever it says
        statuses.append(answer.status)
    assert statuses == [422] * 10 + [429] * 8
    assert site.addresses_in_log() - before == {stranger.address}


@pytest.mark.parametrize("halves", [HALF_BODIES, HALF_HEADS], ids=["bodies", "heads"])
def test_sixty_requests_that_are_half_sent_keep_nobody_else_waiting(
    site: Site, halves: list[bytes]
) -> None:
    requests = [*itertools.islice(itertools.cycle(halves), 60)]
    with half_sent(site.proxy.https, f"127.0.9.{next(NUMBERS)}", requests):
        assert_others_are_served(site)


def test_who_sends_slowly_is_let_go(site: Site) -> None:
    with connect(site.proxy.https, "127.0.0.1") as connection:
        connection.settimeout(40)
        connection.sendall(HALF_BODIES[0])
        start = time.monotonic()
        assert b"csrf_token" not in receive(connection, 10**6)  # nothing of Flasky's
        assert time.monotonic() - start < 35


@pytest.mark.parametrize("is_encrypted", [True, False])
@pytest.mark.parametrize("sent", [PREFACE, UPGRADE], ids=["preface", "upgrade"])
def test_nobody_speaks_http_2_but_as_tls_has_agreed(
    site: Site, sent: bytes, *, is_encrypted: bool
) -> None:
    port = site.proxy.https if is_encrypted else site.proxy.http
    with connect(port, "127.0.0.1", is_encrypted=is_encrypted) as connection:
        with suppress(OSError):
            connection.sendall(sent)
        answer = receive(connection, 12)
    assert answer[:8] in {b"", b"HTTP/1.1", b"HTTP/1.0"}
    assert b" 101" not in answer


def test_250_kilobytes_of_accept_reach_nobody(site: Site) -> None:
    with connect(site.proxy.https, "127.0.0.1") as connection:
        with suppress(OSError):
            connection.sendall(LONG_HEADER)
        assert receive(connection, 12) in {b"", b"HTTP/1.1 400", b"HTTP/1.1 431"}
    assert_others_are_served(site)


def test_a_request_of_two_lengths_puts_nothing_before_that_of_another(site: Site) -> None:
    for _ in range(4):
        with connect(site.proxy.https, "127.0.0.1") as connection:
            connection.sendall(TWO_LENGTHS)
            connection.settimeout(1)
            receive(connection, 10**6)
            for _ in range(4):
                answer = visitor_of(site).ask("/robots.txt", [])
                assert answer.text.startswith("User-agent:")


def test_a_form_that_nobody_reads_costs_no_other_request(site: Site) -> None:
    stranger = visitor_of(site)
    for length in [9_000, 64_000] * 15:
        assert stranger.ask("/nowhere", [], {"text": "x" * length}).status == 404
        assert stranger.ask("/robots.txt", []).status == 200
    assert stranger.ask("/auth/login", [], {"password": "x" * 64_000}).status == 413


def test_nobody_chooses_the_number_of_a_request(site: Site) -> None:
    headers = [(name, "a-number-of-mine") for name in ("X-Request-ID", "X_Request_ID")]
    numbers = [visitor_of(site).ask("/", headers).headers["x-request-id"] for _ in range(2)]
    assert len({*numbers, "a-number-of-mine"}) == 3


def test_no_log_holds_the_token_of_a_link(site: Site) -> None:
    stranger = visitor_of(site)
    assert stranger.ask("/auth/register/the-token-of-a-link?x=1", []).status == 410
    end = time.monotonic() + 10
    while "/auth/register/..." not in (logged := site.proxy.log.read_text()):
        assert time.monotonic() < end, logged[-2000:]
        time.sleep(0.1)
    assert "the-token-of-a-link" not in logged


def test_who_serves_the_site_is_not_told(site: Site) -> None:
    server = visitor_of(site).ask("/", []).headers.get("server", "")
    assert server in {"", "nginx", "Caddy"}


def test_plain_http_leads_to_https_and_to_nothing_else(site: Site) -> None:
    with connect(site.proxy.http, "127.0.0.1", is_encrypted=False) as connection:
        connection.sendall(
            b"GET /auth/login HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        )
        head = receive(connection, 4096).partition(b"\r\n\r\n")[0].lower()
    assert head.split()[1] in {b"301", b"308"}
    assert b"location: https://localhost" in head
