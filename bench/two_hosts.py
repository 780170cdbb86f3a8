"""What visitors of two hosts behind nginx see of kills, and of an upgrade that renames a column.

Run it with `python -m bench.two_hosts [--seconds 60] [--visitors 4]`, and the address of a
PostgreSQL in TEST_POSTGRESQL_URL (see docs/testing.md). Both hosts have one database, one Redis,
the settings of deploy/nginx.conf, and two workers and a mail worker each.

- Kills: in turn, all of a host, or one of its workers, is killed by SIGKILL and started again,
  while visitors greet, write, sign up and read without a pause.
- Upgrade: under load, `flask db upgrade` with old code on both; one host after the other started
  with new code, in which a column has another name; and the column dropped that old code knew.

It exits with 1 if anything that was acknowledged is lost, or a page is not served.
"""

import argparse
import os
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from app import create_app, db
from bench import renaming
from bench.acknowledged import (
    OK,
    PASSWORD,
    Member,
    Request,
    all_requests,
    failed,
    leave,
    read_visits,
)
from bench.browsers import Answer, Client
from bench.faults.audit import audit
from bench.faults.site import add_account, count_unsent, wait_until
from bench.greeter import token_of
from bench.hosts import Host, Hosts, start_anew, two_hosts
from safe_schema.tests.databases import create_database
from tests.servers import ROOT

SECONDS_BETWEEN = 1
GUESSES = 12  # of which ten are answered
PAGES = ("/board/", "/admin/users")
LISTED = re.compile(r'href="(/board/\d+|/admin/users/\d+)')
FROM_AFAR = {"X-Forwarded-For": "10.9.8.7", "X-Forwarded-Proto": "https"}
FROM_ELSEWHERE = FROM_AFAR | {"X-Forwarded-For": "10.8.7.6"}


class Person(Member):
    """Somebody who reads as well, and knows which of the requests were to read."""

    def __init__(self, address: str, name: str, token: str) -> None:
        super().__init__(address, name, token)
        self.reads: list[Request] = []
        self.writes: list[Request] = []
        self.deeds.remove(self.sign_up)  # all come from one address here, which may not do it often
        self.deeds += [self.read_the_board, self.read_a_page]

    def note(self, send: Callable[[], Answer], expected: int) -> Answer | None:
        """Send a request, and remember it by its kind."""
        answer = super().note(send, expected)
        (self.reads if expected == OK else self.writes).append(self.requests[-1])
        return answer

    def read_the_board(self) -> None:
        """Look at what is new."""
        self.note(lambda: self.browser.ask("/board/"), OK)

    def read_a_page(self) -> None:
        """Look at somebody."""
        self.note(lambda: self.browser.ask(f"/user/{self.login}"), OK)


def kill_in_turn(both: list[Host], seconds: float) -> Counter[str]:
    """Kill a host, or a worker, and wait until all are there again. Return what was killed."""
    kills: Counter[str] = Counter()
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        number = kills.total()
        host, is_all = both[number % 2], number // 2 % 2 == 0
        (host.kill if is_all else host.kill_worker)()
        kills["hosts" if is_all else "workers"] += 1
        time.sleep(SECONDS_BETWEEN)
        wait_until(host.is_whole, "the host has all of its workers again")
        time.sleep(SECONDS_BETWEEN)
    return kills


def show_requests(people: list[Person]) -> int:
    """Print how requests ended. Return how many pages were not served."""
    reads = [request for person in people for request in person.reads]
    writes = [request for person in people for request in person.writes]
    for kind, requests in (("reads", reads), ("writes", writes)):
        ended = dict(Counter(request.ended for request in failed(requests)))
        longest = max(request.seconds for request in requests)
        print(f"{kind} {len(requests)}, failed {ended or 0}, longest {longest:.2f} s")
    return len(failed(reads))


def find_lost(url: str, hosts: Hosts, people: list[Person]) -> int:
    """Print what became of what was acknowledged, and return how much is lost."""
    wait_until(lambda: not count_unsent(url), "all mails are sent")
    found = audit(url, hosts.address, hosts.sink, [*people])
    greeted = sum(person.greeted.total() for person in people)
    posted = sum(len(person.posted) for person in people)
    with create_engine(url, poolclass=NullPool).connect() as connection:
        counted = sum(read_visits(connection).values())
    twice = sum(times - 1 for times in hosts.sink.keys.values())
    print(f"acknowledged: greetings {greeted} (counted {counted}), messages {posted}")
    print(f"mails that came {len(hosts.sink.keys)}, of them twice {twice}")
    print(", ".join(f"{what} {count}" for what, count in found.items()))
    return sum(found.values())


