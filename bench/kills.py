"""What is lost when processes of a site are killed at random moments, under visitors who write.

Run it with `python -m bench.kills [--kills 200] [--database postgresql] [--visitors 4]`. The site
runs as README.md says, in production, with `flask mail worker` (whose lease on a mail is five
seconds here, and not five minutes). Visitors, without a pause, say names, write messages by form
and by API, and sign up. Meanwhile a worker of the server, all of the server, or the mail worker is
killed, most times by SIGKILL. What ends is started again as systemd would. At the end, what was
acknowledged has to be there: counted, on the board, found, and mailed. If not, it exits with 1.

Postgresql and mariadb are those of the tests: see docs/testing.md. It needs Linux.
"""

import argparse
import random
import signal
import sys
import tempfile
import time
from collections import Counter, defaultdict
from pathlib import Path

from bench.acknowledged import Member, Request, all_requests, failed, leave, wait_until_well
from bench.faults.audit import audit
from bench.faults.site import Site, running_site, wait_until
from bench.faults.units import send
from safe_schema.tests.databases import DATABASES, create_database

SHARES = {"a worker": 0.5, "the server": 0.1, "the mail worker": 0.4}
SHARE_OF_SIGTERM = 0.15
SECONDS_TO_RESTART = 3  # of what was killed last
LONGEST_PAUSE = 1  # seconds
Kill = tuple[str, float]  # what was killed, and when


def kill(site: Site, victim: str) -> None:
    """Kill something. All of it is started again: a worker by the server, the others as units."""
    is_polite = random.random() < SHARE_OF_SIGTERM  # noqa: S311
    how = signal.SIGTERM if is_polite else signal.SIGKILL
    if victim == "a worker":
        send(site.server.children()[0], how)  # the oldest, which is at work for certain
    else:
        (site.server if victim == "the server" else site.mail_worker).kill(how)


def kill_often(site: Site, members: list[Member], number: int, most: float) -> list[Kill]:
    """Kill so many times, at random moments while visitors are served, and return what and when."""
    kills: list[Kill] = []
    end = time.monotonic() + most
    while len(kills) < number and time.monotonic() < end:
        now = time.monotonic()
        wait_until(lambda now=now: is_served(members, now), "somebody is served")  # type: ignore[misc]
        time.sleep(random.uniform(0, LONGEST_PAUSE))  # noqa: S311
        [victim] = random.choices([*SHARES], [*SHARES.values()])  # noqa: S311
        if site.server.children():  # or it has ended by itself, and is just being started
            kills.append((victim, time.monotonic()))
            kill(site, victim)
    return kills


def is_served(members: list[Member], since: float) -> bool:
    """Return whether anybody was answered well since then."""
    newest = (member.requests[-1] for member in members if member.requests)
    return any(request.is_good and request.end > since for request in newest)


def longest_silence(kills: list[Kill], requests: list[Request]) -> dict[str, float]:
    """Return, for each kind of victim, the longest time until anybody was answered well again."""
    ends = sorted(request.end for request in requests if request.is_good)
    longest: dict[str, float] = defaultdict(float)
    for victim, at in kills:
        answered = min((request for request in ends if request > at), default=at)
        longest[victim] = max(longest[victim], answered - at)
    return longest


def run(arguments: argparse.Namespace, url: str, folder: Path) -> dict[str, int]:
    """Kill, audit, print what was seen, and return what was found."""
    with running_site(url, folder, arguments.visitors) as (site, members):
        for member in members:
            member.start()
        began = time.monotonic()
        kills = kill_often(site, members, arguments.kills, 60 * arguments.minutes)
        wait_until_well(members, time.monotonic() + SECONDS_TO_RESTART)
        leave(members)
        site.wait_for_mails()
        seconds = time.monotonic() - began
        found = audit(url, site.address, site.sink, members)
        report(arguments.database, kills, members, seconds)
        twice = sum(times - 1 for times in site.sink.keys.values())
    print(f"mails that came {len(site.sink.keys)}, of them more than once {twice}")
    print(", ".join(f"{what} {count}" for what, count in found.items()))
    return found


def report(kind: str, kills: list[Kill], members: list[Member], seconds: float) -> None:
    """Print what was done, and what visitors saw of it."""
    requests = all_requests(members)
    acknowledged = {
        "greetings": sum(member.greeted.total() for member in members),
        "messages": sum(len(member.posted) for member in members),
        "mails": sum(len(member.signed_up) + len(member.learned) for member in members),
    }
    silence = longest_silence(kills, requests)
    victims = Counter(victim for victim, _ in kills)
    print(f"{kind}: {len(kills)} kills in {seconds:.0f} s: {dict(victims)}")
    print(
        f"requests {len(requests)}, failed {dict(Counter(one.ended for one in failed(requests)))}"
    )
    print(f"acknowledged: {acknowledged}")
    for victim, longest in silence.items():
        print(f"longest time until an answer, after {victim} was killed: {longest:.2f} s")
    print(f"longest request {max(request.seconds for request in requests):.2f} s")


def main() -> None:
    """Print a report for a database."""
    parser = argparse.ArgumentParser(description="Kill processes of a site at random moments.")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--database", choices=DATABASES, default="sqlite")
    parser.add_argument("--minutes", type=float, default=60, help="after which it kills no more")
    parser.add_argument("--visitors", type=int, default=4)
    arguments = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        create_database(arguments.database, Path(folder)) as url,
    ):
        found = run(arguments, url, Path(folder))
    sys.exit(1 if any(found.values()) else 0)


if __name__ == "__main__":
    main()
