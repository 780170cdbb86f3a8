"""What it costs to keep pages of the board open while people write, and whether they are right.

Run it with `python bench/board_live.py [--database postgresql] [--pages 200] [--seconds 60]`.
Flasky is served by two workers. Each page is a thread that does what app/static/board_live.js does:
it asks every five seconds, more or less, with its tag, shows whatever is new at once, and asks
again for what it lacks. Meanwhile people log in and write. At the end, each page has to have each
message once, and the database each one that was acknowledged, as it was written.

Postgresql and mariadb are those of the tests: see docs/testing.md.
"""

import argparse
import json
import os
import random
import re
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask
from sqlalchemy import func, select

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from app import create_app, db
from app.board.models import Message, SearchTerm
from app.models import Role, User
from bench.browsers import Client
from bench.greeter import token_of
from safe_schema.tests.databases import DATABASES, create_database
from tests.servers import free_port, running

PASSWORD = "correct horse battery"  # noqa: S105
LAST_POLLS = 3  # after the last message, to catch up
NO_LIMIT = "1000000 per minute"
LIMITS = (
    "MESSAGES_LIMIT",
    "FIRST_MESSAGES_LIMIT",
    "ADDRESS_MESSAGES_LIMIT",
    "ADDRESS_FIRST_MESSAGES_LIMIT",
)
CARD = re.compile(r'id="message-(\d+)" data-version="([^"]*)"')
WORDS = ["Hello!", "你好留言板", "🙂 👩‍👩‍👧", "<b>bold</b> & 'quoted'", "السلام عليكم"]


class OpenPage(threading.Thread):
    """A page of the board, open in somebody's browser."""

    def __init__(self, address: str, interval: float, is_over: threading.Event) -> None:
        super().__init__(daemon=True)
        self.client, self.interval, self.is_over = Client(address), interval, is_over
        self.shown: Counter[int] = Counter()
        self.versions: dict[int, str] = {}
        self.told: dict[int, str] = {}
        self.tag = ""
        self.statuses: Counter[int] = Counter()
        self.milliseconds: list[float] = []

    def run(self) -> None:
        """Open the page, and ask until it is over, and then until it is up to date."""
        time.sleep(random.uniform(0, self.interval))  # noqa: S311
        self._show(self.client.ask("/board/").text)
        while not self.is_over.wait(self._pause()):
            self._catch_up()
        for _ in range(LAST_POLLS):
            time.sleep(self._pause())
            self._catch_up()

    def _pause(self) -> float:
        return self.interval * random.uniform(0.8, 1.2)  # noqa: S311

    def _catch_up(self) -> None:
        while self._poll():
            pass

    def _show(self, html: str) -> int:
        found = [(int(number), version) for number, version in CARD.findall(html)]
        fresh = {number: it for number, it in found if self.versions.get(number) != it}
        self.shown.update(number for number in fresh if number not in self.versions)
        self.versions |= fresh
        return len(fresh)

    def _missing(self) -> list[int]:
        return [number for number, it in self.told.items() if self.versions.get(number) != it]

    def _poll(self) -> bool:
        missing = self._missing()
        after = min([max(self.shown, default=0), *(number - 1 for number in missing)])
        tag = "" if missing else self.tag
        began = time.perf_counter()
        answer = self.client.ask(f"/board/newest?lang=en&after={after}", tag=tag)
        self.milliseconds.append(1000 * (time.perf_counter() - began))
        self.statuses[answer.status] += 1
        if answer.status != 200:  # noqa: PLR2004
            return False
        told = json.loads(answer.text)
        self.told = dict(told["messages"])
        has_more = self._show(told["html"]) > 0
        self.tag = {name.lower(): value for name, value in answer.headers.items()}["etag"]
        return has_more and bool(self._missing())


class Writer(threading.Thread):
    """Somebody who writes, and remembers what was acknowledged."""

    def __init__(self, address: str, name: str, pause: float, is_over: threading.Event) -> None:
        super().__init__(daemon=True)
        self.client, self.pause, self.is_over = Client(address), pause, is_over
        self.written: dict[int, str] = {}
        self.refused: Counter[int] = Counter()
        self.login = name

    def run(self) -> None:
        """Log in, and write until it is over."""
        token = token_of(self.client.ask("/auth/login").text)
        form = {"csrf_token": token, "login": self.login, "password": PASSWORD}
        assert self.client.ask("/auth/login", form).status == 303  # noqa: PLR2004, S101
        token = token_of(self.client.ask("/board/new").text)
        number = 0
        while not self.is_over.wait(self.pause * random.uniform(0.5, 1.5)):  # noqa: S311
            number += 1
            text = f"{self.login} {number}: {WORDS[number % len(WORDS)]}"
            answer = self.client.ask("/board/new", {"csrf_token": token, "text": text})
            location = {name.lower(): it for name, it in answer.headers.items()}.get("location")
            if location:
                self.written[int(location.rpartition("/")[2])] = text
            else:
                self.refused[answer.status] += 1


