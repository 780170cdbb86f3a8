"""Whatever is sent to whichever form, by whomever, is answered: Flasky makes no mistake of it.

`HOSTILE_REQUESTS=10000` sends more of them than the few hundred of each run.
"""

import json
import os
import random
import re
from collections import Counter
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from sqlalchemy import delete
from werkzeug.routing import Rule
from werkzeug.test import EnvironBuilder

from app import db
from app.web.limits import Limit
from tests.auth.people import PASSWORD, add_account, log_in, submit
from tests.clients import CheckingClient
from tests.conftest import visitor
from tests.two_factor.telephone import set_up

REQUESTS = int(os.environ.get("HOSTILE_REQUESTS", "300"))
SEED = 2026

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
    "Cookie": ["session=x", "session=.eJw; theme=\udcff", "=;=;", "language=" + "x" * 4000],
    "Host": ["evil.example", "[", "localhost:99999", ""],
    "If-None-Match": ["*", '"x'],
    "Origin": ["null", "http://[", "https://evil.example", "\udcff"],
    "Range": ["bytes=0-", "x"],
    "Referer": ["http://[", "//", "\udcff", "https://evil.example/"],
    "Sec-Fetch-Site": ["cross-site", "\udcff"],
    "X-Forwarded-For": ["x", "1.2.3.4, [::1]:9", "fe80::1%eth0"],
}


class Stranger:
    """Makes requests up, always the same ones."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.chance = random.Random(SEED)  # noqa: S311  # nobody has to be kept from guessing

    def text(self) -> str:
        if self.chance.random() < 0.7:
            return self.chance.choice(TEXTS)
        points = (self.chance.randrange(0x110000) for _ in range(self.chance.randrange(1, 60)))
        return "".join(map(chr, points))

    def path(self, rule: Rule) -> str:
        def value(match: re.Match[str]) -> str:
            if "int" in match[0]:
                return str(self.chance.choice([0, 1, 2, 3, 10**6, 2**31, 2**70]))
            return quote(self.text() or "x", safe="", errors="replace")

        return re.sub(r"<[^>]+>", value, rule.rule)

    def send(self, client: CheckingClient, path: str) -> int:
        page = client.get(path).get_data(as_text=True)
        fields = re.findall(r'name="([a-z_]+)"', page)
        tokens = re.findall(r'name="csrf_token" value="([^"]+)"', page)
        form = {name: self.text() for name in {*fields, "name"}}
        if tokens and self.chance.random() < 0.9:
            form["csrf_token"] = tokens[0]
        builder = EnvironBuilder(path=path, method="POST", **self.body(form))
        environ = builder.get_environ()
        for name in self.chance.sample(sorted(HEADERS), self.chance.choice([0, 0, 1, 2])):
            key = name.upper().replace("-", "_")
            header = self.chance.choice(HEADERS[name]).encode("utf-8", "surrogateescape")
            environ[key if key.startswith("CONTENT_") else f"HTTP_{key}"] = header.decode("latin-1")
        # Past the client's own look at what it sends, which is not what strangers send.
        _answer, status, _headers = client.run_wsgi_app(environ, buffered=True)
        return int(status[:3])

    def body(self, form: dict[str, str]) -> dict[str, Any]:
        encoded = {k: v.encode("utf-8", "surrogatepass") for k, v in form.items()}
        urlencoded = "&".join(f"{k}={quote(v)}" for k, v in encoded.items())
        kinds: list[Callable[[], dict[str, Any]]] = [
            lambda: {"data": urlencoded, "content_type": "application/x-www-form-urlencoded"},
            lambda: {"data": urlencoded, "content_type": "application/x-www-form-urlencoded"},
            lambda: {"data": {k: v.decode("utf-8", "replace") for k, v in encoded.items()}},
            lambda: {"data": json.dumps(form), "content_type": "application/json"},
            lambda: {
                "data": self.chance.randbytes(99),
                "content_type": "multipart/form-data; boundary=x",
            },
        ]
        return self.chance.choice(kinds)()


def test_no_form_can_be_made_to_fail(sqlite_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Limit, "allows", lambda *_: True)
    stranger = Stranger(sqlite_app)
    rules = [rule for rule in sqlite_app.url_map.iter_rules() if "POST" in (rule.methods or ())]
    statuses: Counter[int] = Counter()
    for number in range(REQUESTS):
        if number % 20 == 0:  # what was sent before may have ended a login, or an account
            clients = people(sqlite_app)
        rule = stranger.chance.choice(rules)
        statuses[stranger.send(stranger.chance.choice(clients), stranger.path(rule))] += 1
    print(f"{REQUESTS} requests to {len(rules)} addresses: {sorted(statuses.items())}")
    assert max(statuses) < 500


def people(app: Flask) -> list[CheckingClient]:
    """Return the browsers of a stranger, a user, an administrator, and one asked for a code."""
    with app.app_context():
        for table in reversed(db.metadata.sorted_tables):
            db.session.execute(delete(table))
        db.session.commit()
    for name, role in [("susan", "User"), ("david", "Administrator"), ("miguel", "User")]:
        add_account(app, name, role=role)
    set_up(log_in(app, "miguel"))
    browsers = [visitor(app) for _ in range(4)]
    for browser, name in zip(browsers[1:], ("susan", "david", "miguel"), strict=True):
        submit(browser, "/auth/login", login=name, password=PASSWORD)
    return browsers
