"""A stranger who sends whatever they can think of to every address of a site.

What they think of is always the same for one seed, so that a mistake can be met again.
"""

import json
import random
import re
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from flask import Flask
from werkzeug.routing import Rule
from werkzeug.test import EnvironBuilder

from tests.auth.people import PASSWORD, open_link
from tests.clients import CheckingClient

SEED = 2026
METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE"}

TEXTS = [
    *("", " ", "john", "susan@example.com", PASSWORD, "0", "-1", str(2**70), "1e309", "null", "y"),
    *("\0", "a\0b", "\r\nBcc: x@y.example", "\x1b[31m", "\ufeff", "\u202e", "\u200d", "\ufffe"),
    *("'\"><script>alert(1)</script>", "{{ 7 * 7 }}", "%s%n%(name)s", "../../etc/passwd", "//evil"),
    *("＠，；＜＞", "one@a.example＞，＜two＠b.example", "x@[127.0.0.1]", "a@" + "b." * 100 + "c"),
    *("\u0345\u0334" * 900, "\ufdfa" * 300, "😀" * 200, "x" * 9000, "\udcff", "ﬁ", "İ" * 64, "ß"),
]
HEADERS = {
    "Accept": ["*/*", "application/json", "a/b;q=x", ",;=", "*/*;q=1" * 3000],
    "Accept-Language": ["zh", "xx-yy;q=9", "*" * 5000, "\udcff"],
    "Content-Length": ["-1", "x", "99999999999999999999"],
    "Content-Type": [
        "",
        "text/plain",
        "application/json",
        "multipart/form-data",
        "x; charset=\udcff",
    ],
    "Authorization": ["Bearer", "Bearer flasky_x", "Basic eDp4", "Bearer \udcff", "x" * 9000],
    "Cookie": ["session=x", "session=.eJw; theme=\udcff", "=;=;", "language=" + "x" * 4000],
    "Host": ["evil.example", "[", "localhost:99999", ""],
    "Idempotency-Key": ["", "x", "\udcff" * 300],
    "If-Match": ["*", '"x', "\udcff"],
    "If-Modified-Since": ["x", "Thu, 01 Jan 1970 00:00:00 GMT"],
    "If-None-Match": ["*", '"x'],
    "Origin": ["null", "http://[", "https://evil.example", "\udcff"],
    "Range": ["bytes=0-", "x"],
    "Referer": ["http://[", "//", "\udcff", "https://evil.example/"],
    "Sec-Fetch-Site": ["cross-site", "\udcff"],
    "Sec-Fetch-Mode": ["navigate", "\udcff"],
    "User-Agent": ["", "x" * 5000, "\udcff", "Mozilla/5.0 (" * 300],
    "X-Forwarded-For": ["x", "1.2.3.4, [::1]:9", "fe80::1%eth0", "," * 3000, "::ffff:1.2.3.4"],
    "X-Forwarded-Host": ["evil.example"],
    "X-Forwarded-Proto": ["https", "ftp", "https,http", "\udcff"],
}


# What pages and the API read of an address.
QUERY = ["after", "before", "cursor", "filter", "limit", "next", "page", "q", "sort", "since", "to"]
NUMBERS = [0, 1, 2, 3, 10**6, 2**31, 2**63 - 1, 2**63, 2**70]


