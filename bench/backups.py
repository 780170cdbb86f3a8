"""Whether a copy that is made while people write has all that was acknowledged before it began.

Run it with `python -m bench.backups [--database postgresql] [--people 10] [--copies 5]`.
Flasky is served by two workers. People greet and post without a pause, while `flask db backup` is
called some times. Each copy is brought back elsewhere: `flask db restore`, into another database,
which is empty. There has to be each greeting and each message that was acknowledged before the
copy began, as it was written, with its words for the search; and no row may refer to one that is
missing. The longest wait is that of a request during the copy.
It exits with 1 if anything is missing, or if a request failed.

Postgresql and mariadb are those of the tests: see docs/testing.md.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection, Row, create_engine, func, select
from sqlalchemy.pool import NullPool

from app import create_app, db
from app.board.models import Message, SearchTerm
from app.board.terms import make_terms
from app.models import Role, User
from bench.board_live import LIMITS, NO_LIMIT, PASSWORD, WORDS
from bench.browsers import Answer, Client
from bench.greeter import token_of
from safe_schema.tests.databases import DATABASES, create_database
from tests.servers import ROOT, environment_of, free_port, running

SETTINGS = {
    **dict.fromkeys(LIMITS, NO_LIMIT),
    "NEW_NAMES_LIMIT": NO_LIMIT,
    "FLASK_SKIP_DOTENV": "1",
    "SLOW_QUERY_MS": "60000",
}
VISITS = select(User.username, User.visits)
REDIRECT = 303
HEADLINE = (
    "  copied       size  posts greetings  missing  altered unfound  astray  requests  longest"
)


class Moment(NamedTuple):
    """When something began, and when it was over."""

    began: float
    ended: float


class Person(threading.Thread):
    """Somebody who greets and posts without a pause, and remembers when what was acknowledged."""

    def __init__(self, address: str, name: str, others: list[str]) -> None:
        super().__init__(daemon=True)
        self.client, self.login, self.others = Client(address), name, others
        self.is_over = threading.Event()
        self.posted: list[tuple[float, int, str]] = []  # when, which number, which text
        self.greeted: list[tuple[float, str]] = []
        self.requests: list[Moment] = []
        self.failed: list[str] = []

    def log_in(self) -> None:
        """Log in. Not all do at once: passwords are checked some at a time."""
        token = token_of(self.client.ask("/auth/login").text)
        form = {"csrf_token": token, "login": self.login, "password": PASSWORD}
        assert self._ask("/auth/login", form), self.failed  # noqa: S101

    def run(self) -> None:
        """Write until it is over."""
        token = token_of(self.client.ask("/board/new").text)
        number = 0
        while not self.is_over.is_set():
            number += 1
            self._greet(token, f"{self.login} guest {number}" if number % 2 else self.login)
            other = self.others[number % len(self.others)]
            self._post(token, f"{self.login} {number} @{other}: {WORDS[number % len(WORDS)]}")

    def _greet(self, token: str, name: str) -> None:
        if self._ask("/", {"csrf_token": token, "name": name}):
            self.greeted.append((time.monotonic(), name))

    def _post(self, token: str, text: str) -> None:
        reply = f"?reply_to={self.posted[-1][1]}" if self.posted else ""
        if answer := self._ask(f"/board/new{reply}", {"csrf_token": token, "text": text}):
            location = {name.lower(): it for name, it in answer.headers.items()}["location"]
            self.posted.append((time.monotonic(), int(location.rpartition("/")[2]), text))

    def _ask(self, path: str, form: dict[str, str]) -> Answer | None:
        """Return the redirect that acknowledges a form, or None where there is another answer."""
        began = time.monotonic()
        try:
            answer = self.client.ask(path, form)
        except (OSError, HTTPException) as error:
            self.failed.append(f"{path}: {error!r}")
            self.client.connection.close()
            return None
        finally:
            self.requests.append(Moment(began, time.monotonic()))
        if answer.status != REDIRECT:
            self.failed.append(f"{path}: {answer.status}")
            return None
        return answer


class Copy(NamedTuple):
    """A copy, and when it was made."""

    file: Path
    made: Moment


def flask(url: str, *arguments: str) -> None:
    """Run a `flask` command on a database."""
    done = subprocess.run(
        [sys.executable, "-m", "flask", *arguments],
        cwd=ROOT,
        env=os.environ | environment_of(url, SETTINGS),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr  # noqa: S101


def prepare(url: str, people: list[str], messages: int) -> None:
    """Make a database with the accounts of those who write, and with messages."""
    flask(url, "db", "upgrade")
    if messages:
        flask(url, "board", "generate", "--messages", str(messages))
    os.environ |= {"TEST_DATABASE_URL": url, "FLASK_SKIP_DOTENV": "1"}
    with create_app("testing").app_context():
        role = Role.get_or_insert(Role.DEFAULT)
        for name in people:
            mail = f"{name}@example.com"
            db.session.add(User(username=name, email=mail, password=PASSWORD, role=role))
        db.session.commit()
        db.engine.dispose()


@contextmanager
def writing(url: str, names: list[str]) -> Iterator[list[Person]]:
    """Serve Flasky, and let people write, until everything is over."""
    port = free_port()
    command = [sys.executable, "-m", "tools.serve", f"--port={port}", "--workers=2"]
    with running(command, port, url, SETTINGS):
        people = [Person(f"http://127.0.0.1:{port}", name, names) for name in names]
        for person in people:
            person.log_in()
        for person in people:
            person.start()
        try:
            yield people
        finally:
            for person in people:
                person.is_over.set()
            for person in people:
                person.join()


def make_copies(url: str, folder: Path, arguments: argparse.Namespace) -> list[Copy]:
    """Copy the database some times, and wait in between."""
    copies = []
    for number in range(1, arguments.copies + 1):
        time.sleep(arguments.pause)
        file, began = folder / f"copy {number}.backup", time.monotonic()
        flask(url, "db", "backup", str(file))
        copies.append(Copy(file, Moment(began, time.monotonic())))
    time.sleep(arguments.pause)
    return copies


def audit(copy: Copy, live: str, elsewhere: str, people: list[Person]) -> bool:
    """Print how a copy is that has been brought back, and return whether all is in it."""
    greetings = [name for it in people for when, name in it.greeted if when < copy.made.began]
    posts = {id_: text for it in people for when, id_, text in it.posted if when < copy.made.began}
    with connected(live) as there, connected(elsewhere) as here:
        visits = {row.username: row.visits for row in here.execute(VISITS)}
        lost = sum(max(0, greetings.count(name) - visits.get(name, 0)) for name in {*greetings})
        before, after = read_messages(there), read_messages(here)
        missing = [number for number in posts if number not in after]
        altered = [number for number, row in after.items() if row != before.get(number)]
        altered += [id_ for id_, text in posts.items() if id_ in after and after[id_].text != text]
        unfound = find_unfound(here, posts, after)
        astray = count_astray(here)
    waits = [
        moment.ended - moment.began
        for person in people
        for moment in person.requests
        if moment.began < copy.made.ended and moment.ended > copy.made.began
    ]
    print(
        f"{copy.made.ended - copy.made.began:6.1f} s {copy.file.stat().st_size / 1e6:7.1f} MB "
        f"{len(posts):6} {len(greetings):9} {len(missing) + lost:8} {len(altered):8} "
        f"{len(unfound):7} {astray:7} {len(waits):9} {max(waits, default=0):7.2f} s",
        flush=True,
    )
    return not (missing or lost or altered or unfound or astray)


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    """Give a connection of its own."""
    with create_engine(url, poolclass=NullPool).connect() as connection:
        yield connection


def read_messages(connection: Connection) -> dict[int, Row[tuple[object, ...]]]:
    """Return all messages, in all their columns."""
    return {row.id: row for row in connection.execute(select(Message.__table__))}


def find_unfound(
    connection: Connection, posts: dict[int, str], kept: dict[int, Row[tuple[object, ...]]]
) -> list[int]:
    """Return the messages that have other terms than those of their texts."""
    first = min(posts, default=0)
    rows = connection.execute(select(SearchTerm.__table__).where(SearchTerm.message_id >= first))
    terms: dict[int, set[int]] = {}
    for row in rows:
        terms.setdefault(row.message_id, set()).add(row.term)
    written = {number: row.text for number, row in kept.items() if number >= first}
    wanted = {number: make_terms(text) for number, text in written.items()}
    return [number for number in {*wanted, *terms} if wanted.get(number) != terms.get(number)]


def count_astray(connection: Connection) -> int:
    """Return how many rows refer to a row that there is not."""
    astray = 0
    for table in db.metadata.tables.values():
        for key in table.foreign_keys:
            there = key.column.table.alias()
            named = select(there.c[key.column.name]).where(there.c[key.column.name] == key.parent)
            lone = select(func.count()).select_from(table).where(key.parent.is_not(None))
            astray += connection.scalar(lone.where(~named.exists())) or 0
    return astray


def run(kind: str, arguments: argparse.Namespace, folder: Path) -> bool:
    """Let people write, make copies, and look at each of them elsewhere."""
    names = [f"writer{number}" for number in range(arguments.people)]
    with create_database(kind, folder) as live:
        prepare(live, names, arguments.messages)
        with writing(live, names) as people:
            copies = make_copies(live, folder, arguments)
        print(HEADLINE)
        judged = [judge(kind, copy, live, people, folder) for copy in copies]
    failed = [failure for person in people for failure in person.failed]
    posts, greetings = (sum(map(len, each)) for each in zip(*map(written_by, people), strict=True))
    print(f"in the end: posts {posts}, greetings {greetings}, failed requests {len(failed)}")
    for failure in failed[:5]:
        print(f"failed: {failure}")
    return all(judged) and not failed


def written_by(person: Person) -> tuple[list[object], list[object]]:
    """Return what was acknowledged to somebody."""
    return [*person.posted], [*person.greeted]


def judge(kind: str, copy: Copy, live: str, people: list[Person], folder: Path) -> bool:
    """Bring a copy back elsewhere, and audit it."""
    elsewhere = folder / copy.file.stem
    elsewhere.mkdir()
    with create_database(kind, elsewhere) as url:
        flask(url, "db", "restore", "--yes", str(copy.file))
        flask(url, "db", "check")
        return audit(copy, live, url, people)


def main() -> None:
    """Print a report for a database, and exit with 1 if anything is missing."""
    parser = argparse.ArgumentParser(description="Copy a database while people write.")
    parser.add_argument("--database", choices=DATABASES, default="sqlite")
    parser.add_argument("--people", type=int, default=10)
    parser.add_argument("--copies", type=int, default=5)
    parser.add_argument("--messages", type=int, default=20_000, help="that are there before")
    parser.add_argument("--pause", type=float, default=3, help="seconds between two copies")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print(f"{arguments.database}, {arguments.people} people write:")
        sys.exit(not run(arguments.database, arguments, Path(folder)))


if __name__ == "__main__":
    main()
