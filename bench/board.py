"""What a page of the board costs as the board grows, and beside the same page in Django.

Run it with `python bench/board.py [SECONDS [MESSAGES ...]]`, by default 20 seconds for each request
on boards of 1000, 10,000, 100,000 and 1,000,000 messages, which take gigabytes of disk, and with
the addresses of servers in TEST_POSTGRESQL_URL and TEST_MARIADB_URL (see docs/testing.md). All
runs in this process, and boards take turns: a machine that is busy slows all of them alike.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, event, func, select, update
from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder, run_wsgi_app

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from app import create_app, db
from app.board.models import Message
from app.models import Role, User
from app.web.paging import ROWS_ON_A_PAGE
from bench.accounts import PASSWORD, log_in, token_in
from safe_schema.tests.databases import DATABASES, SERVERS, create_database

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

SIZES = [1_000, 10_000, 100_000, 1_000_000]
ROUNDS_PER_CHUNK = 4
FEWEST_CHUNKS = 2
# "zyzzyva" is in no message, and "Fibonacci" in few.
SEARCHES = ["留言", "我们", "the", "Fibonacci", "zyzzyva"]
MOST = 1.2  # times, from the smallest board to the largest
MOST_OF_SEARCH = 1.5  # times, from the second board
DJANGO = "django>=5.2,<5.3"

Chunk = Callable[[], float]


class Board(NamedTuple):
    """A board of so many messages, and who writes on it."""

    size: int
    app: Flask
    client: FlaskClient


class Request(NamedTuple):
    """What is asked for, and how it is answered."""

    path: str
    method: str = "GET"
    form: Callable[[], dict[str, str]] | None = None
    status: str = "200"


def main() -> None:
    """Print a table for each database that there is, and what Django takes."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 20
    sizes = [int(size) for size in sys.argv[2:]] or SIZES
    os.environ |= {
        "MESSAGES_LIMIT": "1000000 per second",
        "FIRST_MESSAGES_LIMIT": "1000000 per second",
        "ADDRESS_MESSAGES_LIMIT": "1000000 per second",
        "ADDRESS_FIRST_MESSAGES_LIMIT": "1000000 per second",
        "SEARCHES_LIMIT": "1000000 per second",
        "FLASK_SKIP_DOTENV": "1",
    }
    with tempfile.TemporaryDirectory() as folder:
        for kind in [kind for kind in DATABASES if kind == "sqlite" or SERVERS[kind] in os.environ]:
            with ExitStack() as stack:
                boards = [stack.enter_context(filled(kind, size, Path(folder))) for size in sizes]
                compare_sizes(kind, boards, seconds)
                if kind == "sqlite":
                    compare_with_django(boards[-1], Path(folder), seconds)


@contextmanager
def filled(kind: str, size: int, folder: Path) -> Iterator[Board]:
    """Give a board of so many messages."""
    here = folder / str(size)
    here.mkdir(exist_ok=True)
    with create_database(kind, here) as url:
        os.environ["TEST_DATABASE_URL"] = url
        app = create_app("testing")
        with app.app_context():
            db.create_all()
            db.session.add(make_writer())
            db.session.commit()
        start = time.monotonic()
        answer = app.test_cli_runner().invoke(args=["board", "generate", "--messages", str(size)])
        assert answer.exit_code == 0, answer.output  # noqa: S101
        with app.app_context():
            give_john_some()
        print(f"{kind}: {size} messages in {time.monotonic() - start:.0f} s", file=sys.stderr)
        yield Board(size, app, log_in(app.test_client()))
        with app.app_context():
            db.engine.dispose()


def make_writer() -> User:
    """Return john, who has an account."""
    user = User(username="john", email="john@example.com", password=PASSWORD)
    user.role = Role.get_or_insert(Role.DEFAULT)
    return user


def give_john_some() -> None:
    """Let john have written one message of thirty: a page of them on the smallest board."""
    john = select(User.id).filter_by(username="john").scalar_subquery()
    db.session.execute(update(Message).where(Message.id % 30 == 0).values(author_id=john))
    db.session.commit()