class Attack(NamedTuple):
    """A request, and how it can be sent again."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class Stranger:
    """Makes requests up."""

    def __init__(self, app: Flask) -> None:
        self.chance = random.Random(SEED)  # noqa: S311  # nobody has to be kept from guessing
        self.targets = [
            (rule, method)
            for rule in app.url_map.iter_rules()
            for method in sorted((rule.methods or set()) & METHODS)
        ]
        self.links: dict[str, str] = {}  # of mails, by endpoint

    def text(self) -> str:
        """Return something that might be typed."""
        if self.chance.random() < 0.7:
            known: str = self.chance.choice(TEXTS)
            return known
        points = (self.chance.randrange(0x110000) for _ in range(self.chance.randrange(1, 60)))
        return "".join(map(chr, points))

    def choose_path(self, rule: Rule) -> str:
        """Return an address that a route might answer to."""

        def value(match: re.Match[str]) -> str:
            if match[0].startswith("<id:") and self.chance.random() < 0.9:
                return str(self.chance.choice(NUMBERS))
            return quote(self.text() or "x", safe="", errors="replace")

        path = re.sub(r"<[^>]+>", value, rule.rule)
        if self.chance.random() < 0.5:
            names = self.chance.sample(QUERY, 2)
            query = {name: self.text().encode("utf-8", "surrogatepass") for name in names}
            path += f"?{urlencode(query)}"
        return path

    def attack(self, client: CheckingClient, token: str) -> tuple[Attack, int]:
        """Send a request to some address, and return it with the status of the answer."""
        rule, method = self.chance.choice(self.targets)
        path = self.choose_path(rule)
        body: dict[str, Any] = {}
        if rule.endpoint in self.links and self.chance.random() < 0.8:
            path = open_link(client, self.links[rule.endpoint])
        if method != "GET":
            body = self.make_body(self.fill_in(client.get(path).get_data(as_text=True)))
        environ = EnvironBuilder(path=path, method=method, **body).get_environ()
        environ |= self.choose_headers()
        if rule.endpoint.startswith("api.") and self.chance.random() < 0.7:
            environ["HTTP_AUTHORIZATION"] = f"Bearer {token}"
        sent = environ["wsgi.input"].read()
        environ["wsgi.input"].seek(0)
        # Past the client's own look at what it sends, which is not what strangers send.
        _answer, status, _headers = client.run_wsgi_app(environ, buffered=True)
        headers = {name: value for name, value in environ.items() if name.isupper()}
        return Attack(method, path, headers, sent), int(status[:3])

    def fill_in(self, page: str) -> dict[str, str]:
        """Fill in all the fields of a page, mostly with the token against forgery."""
        names = {*re.findall(r'name="([a-z_]+)"', page), "name", "text", "scopes", "reason"}
        form = {name: self.text() for name in names}
        tokens = re.findall(r'name="csrf_token" value="([^"]+)"', page)
        if tokens and self.chance.random() < 0.9:
            form["csrf_token"] = tokens[0]
        return form

    def make_body(self, form: dict[str, str]) -> dict[str, Any]:
        """Return a body that says that, in one of the ways in which bodies say something."""
        encoded = {k: v.encode("utf-8", "surrogatepass") for k, v in form.items()}
        urlencoded = "&".join(f"{k}={quote(v)}" for k, v in encoded.items())
        of_a_form = {"data": urlencoded, "content_type": "application/x-www-form-urlencoded"}
        kinds: list[dict[str, Any]] = [
            of_a_form,
            of_a_form,
            {"data": {k: v.decode("utf-8", "replace") for k, v in encoded.items()}},
            {"data": json.dumps(form), "content_type": "application/json"},
            {"data": json.dumps([form] * 3), "content_type": "application/json"},
            {"data": "[" * 9000, "content_type": "application/json"},
            {
                "data": self.chance.randbytes(99),
                "content_type": "multipart/form-data; boundary=x",
            },
        ]
        return self.chance.choice(kinds)

    def choose_headers(self) -> dict[str, str]:
        """Return none, one or two headers, as a server writes them into its environ."""
        chosen = {}
        for name in self.chance.sample(sorted(HEADERS), self.chance.choice([0, 0, 1, 2])):
            key = name.upper().replace("-", "_")
            header = self.chance.choice(HEADERS[name]).encode("utf-8", "surrogateescape")
            chosen[key if key.startswith("CONTENT_") else f"HTTP_{key}"] = header.decode("latin-1")
        return chosen
