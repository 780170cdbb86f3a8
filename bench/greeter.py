"""What a greeting and other pages cost, as multiples of the barest Flask view with a session.

Everything runs in this process, without a network, and the requests take turns, so that a machine
that is busy for a while slows all of them alike. It is measured by the clock, and in CPU time,
which others disturb less, and in which nobody waits for a disk. The site is in the testing
configuration, which writes no line for each request; GET / is measured once more with its line, in
JSON to /dev/null, as in production. Run it with `python bench/greeter.py [SECONDS]`.
"""

from __future__ import annotations

import logging
import os
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder, run_wsgi_app

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from app import create_app, db
from app.web.log_format import JsonHandler
from bench.bare import bare_app
from tests.auth.people import PASSWORD, add_account

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

ROUNDS_PER_CHUNK = 20
FEWEST_CHUNKS = 2  # of which one can tell a tenth
TARGETS = {"GET /": 2.5, "POST / (known name)": 6.0, "POST / (new name)": 8.0}


class Cost(NamedTuple):
    """The microseconds of a request."""

    wall: float
    cpu: float


def visit(client: FlaskClient, name: str) -> str:
    """Say a name, and return the token for the next time."""
    for _ in range(2):
        token = token_of(client.get("/").text)
        answer = client.post("/", data={"csrf_token": token, "name": name})
        assert answer.location == "/", answer.text  # noqa: S101
    return token


def token_of(page: str) -> str:
    """Return the token in a page's form."""
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert found, page  # noqa: S101
    return found[1]


def log_in(app: Flask) -> FlaskClient:
    """Return the browser of susan, who is logged in."""
    add_account(app, "susan")
    client = app.test_client()
    form = {"csrf_token": token_of(client.get("/auth/login").text), "login": "susan"}
    answer = client.post("/auth/login", data=form | {"password": PASSWORD})
    assert answer.status_code == 303, answer.text  # noqa: S101, PLR2004
    client.get("/")  # takes the notice, if there is one
    return client


def gets(client: FlaskClient, path: str = "/") -> Iterator[WSGIEnvironment]:
    """Make requests for a page with the cookie of that client."""
    return requests(client, path, "GET")


def posts(client: FlaskClient, forms: Iterator[dict[str, str]]) -> Iterator[WSGIEnvironment]:
    """Make requests that say a name, likewise."""
    return requests(client, "/", "POST", forms)


def requests(
    client: FlaskClient, path: str, method: str, forms: Iterator[dict[str, str]] | None = None
) -> Iterator[WSGIEnvironment]:
    """Make requests with the cookie of that client."""
    cookie = client.get_cookie("session")
    assert cookie  # noqa: S101
    headers = Headers({"Cookie": f"session={cookie.value}"})
    while True:
        form = next(forms) if forms else None
        yield EnvironBuilder(path, method=method, headers=headers, data=form).get_environ()


def timer(
    app: Flask, environs: Iterator[WSGIEnvironment], status: str = "200"
) -> Callable[[], Cost]:
    """Return a function that answers some requests and returns what one of them costs."""

    def measure() -> Cost:
        chunk = [next(environs) for _ in range(ROUNDS_PER_CHUNK)]
        start, cpu_start = time.perf_counter(), time.thread_time()
        for environ in chunk:
            _body, answered, _ = run_wsgi_app(app, environ, buffered=True)
            assert answered.startswith(status), answered  # noqa: S101
        took = time.perf_counter() - start, time.thread_time() - cpu_start
        return Cost(*(each / ROUNDS_PER_CHUNK * 1e6 for each in took))

    return measure


def with_request_lines() -> Flask:
    """Return an application that writes a line for each request, as one in production does."""
    os.environ |= {"LOG_REQUESTS": "true", "LOG_FORMAT": "json"}
    app = create_app("testing")
    del os.environ["LOG_REQUESTS"], os.environ["LOG_FORMAT"]
    for handler in logging.getLogger().handlers:
        if isinstance(handler, JsonHandler):
            handler.setStream(Path(os.devnull).open("w", encoding="ascii"))  # noqa: SIM115
    return app


def measure(seconds: float) -> dict[str, Cost]:
    """Return what a bare view costs, and each kind of request."""
    os.environ["NEW_NAMES_LIMIT"] = "1000000 per minute"  # all come from one address
    os.environ.setdefault("SECRET_KEY", "one secret key for all applications")
    app = create_app("testing")
    with app.app_context():
        db.create_all()
    timers = make_timers(app)
    chunks: dict[str, list[Cost]] = {name: [] for name in timers}
    end = time.monotonic() + seconds
    while time.monotonic() < end or len(chunks["GET /"]) < FEWEST_CHUNKS:
        for name, timed in timers.items():
            chunks[name].append(timed())
    return {name: best_tenth(costs) for name, costs in chunks.items()}


def make_timers(app: Flask) -> dict[str, Callable[[], Cost]]:
    """Return what measures a bare view, and each kind of request."""
    client, bare = app.test_client(), bare_app()
    token = visit(client, "john")
    bare_client = bare.test_client()
    with client.session_transaction() as session_of_john, bare_client.session_transaction() as own:
        own.update(session_of_john)  # in a cookie that the bare application can read
    known = ({"csrf_token": token, "name": "john"} for _ in count())
    new = ({"csrf_token": token, "name": f"visitor {number}"} for number in count())
    return {
        "a bare view": timer(bare, gets(bare_client)),
        "GET /": timer(app, gets(client)),
        "POST / (known name)": timer(app, posts(client, known), "303"),
        "POST / (new name)": timer(app, posts(client, new), "303"),
        "GET / (with its line)": timer(with_request_lines(), gets(client)),
        "GET / (logged in)": timer(app, gets(log_in(app))),
        "GET /board/": timer(app, gets(client, "/board/")),
        "GET /auth/login": timer(app, gets(client, "/auth/login")),
        "GET a static file": timer(app, gets(client, "/static/flasky.css")),
    }


def best_tenth(costs: list[Cost]) -> Cost:
    """Return what the tenth of the chunks that nothing disturbed tells: what the code costs."""
    return Cost(
        *(
            statistics.quantiles(each, n=10, method="inclusive")[0]
            for each in zip(*costs, strict=True)
        )
    )


def main() -> None:
    """Print a table for the database of TEST_DATABASE_URL, or for two: a file, and memory alone."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 20
    with tempfile.TemporaryDirectory() as folder:
        given = os.environ.get("TEST_DATABASE_URL")
        databases = {
            "SQLite, on disk: each commit waits for it": f"sqlite:///{folder}/bench.sqlite",
            "SQLite, in memory: what the code costs": "sqlite://",
        }
        for title, url in {"TEST_DATABASE_URL": given}.items() if given else databases.items():
            os.environ["TEST_DATABASE_URL"] = url
            print(title)
            print_ratios(measure(seconds))


def print_ratios(costs: dict[str, Cost]) -> None:
    """Print each cost, and as a multiple of the bare view's."""
    bare = costs["a bare view"]
    print(f"  {'request':<22}{'µs':>8}{'times':>8}{'CPU µs':>8}{'times':>8}{'target':>8}")
    for name, cost in costs.items():
        wall = f"{cost.wall:>8.0f}{cost.wall / bare.wall:>8.2f}"
        cpu = f"{cost.cpu:>8.0f}{cost.cpu / bare.cpu:>8.2f}"
        print(f"  {name:<22}{wall}{cpu}{TARGETS.get(name, ''):>8}")


if __name__ == "__main__":
    main()