def compare_hosts(both: list[Host]) -> int:
    """Print what holds on both hosts though it was done on one. Return how much does not."""
    one, two = (Client(host.address, FROM_AFAR) for host in both)
    form = {"csrf_token": token_of(one.ask("/auth/login").text)}
    one.ask("/auth/login", form | {"login": "admin", "password": PASSWORD})
    two.cookies = one.cookies
    seen = [[LISTED.findall(client.ask(page).text) for page in PAGES] for client in (one, two)]
    holds = {
        "the login": two.ask("/auth/settings").status == OK,
        "the board and the administration": seen[0] == seen[1] and all(seen[0]),
        "the limit of wrong passwords": count_guesses(both) == {422: 10, 429: 2},
    }
    print("the same on both hosts: " + ", ".join(f"{what} {so}" for what, so in holds.items()))
    return sum(not so for so in holds.values())


def count_guesses(both: list[Host]) -> Counter[int]:
    """Guess passwords on both in turn, from one address, and return the answers."""
    answers: Counter[int] = Counter()
    guesser = Client(both[0].address, FROM_ELSEWHERE)
    form = {"csrf_token": token_of(guesser.ask("/auth/login").text), "password": "a guess"}
    for number in range(GUESSES):
        client = Client(both[number % 2].address, FROM_ELSEWHERE)
        client.cookies = dict(guesser.cookies)
        answers[client.ask("/auth/login", form | {"login": f"nobody{number}"}).status] += 1
    return answers


def try_kills(url: str, folder: Path, arguments: argparse.Namespace) -> int:
    """Kill hosts and workers under load. Return how much is wrong."""
    with two_hosts(url, folder) as hosts:
        os.environ |= hosts.both[0].settings
        names = [f"member{number}" for number in range(arguments.visitors)]
        with create_app("production").app_context():
            db.create_all()
            people = [Person(hosts.address, name, add_account(name)) for name in names]
            add_account("admin")
            db.engine.dispose()
        for host in hosts.both:
            host.start()
        for person in people:
            person.log_in()
            person.start()
        kills = kill_in_turn(hosts.both, arguments.seconds)
        leave([*people])
        print(f"Kills: {dict(kills)}")
        return show_requests(people) + find_lost(url, hosts, people) + compare_hosts(hosts.both)


def try_upgrade(url: str, folder: Path, arguments: argparse.Namespace) -> int:
    """Upgrade host by host under load. Return how much is lost, or not served."""
    users, pause = arguments.users, arguments.seconds / 6
    old = renaming.Site(ROOT, url, users)
    new = renaming.Site(folder / "new", url, users)
    renaming.write_new_code(new.folder)
    old.flask("upgrade")
    renaming.fill(url, users)
    new.flask("migrate", *renaming.RENAMING)
    with two_hosts(url, folder) as hosts:
        for host in hosts.both:
            host.start()
        numbers = range(1, arguments.visitors + 1)
        visitors = [renaming.Guest(hosts.address, number, users) for number in numbers]
        for visitor in visitors:
            visitor.start()
        time.sleep(pause)
        steps: dict[str, Callable[[], object]] = {
            "old code on both; expand, copy": lambda: new.flask("upgrade"),
            "new code on the first": lambda: start_anew(hosts.both[0], new.folder),
            "new code on the second": lambda: start_anew(hosts.both[1], new.folder),
            "contract": lambda: new.flask("upgrade", "-x", "contract=yes"),
        }
        for step, do in steps.items():
            began = time.monotonic()
            do()
            time.sleep(pause)
            renaming.show(step, visitors, began)
        leave(visitors)
        lost = renaming.audit(url, users, visitors)
        renaming.compare(url, new, folder)
    return lost + len(failed(all_requests(visitors)))


def main() -> None:
    """Print a report, and exit with 1 if something is lost."""
    parser = argparse.ArgumentParser(description="Kill, and upgrade, two hosts behind nginx.")
    parser.add_argument("--seconds", type=float, default=60, help="of each of the two")
    parser.add_argument("--visitors", type=int, default=4)
    parser.add_argument("--users", type=int, default=20_000, help="who are migrated")
    parser.add_argument("--only", choices=["kills", "upgrade"])
    arguments = parser.parse_args()
    wrong = 0
    for name, attempt in (("kills", try_kills), ("upgrade", try_upgrade)):
        if arguments.only in {None, name}:
            with (
                tempfile.TemporaryDirectory() as folder,
                create_database("postgresql", Path(folder)) as url,
            ):
                wrong += attempt(url, Path(folder), arguments)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
