"""What must not be believed, or taken: names, addresses, and too much of anything."""

import time

from flask import current_app

from app.doctor.attack.trying import Target, attack
from app.doctor.attack.wire import send
from app.doctor.checks import Finding, fail, ok, warn
from app.doctor.proxies import find_lie_that_is_believed, judge_lies
from app.doctor.site import ask_what_it_saw

UNKNOWN = "attacked.invalid"  # RFC 2606
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\4\0\0\0\0\0"  # RFC 9113, and no settings
SETTINGS = b"\4"  # the kind of the first frame of a server that speaks it
LONG_HEADER = b"a/b," * 62_500  # 250 kB
ROBOTS = "/robots.txt"


@attack("F110")
def forged_addresses_are_not_believed(target: Target) -> Finding:
    """Say that the request comes from elsewhere, and ask the site what it believes."""
    key = current_app.config["SECRET_KEY"]  # which there is not where the settings are refused
    if not key or ask_what_it_saw((), target.url, trusting=True) is None:
        seen = f"{target.url} does not tell what it sees: it has another SECRET_KEY"
        return warn(seen, "run this with the settings of the site to try forged addresses")
    return judge_lies(find_lie_that_is_believed(target.url, trusting=True))


@attack("F111")
def unknown_names_are_refused(target: Target) -> Finding:
    """Call the site by a name that is not its own, which could get into links."""
    expected = target.ask(ROBOTS)
    answer = target.ask(ROBOTS, [("Host", UNKNOWN)])
    if answer.status == expected.status and answer.text == expected.text:
        return fail(f"the site answers to the name {UNKNOWN}", "set TRUSTED_HOSTS")
    return ok(f"the site does not answer to the name {UNKNOWN} ({answer.status})")


@attack("F112")
def http_2_is_not_spoken_in_clear(target: Target) -> Finding:
    """Begin to speak HTTP/2 where nothing has agreed on it: little can become megabytes there."""
    answer = send(target, PREFACE)
    if answer[3:4] == SETTINGS and answer[5:9] == bytes(4):
        seen = "HTTP/2 is spoken without TLS having agreed on it"
        return fail(seen, "start Granian with --http 1, behind a proxy")
    return ok("HTTP/2 is not spoken in clear")


@attack("F113")
def long_headers_are_refused(target: Target) -> Finding:
    """Send 250 kB of Accept, and see whether anybody reads them."""
    head = f"GET {ROBOTS} HTTP/1.1\r\nHost: {target.host}\r\nConnection: close\r\nAccept: "
    begin = time.monotonic()
    answer = send(target, head.encode() + LONG_HEADER + b"\r\n\r\n")
    seconds = time.monotonic() - begin
    if answer.split()[1:2] == [b"200"]:
        to_do = "start Granian with --http1-buffer-size 65536, behind a proxy"
        return fail(f"250 kB of Accept are read, in {seconds:.1f} s", to_do)
    return ok("250 kB of Accept are refused")


@attack("F114")
def odd_referrers_do_no_harm(target: Target) -> Finding:
    """Send headers that cannot be parsed."""
    odd = [("Referer", "http://["), ("Accept-Language", "\N{DEL}" * 9), ("Cookie", "session=;=;x")]
    for name, value in odd:
        status = target.ask("/auth/login", [(name, value)]).status
        if status >= 500:  # noqa: PLR2004
            return fail(f"{name}: {value!r} is answered by {status}", "look into the site's log")
    return ok("headers that cannot be parsed do no harm")
