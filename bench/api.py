"""What the JSON API costs, as a multiple of bare Flask views that do the same SQL.

Run it with `python bench/api.py [SECONDS]`, by default 20 seconds, on SQLite, or on the database of
TEST_DATABASE_URL, which is empty. Everything runs in this process, without a network, and requests
take turns. What is counted is CPU time, of which a busy machine and a slow disk take no more.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from flask import Flask, Response, g, jsonify, request
from sqlalchemy import select
from sqlalchemy.orm import joinedload
from werkzeug.test import EnvironBuilder, run_wsgi_app

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from app import create_app, db
from app.api import tokens
from app.api.models import Scope
from app.board import messages
from app.board.models import Message
from app.models import Role, User

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

ROUNDS_PER_CHUNK = 20
FEWEST_CHUNKS = 2  # of which one can tell a tenth
ROWS = 500
MOST = 1.4  # times a bare view
MANY = "1000000 per minute"
LIMITS = ["API_LIMIT", "MESSAGES_LIMIT", "ADDRESS_MESSAGES_LIMIT"]


class Kind(NamedTuple):
    """A kind of request, which both applications answer."""

    name: str
    path: str
    body: Callable[[], dict[str, str]] | None = None
    status: str = "200"


def list_kinds() -> list[Kind]:
    """Return what is measured."""
    numbers = count()
    return [
        Kind("20 messages", "/api/v1/messages?limit=20"),
        Kind("100 messages", "/api/v1/messages?limit=100"),
        Kind("20 users", "/api/v1/users?limit=20"),
        Kind("100 users", "/api/v1/users?limit=100"),
        Kind("a message", "/api/v1/messages/250"),
        Kind("a user", "/api/v1/users/250"),
        Kind(
            "POST a message",
            "/api/v1/messages",
            body=lambda: {"text": f"Message {next(numbers)}, 你好"},
            status="201",
        ),
    ]


def make_app(url: str) -> tuple[Flask, str]:
    """Return Flasky on a database with some rows, and a token."""
    os.environ |= dict.fromkeys(LIMITS, MANY) | {"TEST_DATABASE_URL": url, "FLASK_SKIP_DOTENV": "1"}
    app = create_app("testing")
    with app.app_context():
        db.create_all()
        long_ago = datetime.now(UTC) - timedelta(days=9)
        role = Role.get_or_insert(Role.DEFAULT)
        people = [User(username=f"user {number}", role=role) for number in range(ROWS)]
        john = people[0]
        john.email, john.password, john.member_since = "john@example.com", "correct horse", long_ago
        db.session.add_all(people)
        db.session.add_all(
            Message(author=people[number % 50], text=f"Hello {number}! " * 8, written_at=long_ago)
            for number in range(ROWS)
        )
        db.session.commit()
        return app, tokens.create(john, "bench", [Scope.READ, Scope.WRITE], None)[1]


def make_bare_app(app: Flask) -> Flask:
    """Return an application of bare views: no checks, no limits, no headers, and the same SQL."""
    bare = Flask("bare")
    names = ["SQLALCHEMY_DATABASE_URI", "SQLALCHEMY_ENGINE_OPTIONS", "PUBLIC_URL", "SITE_NAME"]
    bare.config.update({name: app.config[name] for name in names if name in app.config})
    bare.url_map.converters = app.url_map.converters
    db.init_app(bare)

    @bare.before_request
    def find_user() -> None:
        token = tokens.find(request.headers["Authorization"].removeprefix("Bearer "))
        assert token  # noqa: S101
        g.user = token.user

    @bare.get("/api/v1/messages")
    def list_messages() -> Response:
        rows = messages.visible_messages(g.user).order_by(Message.id.desc())
        return answer_with_list(rows, represent_bare_message)

    @bare.get("/api/v1/users")
    def list_users() -> Response:
        rows = select(User).options(joinedload(User.role)).order_by(User.id)
        return answer_with_list(rows, represent_bare_user)

    @bare.get("/api/v1/messages/<int:number>")
    def read_message(number: int) -> Response:
        return jsonify(represent_bare_message(messages.find_visible(number, g.user)))

    @bare.get("/api/v1/users/<int:number>")
    def get_user(number: int) -> Response:
        found = select(User).options(joinedload(User.role)).where(User.id == number)
        return jsonify(represent_bare_user(db.session.scalar(found)))

    @bare.post("/api/v1/messages")
    def post_message() -> tuple[Response, int]:
        written = messages.post(g.user, request.get_json()["text"])
        message = messages.find_visible(written.id, g.user)
        return jsonify(represent_bare_message(message)), 201

    return bare


def answer_with_list(rows: Any, represent: Callable[[Any], dict[str, Any]]) -> Response:  # noqa: ANN401
    """Return a page of a list, without the way on."""
    limit = int(request.args["limit"])
    found = db.session.scalars(rows.limit(limit + 1)).all()
    return jsonify({"items": [represent(row) for row in found[:limit]], "next": None})


def represent_bare_message(message: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return a message as whoever is in a hurry writes it."""
    edited, hidden = message.edited_at, message.hidden_at
    return {
        "id": message.id,
        "text": message.text,
        "author": {"id": message.author.id, "username": message.author.username},
        "reply_to": message.reply_to_id,
        "written_at": message.written_at.isoformat(),
        "edited_at": edited.isoformat() if edited else None,
        "hidden_at": hidden.isoformat() if hidden else None,
        "page": f"http://127.0.0.1:5000/board/{message.id}",
    }


