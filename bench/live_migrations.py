"""How long visitors wait while a large table is migrated, and whether a greeting is lost.

Run it with `python bench/live_migrations.py [--database postgresql] [--users 500000]`. Flasky is
served by two workers, and eight visitors greet all the time, with names that it knows. Meanwhile
`flask db upgrade` carries out revisions that are written into a copy of the migrations, as the
documents advise, and then two of them as one would write them without that advice. At the end each
name has to have as many visits as were acknowledged.

Postgresql and mariadb are those of the tests: see docs/testing.md.
"""

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path
from typing import NamedTuple

from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, insert, select

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from app.models import User
from app.models.nickname import parse_nickname
from bench.browsers import Client
from bench.greeter import token_of
from safe_schema.tests.databases import DATABASES, create_database
from tests.servers import environment_of, free_port, running

ROOT = Path(__file__).resolve().parent.parent
VISITORS = 8
ROWS_PER_INSERT = 5000
OK, SEE_OTHER = 200, 303
QUIET_HOUR = "longest-wait=3600"

ADD = 'op.add_column("users", sa.Column("shown_as", sa.String(80)))'
FILL = 'op.update_in_batches("users", {"shown_as": "username"})'
FILL_ANEW = 'op.update_in_batches("users", {"shown_as": "upper(username)"})'
ONE_UPDATE = """
op.execute("UPDATE users SET shown_as = upper(username)")
"""
DROP = """
with op.batch_alter_table("users") as batch:
    batch.drop_column("shown_as")
"""
INDEX = """
with op.get_context().autocommit_block():
    op.create_index("ix_users_seen", "users", ["last_seen"], postgresql_concurrently=True)
"""
WIDEN = """
with op.batch_alter_table("users") as batch:
    batch.alter_column("about_me", existing_type=sa.String(1000), type_=sa.String(2000))
"""


class Step(NamedTuple):
    """A run of `flask db upgrade`."""

    title: str
    revisions: list[str]  # what each of them does


STEPS = [
    Step("add a column, fill it in batches", [ADD, FILL]),
    Step("create an index", [INDEX]),
    Step("widen about_me", [WIDEN]),
    Step("fill all in batches, drop a column", [FILL_ANEW, DROP]),
    Step("one revision: add, UPDATE", [ADD + ONE_UPDATE]),
    Step("one revision: UPDATE, drop", [ONE_UPDATE + DROP]),
]


class Visitor(threading.Thread):
    """Somebody who says one name after the other, and remembers what was acknowledged."""

    def __init__(self, address: str, users: int, is_over: threading.Event) -> None:
        super().__init__(daemon=True)
        self.client, self.users, self.is_over = Client(address), users, is_over
        self.acknowledged: Counter[str] = Counter()
        self.failed: Counter[str] = Counter()
        self.spans: list[tuple[float, float]] = []  # when each request began and ended

    def run(self) -> None:
        """Greet until it is over."""
        token = token_of(self.client.ask("/").text)
        while not self.is_over.is_set():
            name = name_of(random.randrange(self.users))  # noqa: S311
            if self._ask({"csrf_token": token, "name": name}, SEE_OTHER):
                self.acknowledged[name] += 1
            self._ask(None, OK)  # which shows the greeting

    def _ask(self, form: dict[str, str] | None, expected: int) -> bool:
        """Send a request, and return whether the answer is as expected."""
        began = time.monotonic()
        try:
            status = str(self.client.ask("/", form).status)
        except (OSError, HTTPException) as error:
            self.client.connection.close()
            status = type(error).__name__
        if status != str(expected):
            self.failed[status] += 1
        self.spans.append((began, time.monotonic()))
        return status == str(expected)


def name_of(number: int) -> str:
    """Return the name of a user."""
    return f"visitor {number}"


def write_revisions(folder: Path) -> list[str]:
    """Copy the migrations and add one for each step. Return the last revision of each step."""
    shutil.copytree(ROOT / "migrations", folder)
    before = ScriptDirectory(str(folder)).get_current_head()
    last = []
    for number, step in enumerate(STEPS, 1):
        for place, operations in enumerate(step.revisions, 1):
            revision = f"bench{number}{place}"
            body = "\n    ".join(operations.strip().splitlines())
            (folder / f"versions/{revision}.py").write_text(
                f'"""{step.title}."""\n\nimport sqlalchemy as sa\nfrom alembic import op\n\n'
                f'revision = "{revision}"\ndown_revision = "{before}"\n'
                'deletes = ["users.shown_as"]\n\n\n'
                f"def upgrade():\n    {body}\n\n\ndef downgrade():\n    pass\n"
            )
            before = revision
        last.append(str(before))
    return last


