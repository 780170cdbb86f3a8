"""What a greeting costs, as a multiple of the barest Flask view that reads the session.

Everything runs in this process, without a network, and the requests take turns, so that a machine
that is busy for a while slows all of them alike. Run it with `python bench/greeter.py [SECONDS]`.
"""

from __future__ import annotations

import os
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder, run_wsgi_app

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from app import create_app, db
from bench.bare import bare_app

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

ROUNDS_PER_CHUNK = 20
FEWEST_CHUNKS = 2  # of which one can tell a tenth
TARGETS = {"GET /": 3.0, "POST / (known name)": 6.0}


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


def requests(
    client: FlaskClient, method: str, forms: Iterator[dict[str, str]] | None = None
) -> Iterator[WSGIEnvironment]:
    """Make requests with the cookie of that client."""
    cookie = client.get_cookie("session")
    assert cookie  # noqa: S101
    headers = Headers({"Cookie": f"session={cookie.value}"})
    while True:
        form = next(forms) if forms else None
        yield EnvironBuilder("/", method=method, headers=headers, data=form).get_environ()


def timer(app: Flask, environs: Iterator[WSGIEnvironment], status: str) -> Callable[[], float]:
    """Return a function that answers some requests and returns the microseconds that one takes."""

    def measure() -> float:
        chunk = [next(environs) for _ in range(ROUNDS_PER_CHUNK)]
        start = time.perf_counter()
        for environ in chunk:
            _body, answered, _ = run_wsgi_app(app, environ, buffered=True)
            assert answered.startswith(status), answered  # noqa: S101
        return (time.perf_counter() - start) / ROUNDS_PER_CHUNK * 1e6

    return measure


def measure(seconds: float) -> dict[str, float]:
    """Return the microseconds of a bare view and of each kind of greeting."""
    os.environ["NEW_NAMES_LIMIT"] = "1000000 per minute"  # all come from one address
    app = create_app("testing")
    with app.app_context():
        db.create_all()
    client = app.test_client()
    token = visit(client, "john")
    bare = bare_app()
    bare_client = bare.test_client()
    with client.session_transaction() as session_of_john, bare_client.session_transaction() as own:
        own.update(session_of_john)  # in a cookie that the bare application can read
    bare_environs = requests(bare_client, "GET")
    known = ({"csrf_token": token, "name": "john"} for _ in count())
    new = ({"csrf_token": token, "name": f"visitor {number}"} for number in count())
    timers = {
        "a bare view": timer(bare, bare_environs, "200"),
        "GET /": timer(app, requests(client, "GET"), "200"),
        "POST / (known name)": timer(app, requests(client, "POST", known), "303"),
        "POST / (new name)": timer(app, requests(client, "POST", new), "303"),
    }
    chunks: dict[str, list[float]] = {name: [] for name in timers}
    end = time.monotonic() + seconds
    while time.monotonic() < end or len(chunks["GET /"]) < FEWEST_CHUNKS:
        for name, timed in timers.items():
            chunks[name].append(timed())
    # The tenth of the chunks that nothing disturbed tells what the code itself costs.
    return {name: statistics.quantiles(times, n=10)[0] for name, times in chunks.items()}


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


def print_ratios(times: dict[str, float]) -> None:
    """Print each time as a multiple of the bare view's."""
    print(f"  {'request':<22}{'µs':>8}{'times':>8}{'target':>8}")
    for name, microseconds in times.items():
        ratio = microseconds / times["a bare view"]
        print(f"  {name:<22}{microseconds:>8.0f}{ratio:>8.2f}{TARGETS.get(name, ''):>8}")


if __name__ == "__main__":
    main()
