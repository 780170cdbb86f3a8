"""Old code, and new code in which a column of the users has another name, on one database.

The new code is a copy of Flasky in which `users.first_seen` has become `first_visit`. Guests say
names and look at pages of users; in the end, each greeting that was acknowledged has to have been
counted.
"""

import os
import random
import re
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import create_engine, inspect, text
from sqlalchemy.pool import NullPool

from bench.acknowledged import (
    OK,
    SHARE_OF_NEW_NAMES,
    Visitor,
    all_requests,
    count_lost_greetings,
    failed,
    leave,
    read_visits,
)
from bench.browsers import Client
from safe_schema.protection import fingerprint
from safe_schema.tests.databases import create_database
from tests.documents import NOT_COPIED
from tests.servers import ROOT, environment_of, free_port, running

OLD, NEW = "first_seen", "first_visit"
NO_LIMIT = {"NEW_NAMES_LIMIT": "1000000 per minute"}
RENAMING = ("-x", f"rename=users.{OLD}:users.{NEW}", "--gradually", "-m", "rename")


class Guest(Visitor):
    """Somebody who says names and looks at pages."""

    def __init__(self, address: str, number: int, users: int) -> None:
        super().__init__()
        self.client, self.number, self.users = Client(address), number, users

    def visit(self) -> None:
        """Say a name, and look at its page."""
        is_new = random.random() < SHARE_OF_NEW_NAMES  # noqa: S311
        known = f"user{random.randrange(self.users)}"  # noqa: S311
        name = f"visitor{self.number}x{len(self.requests)}" if is_new else known
        if self.greet(self.client, name):
            self.note(lambda: self.client.ask(f"/user/{name}"), OK)


class Site:
    """One of the two codes, served, with its visitors."""

    def __init__(self, folder: Path, url: str, users: int) -> None:
        self.folder, self.url, self.users = folder, url, users
        self.visitors: list[Guest] = []

    @contextmanager
    def served(self, number: int) -> Iterator[None]:
        """Serve it; so many visitors come, and leave before it is stopped."""
        port = free_port()
        command = [sys.executable, "-m", "tools.serve", f"--port={port}", "--workers=2"]
        with running(command, port, self.url, NO_LIMIT, self.folder) as server:
            address = f"http://127.0.0.1:{port}"
            first = server.pid * 1000
            self.visitors = [Guest(address, first + each, self.users) for each in range(number)]
            for visitor in self.visitors:
                visitor.start()
            try:
                yield
            finally:
                leave(self.visitors)

    def flask(self, *arguments: str) -> str:
        """Run a `flask db` command of this code, and return what it said."""
        done = subprocess.run(
            [sys.executable, "-m", "flask", "db", *arguments],
            cwd=self.folder,
            env=os.environ | environment_of(self.url, {"FLASK_SKIP_DOTENV": "1"}),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr  # noqa: S101
        return done.stderr


def write_new_code(folder: Path) -> None:
    """Copy Flasky, with another name for the column in all of the application."""
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(*NOT_COPIED), symlinks=True)
    for file in (folder / "app").rglob("*"):
        if file.suffix in {".py", ".html"}:
            code = file.read_text(encoding="utf-8")
            if OLD in code:
                file.write_text(re.sub(rf"\b{OLD}\b", NEW, code), encoding="utf-8")


def fill(url: str, users: int) -> None:
    """Give the database users."""
    now = datetime.now(UTC).replace(tzinfo=None)
    rows = [{"name": f"user{number}", "now": now} for number in range(users)]
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        sql = "INSERT INTO users (username, username_key, first_seen, last_seen, visits, about_me) "
        connection.execute(text(f"{sql} VALUES (:name, :name, :now, :now, 1, '')"), rows)


def audit(url: str, users: int, visitors: list[Guest]) -> int:
    """Print what became of the greetings, and of the values. Return how many are lost."""
    greeted: Counter[str] = sum((visitor.greeted for visitor in visitors), Counter())
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        visits = read_visits(connection)
        missing = f"SELECT count(*) FROM users WHERE {NEW} IS NULL"  # noqa: S608  # our own names
        without = connection.scalar(text(missing))
        names = {column["name"] for column in inspect(connection).get_columns("users")}
    was_said = Counter(name for name in visits if name.startswith("user"))  # once, by `fill`
    lost = count_lost_greetings(greeted + was_said, visits)
    requests = all_requests(visitors)
    failures = failed(requests)
    longest = max(request.seconds for request in requests)
    print(f"requests {len(requests)}, failed {len(failures)}; longest {longest:.2f} s")
    gone = users - len(was_said)
    print(f"greetings {greeted.total()}, lost {lost}; users {len(visits)}, lost {gone}")
    print(f"rows without a value {without}; columns: {sorted(names & {OLD, NEW})}")
    for failure in failures[:5]:
        print(f"failed: {failure}")
    return lost + gone + (without or 0)


def show(phase: str, visitors: list[Guest], began: float) -> None:
    """Print how a phase was."""
    requests = all_requests(visitors)
    longest = max((request.seconds for request in requests), default=0)
    print(
        f"{phase:<32} {time.monotonic() - began:5.1f} s; so far {len(requests)} requests, failed "
        f"{len(failed(requests))}, longest {longest:.2f} s",
        flush=True,
    )


def compare(url: str, new: Site, folder: Path) -> None:
    """Print whether the schema is that of the models: of a new database, made by the new code."""
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        here = fingerprint.take(connection, {"alembic_version"})
    with create_database(engine.dialect.name.replace("mysql", "mariadb"), folder / "new") as other:
        make = "from app import create_app, db\nwith create_app().app_context(): db.create_all()"
        environment = os.environ | environment_of(other, {"FLASK_SKIP_DOTENV": "1"})
        subprocess.run([sys.executable, "-c", make], cwd=new.folder, env=environment, check=True)
        with create_engine(other, poolclass=NullPool).connect() as connection:
            there = fingerprint.take(connection, {"alembic_version"})
    print(f"differences from the models: {fingerprint.differences(here, there) or 0}")