class Usage:
    """What a server and its workers have used, as Linux counts it."""

    def __init__(self, process_id: int) -> None:
        self.process_id = process_id

    def processes(self) -> list[int]:
        """Return the ids of the server and of its workers."""
        children = Path(f"/proc/{self.process_id}/task/{self.process_id}/children").read_text()
        return [self.process_id, *map(int, children.split())]

    def cpu_seconds(self) -> float:
        """Return the CPU time of all of them."""
        ticks = 0
        for process in self.processes():
            fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def peak_megabytes(self) -> list[int]:
        """Return the most memory that each had at a time."""
        found = (Path(f"/proc/{it}/status").read_text() for it in self.processes())
        return [int(re.findall(r"VmHWM:\s+(\d+)", text)[0]) // 1024 for text in found]


@contextmanager
def served(url: str, writers: list[str]) -> Iterator[tuple[Flask, str, Usage]]:
    """Serve Flasky on a database with the accounts of those who write."""
    os.environ |= {"TEST_DATABASE_URL": url, "FLASK_SKIP_DOTENV": "1"}
    app = create_app("testing")
    with app.app_context():
        db.create_all()
        role = Role.get_or_insert(Role.DEFAULT)
        for name in writers:
            user = User(username=name, email=f"{name}@example.com", password=PASSWORD, role=role)
            db.session.add(user)
        db.session.commit()
        db.engine.dispose()
    port = free_port()
    command = [sys.executable, "-m", "tools.serve", f"--port={port}", "--workers=2"]
    with running(command, port, url, dict.fromkeys(LIMITS, NO_LIMIT)) as server:
        yield app, f"http://127.0.0.1:{port}", Usage(server.pid)
    with app.app_context():
        db.engine.dispose()


def audit(app: Flask, written: dict[int, str]) -> None:
    """Print what became of the messages that were acknowledged."""
    with app.app_context():
        kept = {message.id: message.text for message in db.session.scalars(select(Message))}
        searched = set(db.session.scalars(select(SearchTerm.message_id)))
        terms = db.session.scalar(select(func.count()).select_from(SearchTerm))
    lost = [number for number in written if number not in kept]
    altered = [number for number, text in written.items() if kept.get(number, text) != text]
    more = len({*kept} - {*written})
    print(f"acknowledged {len(written)}: lost {len(lost)}, altered {len(altered)}; others {more}")
    unfound = f"not to be found {len({*written} - searched)}" if terms else "the table is empty"
    print(f"rows of the search: {unfound}")


def judge(pages: list[OpenPage], written: dict[int, str]) -> None:
    """Print whether each page has each message once."""
    missing = sum(len({*written} - {*page.shown}) for page in pages)
    doubled = sum(count - 1 for page in pages for count in page.shown.values())
    right = sum(page.shown == Counter([*written]) for page in pages)
    print(f"pages {len(pages)}: right {right}; messages missing {missing}, doubled {doubled}")


def show_polls(pages: list[OpenPage], cpu: float, seconds: float) -> None:
    """Print how many polls there were, and what they took."""
    statuses = sum((page.statuses for page in pages), Counter[int]())
    times = sorted(it for page in pages for it in page.milliseconds)
    number = len(times)
    share = statuses[304] / number
    p50, p99 = statistics.median(times), times[int(0.99 * (number - 1))]
    print(f"polls {number}, {number / seconds:.0f} a second; 304: {share:.0%}; {dict(statuses)}")
    print(f"a poll takes {p50:.1f} ms (p50), {p99:.1f} ms (p99)")
    print(f"CPU of the server: {cpu:.1f} s in {seconds:.0f} s, {cpu / seconds:.2f} of a core")


def run(url: str, arguments: argparse.Namespace) -> None:
    """Open the pages, let people write, and look at what is there in the end."""
    names = [f"writer{number}" for number in range(arguments.writers)]
    is_over = threading.Event()
    with served(url, names) as (app, address, usage):
        writers = [Writer(address, name, arguments.pause, is_over) for name in names]
        pages = [OpenPage(address, arguments.interval, is_over) for _ in range(arguments.pages)]
        cpu, began = usage.cpu_seconds(), time.monotonic()
        for thread in [*pages, *writers]:
            thread.start()
        time.sleep(arguments.seconds)
        is_over.set()
        for thread in [*writers, *pages]:
            thread.join()
        spent, seconds = usage.cpu_seconds() - cpu, time.monotonic() - began
        memory = usage.peak_megabytes()
        written = {number: text for writer in writers for number, text in writer.written.items()}
        refused = sum((writer.refused for writer in writers), Counter[int]())
        print(f"posts {len(written)}, refused {dict(refused)}")
        judge(pages, written)
        audit(app, written)
        show_polls(pages, spent, seconds)
        print(f"memory at most, of the server and its workers: {memory} MB")


def main() -> None:
    """Print a report for a database."""
    parser = argparse.ArgumentParser(description="Keep pages of the board open.")
    parser.add_argument("--database", choices=DATABASES, default="sqlite")
    parser.add_argument("--pages", type=int, default=200)
    parser.add_argument("--writers", type=int, default=10)
    parser.add_argument("--pause", type=float, default=1.0, help="seconds between two posts")
    parser.add_argument("--interval", type=float, default=5.0, help="seconds between two polls")
    parser.add_argument("--seconds", type=float, default=60)
    arguments = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        create_database(arguments.database, Path(folder)) as url,
    ):
        print(f"{arguments.database}, {arguments.writers} people write:")
        run(url, arguments)


if __name__ == "__main__":
    main()