def upgrade(folder: Path, url: str, revision: str, *options: str) -> float:
    """Run `flask db upgrade`, and return the seconds that it took. Show why if it fails."""
    command = [sys.executable, "-m", "flask", "--app", "flasky", "db", "upgrade"]
    environment = os.environ | environment_of(url, {"FLASK_SKIP_DOTENV": "1"})
    began = time.monotonic()
    ended = subprocess.run(
        [*command, f"--directory={folder}", *options, revision],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode:
        print("    the upgrade failed:", *ended.stderr.strip().splitlines()[-1:])
    return time.monotonic() - began


def fill(url: str, users: int) -> None:
    """Insert users."""
    engine = create_engine(url)
    for first in range(0, users, ROWS_PER_INSERT):
        names = [name_of(number) for number in range(first, min(first + ROWS_PER_INSERT, users))]
        rows = [{"username": it, "username_key": parse_nickname(it).key} for it in names]
        with engine.begin() as connection:
            connection.execute(insert(User.__table__), rows)  # type: ignore[arg-type]
    engine.dispose()


def count(url: str, visitors: list[Visitor]) -> tuple[int, int]:
    """Return how many greetings were acknowledged, and how many of them are in no row."""
    acknowledged = sum((visitor.acknowledged.copy() for visitor in visitors), Counter[str]())
    engine = create_engine(url)
    query = select(User.__table__.c.username, User.__table__.c.visits)
    with engine.connect() as connection:
        kept = dict(map(tuple, connection.execute(query.where(User.__table__.c.visits > 0))))
    engine.dispose()
    lost = sum(max(number - kept.get(name, 0), 0) for name, number in acknowledged.items())
    return acknowledged.total(), lost


def print_lines(output: Iterable[bytes]) -> None:
    """Print what the server says of requests that fail; it would wait if nobody read that."""
    for line in output:
        print(line.decode(), end="", file=sys.stderr)


@contextmanager
def visited(url: str, users: int) -> Iterator[list[Visitor]]:
    """Serve Flasky to visitors who greet meanwhile."""
    port = free_port()
    command = [sys.executable, "-m", "tools.serve", f"--port={port}", "--workers=2"]
    is_over = threading.Event()
    with running(command, port, url, {"FLASK_SKIP_DOTENV": "1"}) as server:
        threading.Thread(target=print_lines, args=[server.stdout], daemon=True).start()
        visitors = [Visitor(f"http://127.0.0.1:{port}", users, is_over) for _ in range(VISITORS)]
        for visitor in visitors:
            visitor.start()
        try:
            yield visitors
        finally:
            is_over.set()
            for visitor in visitors:
                visitor.join()


def show(title: str, seconds: float, since: float, visitors: list[Visitor]) -> None:
    """Print what visitors met in a run."""
    spans = [ended - began for it in visitors for began, ended in list(it.spans) if ended > since]
    failed = sum((visitor.failed for visitor in visitors), Counter[str]())
    for visitor in visitors:
        visitor.failed.clear()
    longest = max(spans, default=0)
    print(
        f"  {title:<36}{seconds:>8.1f}{longest:>9.2f}{len(spans):>10}{failed.total():>8}",
        flush=True,
    )
    if failed:
        print(f"    failed: {dict(failed)}")


def run(url: str, users: int, rest: float, folder: Path) -> None:
    """Carry out all steps on a database, and print a table."""
    migrations = folder / "migrations"
    last = write_revisions(migrations)
    head = str(ScriptDirectory(str(ROOT / "migrations")).get_current_head())
    upgrade(migrations, url, head)
    fill(url, users)
    print(f"  {'':<36}{'seconds':>8}{'longest':>9}{'requests':>10}{'failed':>8}")
    with visited(url, users) as visitors:
        time.sleep(rest)
        for step, revision in zip(STEPS, last, strict=True):
            since = time.monotonic()
            seconds = upgrade(migrations, url, revision, "-x", QUIET_HOUR)
            time.sleep(rest)  # those who wait still are answered
            show(step.title, seconds, since, visitors)
    acknowledged, lost = count(url, visitors)
    print(f"  acknowledged {acknowledged}, lost {lost}", flush=True)


def main() -> None:
    """Print a table for a database."""
    parser = argparse.ArgumentParser(description="Migrate a large table while visitors greet.")
    parser.add_argument("--database", choices=DATABASES, default="sqlite")
    parser.add_argument("--users", type=int, default=2000)
    parser.add_argument("--rest", type=float, default=3.0, help="seconds between two runs")
    arguments = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        create_database(arguments.database, Path(folder)) as url,
    ):
        print(f"{arguments.database}, {arguments.users} users, {VISITORS} visitors:")
        run(url, arguments.users, arguments.rest, Path(folder))


if __name__ == "__main__":
    main()
