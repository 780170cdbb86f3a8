"""What must not keep others waiting: requests that are half sent."""

import time

from app.doctor.attack.trying import Target, attack
from app.doctor.attack.wire import half_sent
from app.doctor.checks import Finding, fail, ok
from app.doctor.visit import explain

HALVES = 40  # connections: more than a server has threads
PAGES = 3  # that others open meanwhile
LONGEST_WAIT = 3  # seconds


def make_half_body(host: str) -> bytes:
    """Return a form whose end never comes."""
    return (
        f"POST /auth/login HTTP/1.1\r\nHost: {host}\r\nContent-Length: 100\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n\r\nlogin"
    ).encode()


def make_half_head(host: str) -> bytes:
    """Return a request whose headers have no end."""
    return f"GET / HTTP/1.1\r\nHost: {host}\r\nX-A: ".encode()


@attack("F120")
def half_bodies_keep_nobody_waiting(target: Target) -> Finding:
    """Send forms without an end."""
    return open_pages_meanwhile(target, make_half_body(target.host), "forms")


@attack("F121")
def half_heads_keep_nobody_waiting(target: Target) -> Finding:
    """Send headers without an end."""
    return open_pages_meanwhile(target, make_half_head(target.host), "requests")


def open_pages_meanwhile(target: Target, half: bytes, what: str) -> Finding:
    """Tell how long others wait while requests are half sent."""
    to_do = "put a proxy before Granian that waits for whole requests, as in deploy/"
    longest = 0.0
    with half_sent(target, [half] * HALVES):
        for _ in range(PAGES):
            begin = time.monotonic()
            try:
                target.ask("/robots.txt")
            except OSError as error:
                seen = f"{HALVES} {what} that are half sent stop the site ({explain(error)})"
                return fail(seen, to_do)
            longest = max(longest, time.monotonic() - begin)
    seen = f"while {HALVES} {what} are half sent, others wait {longest:.1f} s"
    return ok(seen) if longest < LONGEST_WAIT else fail(seen, to_do)
