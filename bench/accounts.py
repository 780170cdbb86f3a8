"""What accounts cost a page, and whether times tell who has one.

Run it with `python bench/accounts.py`. Everything runs in this process, on SQLite, and what is
compared takes turns, so that a machine that is busy for a while slows all of it alike.
"""

import os
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from app import create_app, db
from app.auth import keep_private
from app.models import AnonymousUser, Role, User
from app.web import access

ROUNDS = 60
REQUESTS = 20
TRIES = 40
PASSWORD = "correct horse battery"  # noqa: S105


def make_app(url: str) -> Flask:
    """Return an application on that database, with john's account."""
    os.environ |= {"TEST_DATABASE_URL": url, "FLASK_SKIP_DOTENV": "1"}
    app = create_app("testing")
    with app.app_context():
        db.create_all()
        if db.session.get(User, 1) is None:
            user = User(username="john", email="john@example.com", password=PASSWORD)
            user.role = Role.get_or_insert(Role.DEFAULT)
            db.session.add(user)
            db.session.commit()
    return app


def without_accounts(app: Flask) -> Flask:
    """Take out of an application what knows who is logged in."""
    app.before_request_funcs[None].remove(access.check)
    app.after_request_funcs[None].remove(keep_private)
    app.template_context_processors[None] = [
        function
        for function in app.template_context_processors[None]
        if function.__module__ != "flask_login.utils"
    ]
    app.jinja_env.globals["current_user"] = AnonymousUser()
    return app


def token_in(page: str) -> str:
    """Return the token in a page's form."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found, page  # noqa: S101
    return found[1]


def log_in(client: FlaskClient) -> FlaskClient:
    """Log john in."""
    token = token_in(client.get("/auth/login").text)
    data = {"csrf_token": token, "login": "john", "password": PASSWORD}
    assert client.post("/auth/login", data=data).status_code == 303  # noqa: PLR2004, S101
    return client


def seconds(action: Callable[[], object]) -> float:
    """Return how long an action takes, in CPU time of this thread."""
    began = time.thread_time()
    action()
    return time.thread_time() - began


def pages(app: Flask, bare: Flask) -> None:
    """Print what `/` takes as a multiple of the same without accounts."""
    clients = {
        "without accounts": bare.test_client(),
        "nobody logged in": app.test_client(),
        "logged in": log_in(app.test_client()),
    }
    times: dict[str, list[float]] = {name: [] for name in clients}
    for client in clients.values():
        client.get("/")
    for _ in range(ROUNDS):
        for name, client in clients.items():
            times[name].append(
                seconds(lambda client=client: [client.get("/") for _ in range(REQUESTS)])  # type: ignore[misc]
            )
    base = statistics.median(times["without accounts"])
    for name, taken in times.items():
        print(f"GET /, {name:<18}{statistics.median(taken) / base:.2f}")


def answers(app: Flask) -> None:
    """Print what an answer takes for somebody known as a multiple of that for somebody unknown."""
    forms = {
        "/auth/login": ("login", {"password": "wrong, and long enough"}),
        "/auth/register": ("email", {"name": "susan"}),
        "/auth/reset": ("email", {}),
    }
    for path, (field, others) in forms.items():
        times: dict[bool, list[float]] = {True: [], False: []}
        client = app.test_client()
        token = token_in(client.get(path).text)
        for number in range(TRIES + 2):
            for is_known in (True, False):
                app.extensions["limiter"].storage.reset()
                who = "john@example.com" if is_known else f"nobody{number}@example.com"
                data = {"csrf_token": token, field: who, **others}
                began = time.perf_counter()
                client.post(path, data=data)
                if number > 1:
                    times[is_known].append(time.perf_counter() - began)
        known, unknown = (statistics.median(times[is_known]) for is_known in (True, False))
        print(f"{path:<16} known / unknown {known / unknown:.2f}   ({1000 * known:.1f} ms)")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        address = f"sqlite:///{folder}/data.sqlite"
        application = make_app(address)
        pages(application, without_accounts(make_app(address)))
        answers(application)