def represent_bare_user(user: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return a user as whoever is in a hurry writes it."""
    return {
        "id": user.id,
        "username": user.username,
        "about_me": user.about_me,
        "role": user.role.name,
        "first_seen": user.first_seen.isoformat(),
        "last_seen": user.last_seen.isoformat(),
        "member_since": user.member_since.isoformat() if user.member_since else None,
        "visits": user.visits,
        "page": f"http://127.0.0.1:5000/user/{user.username}",
    }


def make_timer(app: Flask, kind: Kind, token: str) -> Callable[[], float]:
    """Return a function that answers some requests, and returns the microseconds of CPU of one."""

    def make_environ() -> WSGIEnvironment:
        return EnvironBuilder(
            kind.path,
            method="POST" if kind.body else "GET",
            json=kind.body() if kind.body else None,
            headers=[("Authorization", f"Bearer {token}")],
        ).get_environ()

    def measure() -> float:
        chunk = [make_environ() for _ in range(ROUNDS_PER_CHUNK)]
        start = time.process_time()
        for environ in chunk:
            _body, answered, _ = run_wsgi_app(app, environ, buffered=True)
            assert answered.startswith(kind.status), answered  # noqa: S101
        return (time.process_time() - start) / ROUNDS_PER_CHUNK * 1e6

    return measure


def take_turns(timers: list[Callable[[], float]], seconds: float) -> list[float]:
    """Return what each takes, by the tenth of its chunks that nothing disturbed."""
    chunks: list[list[float]] = [[] for _ in timers]
    end = time.monotonic() + seconds
    while time.monotonic() < end or len(chunks[0]) < FEWEST_CHUNKS:
        for timer, taken in zip(timers, chunks, strict=True):
            taken.append(timer())
    return [statistics.quantiles(taken, n=10)[0] for taken in chunks]


def main() -> None:
    """Print a table of what requests take, and of how many times a bare view takes that."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 20
    with tempfile.TemporaryDirectory() as folder:
        url = os.environ.get("TEST_DATABASE_URL", f"sqlite:///{folder}/bench.sqlite")
        app, token = make_app(url)
        bare, kinds = make_bare_app(app), list_kinds()
        timers = [make_timer(each, kind, token) for kind in kinds for each in (bare, app)]
        times = take_turns(timers, seconds)
        print(f"  {'request':<18}{'bare':>8}{'API':>8}{'times':>8}")
        for place, kind in enumerate(kinds):
            base, taken = times[2 * place], times[2 * place + 1]
            verdict = "" if taken / base <= MOST else f"  (more than {MOST})"
            print(f"  {kind.name:<18}{base:>8.0f}{taken:>8.0f}{taken / base:>8.2f}{verdict}")


if __name__ == "__main__":
    main()
