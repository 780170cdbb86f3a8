"""The site, as it is seen through PUBLIC_URL."""

import secrets
import ssl
import time
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from flask import current_app
from itsdangerous import BadData

from app.accounts.signing import make_serializer
from app.doctor.checks import Finding, check, fail, ok, warn
from app.doctor.echo import ANSWER, HEADER, PATH, QUESTION, SECONDS
from app.doctor.servers import compare_clocks
from app.doctor.visit import Headers, explain, visit

IT_ANSWERS, IT_IS_THIS_ONE = "F040", "F043"
DAYS_LEFT = 14  # of a certificate that should have been renewed
DAY = 24 * 60 * 60  # seconds
HTTP_PORT = 80
REDIRECTS = {301, 307, 308}


def get_address(path: str = "/robots.txt") -> str:
    """Return the public address of a page."""
    return f"{current_app.config['PUBLIC_URL']}{path}"


def ask_what_it_saw(
    headers: Headers = (), site: str | None = None, *, trusting: bool = False
) -> dict[str, Any] | None:
    """Return what the site saw of a request, or None if what answers is not this site.

    Raises OSError if nothing answers. Another address than PUBLIC_URL may be that of this site.
    """
    nonce = secrets.token_hex(8)
    token = make_serializer(QUESTION).dumps(nonce)
    url = f"{site or get_address('')}{PATH}"
    answer = visit(url, [*headers, (HEADER, token)], trusting=trusting)
    try:
        seen = make_serializer(ANSWER).loads(answer.text, max_age=SECONDS)
    except BadData:
        return None
    return dict(seen) if seen["nonce"] == nonce else None


@check(IT_ANSWERS, seconds=12)
def answers() -> Finding:
    """Fetch a page that every Flasky has."""
    url = get_address()
    try:
        status = visit(url).status
    except OSError as error:
        to_do = "start the site and its proxy; look at the name, the port and the certificate"
        return fail(f"{url} cannot be fetched: {explain(error)}", to_do)
    if status == 400:  # noqa: PLR2004
        return fail(f"{url} answers 400", "let the proxy pass Host on; see TRUSTED_HOSTS")
    if status != 200:  # noqa: PLR2004
        return fail(f"{url} answers {status}", "look into the logs of the proxy and the site")
    return ok(f"{url} answers")


@check("F041", needs=[IT_ANSWERS], seconds=12)
def certificate_lasts() -> Finding | None:
    """Look how long the certificate is valid."""
    if not get_address().startswith("https://"):
        return None
    ends = ssl.cert_time_to_seconds(visit(get_address()).certificate["notAfter"])
    days = (ends - time.time()) / DAY
    seen = f"the certificate is valid for {days:.0f} more days"
    if days < DAYS_LEFT:
        return warn(seen, "find out why it was not renewed")
    return ok(seen)


@check("F042", needs=[IT_ANSWERS], seconds=12)
def plain_http_leads_to_https() -> Finding | None:
    """Look where somebody comes who types the name alone. A port of its own has no such twin."""
    parts = urlsplit(current_app.config["PUBLIC_URL"])
    if parts.scheme != "https" or parts.port not in {None, 443}:
        return None
    return look_at_plain_http(str(parts.hostname), HTTP_PORT)


def look_at_plain_http(host: str, port: int) -> Finding:
    """Tell what answers there without encryption."""
    try:
        answer = visit(f"http://{host}:{port}/", [("Host", host)])
    except OSError as error:
        return ok(f"nothing answers by plain http ({explain(error)})")
    if answer.status in REDIRECTS and answer.headers.get("location", "").startswith("https://"):
        return ok("plain http leads to https")
    return fail(
        f"http://{host}/ answers {answer.status}, and does not lead to https",
        "let the proxy answer 301 there, as in deploy/",
    )


@check(IT_IS_THIS_ONE, needs=[IT_ANSWERS], seconds=12)
def is_this_one() -> Finding:
    """Look whether what answers has this code and this SECRET_KEY."""
    if ask_what_it_saw() is None:
        return fail(
            f"what answers at {get_address('/')} is not this site, or has another SECRET_KEY",
            "restart the site with the settings that this command has; then look at the DNS",
        )
    return ok("what answers there is this site, with the same SECRET_KEY")


@check("F044", needs=[IT_IS_THIS_ONE], seconds=12)
def scheme_and_host_arrive() -> Finding:
    """Compare the address that the site saw with the one that was called."""
    seen = ask_what_it_saw() or {}
    wanted, found = get_address(""), f"{seen['scheme']}://{seen['host']}"
    parts = urlsplit(wanted)
    if seen["scheme"] != parts.scheme:
        return fail(
            f"the site saw {found} where {wanted} was called",
            "let the proxy set X-Forwarded-Proto, and TRUSTED_PROXIES be right (see F045)",
        )
    # Some proxies leave the port out, which no link is made of.
    if urlsplit(found).hostname != parts.hostname:
        return fail(f"the site saw {found} where {wanted} was called", "let the proxy pass Host on")
    return ok(f"the site sees {found}")


@check("F047", needs=[IT_ANSWERS], seconds=12)
def its_clock_is_right() -> Finding | None:
    """Compare the clock of what answers, which tells whole seconds, with this machine's."""
    before = time.time()
    date = visit(get_address()).headers.get("date")
    if date is None:
        return None
    there = parsedate_to_datetime(date).timestamp()
    return compare_clocks(get_address(""), there, before, time.time(), precision=1)
