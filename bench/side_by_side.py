"""What fails of old code and new code on one database, while a column is renamed.

Run it with `python bench/side_by_side.py [--database postgresql] [--users 20000] [--seconds 10]`.
The new code is a copy of Flasky in which `users.first_seen` has become `first_visit`, with the
revisions that `flask db migrate --gradually` writes there. Visitors say names and look at pages of
users: of the old code while the column is added and filled; of both; and of the new code while the
old column is dropped. At the end, each greeting that was acknowledged has to have been counted.

Postgresql and mariadb are those of the tests: see docs/testing.md.
"""

import argparse
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from http.client import HTTPException
from pathlib import Path

from sqlalchemy import create_engine, inspect, text
from sqlalchemy.pool import NullPool

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.browsers import Client
from bench.greeter import token_of
from safe_schema.protection import fingerprint
from safe_schema.tests.databases import DATABASES, create_database
from tests.documents import NOT_COPIED
from tests.servers import ROOT, environment_of, free_port, running

OLD, NEW = "first_seen", "first_visit"
NO_LIMIT = {"NEW_NAMES_LIMIT": "1000000 per minute"}
SHARE_OF_NEW_NAMES = 0.3
REDIRECT = 303


class Visitor(threading.Thread):
    """Somebody who says names and looks at pages, without a pause, until it is over."""

    def __init__(self, address: str, number: int, users: int) -> None:
        super().__init__(daemon=True)
        self.client, self.number, self.users = Client(address), number, users
        self.is_over = threading.Event()
        self.greeted: Counter[str] = Counter()  # names, as often as it was acknowledged
        self.failed: list[str] = []
        self.seconds: list[float] = []

    def run(self) -> None:
        """Visit until it is over."""
        said = 0
        while not self.is_over.is_set():
            said += 1
            is_new = random.random() < SHARE_OF_NEW_NAMES  # noqa: S311
            known = f"user{random.randrange(self.users)}"  # noqa: S311
            name = f"visitor{self.number}x{said}" if is_new else known
            page = self._ask("/", None, 200)
            if page and self._ask("/", {"csrf_token": token_of(page), "name": name}, REDIRECT):
                self.greeted[name] += 1
                self._ask(f"/user/{name}", None, 200)

    def _ask(self, path: str, form: dict[str, str] | None, status: int) -> str:
        """Return what a request is answered with, or nothing if it fails."""
        began = time.monotonic()
        try:
            answer = self.client.ask(path, form)
        except (OSError, HTTPException) as error:
            self.failed.append(f"{path}: {error!r}")
            self.client.connection.close()
            return ""
        finally:
            self.seconds.append(time.monotonic() - began)
        if answer.status != status:
            self.failed.append(f"{path}: {answer.status}")
            return ""
        return answer.text or "-"


class Site:
    """One of the two codes, served, with its visitors."""

    def __init__(self, folder: Path, url: str, users: int) -> None:
        self.folder, self.url, self.users = folder, url, users
        self.visitors: list[Visitor] = []

    @contextmanager
    def served(self, number: int) -> Iterator[None]:
        """Serve it; so many visitors come, and leave before it is stopped."""
        port = free_port()
        command = [sys.executable, "-m", "tools.serve", f"--port={port}", "--workers=2"]
        with running(command, port, self.url, NO_LIMIT, self.folder) as server:
            address = f"http://127.0.0.1:{port}"
            first = server.pid * 1000
            self.visitors = [Visitor(address, first + each, self.users) for each in range(number)]
            for visitor in self.visitors:
                visitor.start()
            try:
                yield
            finally:
                for visitor in self.visitors:
                    visitor.is_over.set()
                for visitor in self.visitors:
                    visitor.join()

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


def audit(url: str, users: int, visitors: list[Visitor]) -> None:
    """Print what became of the greetings, and of the values."""
    greeted: Counter[str] = sum((visitor.greeted for visitor in visitors), Counter())
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        visits = dict(map(tuple, connection.execute(text("SELECT username, visits FROM users"))))
        missing = f"SELECT count(*) FROM users WHERE {NEW} IS NULL"  # noqa: S608  # our own names
        without = connection.scalar(text(missing))
        names = {column["name"] for column in inspect(connection).get_columns("users")}
    lost = sum(
        max(0, times + name.startswith("user") - visits.get(name, 0))
        for name, times in greeted.items()
    )
    known = sum(1 for name in visits if name.startswith("user"))
    requests = [second for visitor in visitors for second in visitor.seconds]
    failed = [failure for visitor in visitors for failure in visitor.failed]
    print(f"requests {len(requests)}, failed {len(failed)}; longest {max(requests):.2f} s")
    print(f"greetings {greeted.total()}, lost {lost}; users {len(visits)}, lost {users - known}")
    print(f"rows without a value {without}; columns: {sorted(names & {OLD, NEW})}")
    for failure in failed[:5]:
        print(f"failed: {failure}")


def show(phase: str, sites: list[Site], began: float) -> None:
    """Print how a phase was."""
    requests = [second for site in sites for visitor in site.visitors for second in visitor.seconds]
    failed = sum(len(visitor.failed) for site in sites for visitor in site.visitors)
    longest = max(requests, default=0)
    print(
        f"{phase:<32} {time.monotonic() - began:5.1f} s; so far {len(requests)} requests, failed "
        f"{failed}, longest {longest:.2f} s",
        flush=True,
    )


def run(kind: str, arguments: argparse.Namespace, folder: Path) -> None:
    """Rename the column, with both codes at work."""
    with create_database(kind, folder) as url, ExitStack() as at_the_end:
        old = Site(ROOT, url, arguments.users)
        new = Site(folder / "new", url, arguments.users)
        write_new_code(new.folder)
        old.flask("upgrade")
        fill(url, arguments.users)
        renaming = ["-x", f"rename=users.{OLD}:users.{NEW}", "--gradually", "-m", "rename"]
        new.flask("migrate", *renaming)
        began = time.monotonic()
        with old.served(arguments.visitors):
            time.sleep(1)
            new.flask("upgrade")
            show("old code; expand and copy", [old], began)
            at_the_end.enter_context(new.served(arguments.visitors))
            began = time.monotonic()
            time.sleep(arguments.seconds)
            show("old and new code", [old, new], began)
        began = time.monotonic()
        new.flask("upgrade", "-x", "contract=yes")
        time.sleep(arguments.seconds)
        show("new code; contract", [new], began)
        at_the_end.close()
        audit(url, arguments.users, [*old.visitors, *new.visitors])
        compare(url, new, folder)


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


def main() -> None:
    """Print a report for a database."""
    parser = argparse.ArgumentParser(description="Rename a column under old and new code.")
    parser.add_argument("--database", choices=DATABASES, default="sqlite")
    parser.add_argument("--users", type=int, default=20_000)
    parser.add_argument("--visitors", type=int, default=4, help="of each code")
    parser.add_argument("--seconds", type=float, default=10, help="of each phase")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print(f"{arguments.database}, {arguments.users} users, {arguments.visitors} visitors each:")
        run(arguments.database, arguments, Path(folder))


if __name__ == "__main__":
    main()