def list_requests(board: Board) -> dict[str, Request]:
    """Return what is measured: pages for anybody, and a post."""
    with board.app.app_context():
        newest = db.session.scalar(select(func.max(Message.id))) or 0
    pages = min(1000, board.size // ROWS_ON_A_PAGE)
    token, numbers = token_in(board.client.get("/board/new").text), count()
    return {
        "page 1": Request("/board/"),
        "page 1000": Request(f"/board/?after={newest - ROWS_ON_A_PAGE * (pages - 1)}"),
        "page in the middle": Request(f"/board/?after={newest // 2}"),
        "profile": Request("/user/john"),
        **{f"search {word}": Request(f"/board/search?q={word}") for word in SEARCHES},
        "post": Request(
            "/board/new",
            method="POST",
            form=lambda: {"csrf_token": token, "text": f"Message {next(numbers)}, 你好"},
            status="303",
        ),
    }


def compare_sizes(kind: str, boards: list[Board], seconds: float) -> None:
    """Print what each request takes on boards of each size, and how often it asks the database."""
    requests = [list_requests(board) for board in boards]
    print(f"\n{kind}: µs on a board of so many messages")
    print(f"  {'':<20}" + "".join(f"{board.size:>10}" for board in boards) + "    times  queries")
    for name in requests[0]:
        chunks = [
            make_chunk(board, wanted[name]) for board, wanted in zip(boards, requests, strict=True)
        ]
        queries = [count_queries(chunk) for chunk in chunks]
        times = take_turns(chunks, seconds)
        first = 1 if name.startswith("search") and len(times) > 1 else 0
        most = MOST_OF_SEARCH if first else MOST
        ratio = times[-1] / times[first]
        verdict = "" if ratio <= most else f"  (more than {most})"
        print(
            f"  {name:<20}" + "".join(f"{time:>10.0f}" for time in times),
            f"{ratio:>8.2f} {'/'.join(map(str, dict.fromkeys(queries))):>8}{verdict}",
            flush=True,
        )


def make_chunk(board: Board, request: Request) -> Chunk:
    """Return a function that makes some requests, and returns the microseconds that one takes."""
    cookie = board.client.get_cookie("session") if request.method == "POST" else None
    headers = Headers({"Cookie": f"session={cookie.value}"} if cookie else {})

    def make_environ() -> WSGIEnvironment:
        form = request.form() if request.form else None
        return EnvironBuilder(
            request.path, method=request.method, headers=headers, data=form
        ).get_environ()

    def chunk() -> float:
        environs = [make_environ() for _ in range(ROUNDS_PER_CHUNK)]
        start = time.perf_counter()
        for environ in environs:
            _body, status, _ = run_wsgi_app(board.app, environ, buffered=True)
            assert status.startswith(request.status), status  # noqa: S101
        return (time.perf_counter() - start) / ROUNDS_PER_CHUNK * 1e6

    return chunk


def count_queries(chunk: Chunk) -> int:
    """Return how often a request asks the database."""
    statements = 0

    def count_statement(*_arguments: object) -> None:
        nonlocal statements
        statements += 1

    event.listen(Engine, "before_cursor_execute", count_statement)
    chunk()
    event.remove(Engine, "before_cursor_execute", count_statement)
    return statements // ROUNDS_PER_CHUNK


def take_turns(chunks: list[Chunk], seconds: float) -> list[float]:
    """Return what each takes, by the tenth of its chunks that nothing disturbed."""
    times: list[list[float]] = [[] for _ in chunks]
    end = time.monotonic() + seconds
    while time.monotonic() < end or len(times[0]) < FEWEST_CHUNKS:
        for chunk, taken in zip(chunks, times, strict=True):
            taken.append(chunk())
    return [sorted(taken)[len(taken) // 10] for taken in times]


def compare_with_django(board: Board, folder: Path, seconds: float) -> None:
    """Print what the first page takes in Django, which is installed for that, and forgotten."""
    python = folder / "django/bin/python"
    venv.create(folder / "django", with_pip=True)
    subprocess.run([python, "-m", "pip", "install", "--quiet", DJANGO], check=True)
    with board.app.app_context():
        file = db.engine.url.database
    here = Path(__file__).parent / "django_board/board.py"
    with subprocess.Popen(
        [python, here, str(file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as django:

        def chunk() -> float:
            print(file=django.stdin, flush=True)
            return float(django.stdout.readline()) if django.stdout else 0

        flasky, other = take_turns([make_chunk(board, Request("/board/")), chunk], seconds)
        if django.stdin:
            django.stdin.close()
    print(f"\npage 1, SQLite, µs: Flasky {flasky:.0f}, Django 5.2 {other:.0f}")
    print(f"Flasky takes {flasky / other:.2f} times as long as Django")


if __name__ == "__main__":
    main()
