"""Making the faults in turn, and a line for each."""

import os
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from bench.acknowledged import (
    Member,
    Request,
    all_requests,
    count_lost_greetings,
    leave,
    read_visits,
    wait_until_well,
)
from bench.faults.audit import audit
from bench.faults.kinds import Fault, Place, clock_set_back, half_requests_at_nginx
from bench.faults.servers import Clock, LackingError, PostgreSQL, Redis, small_disk, started
from bench.faults.site import running_site
from tests.front.proxies import proxy
from tests.judges.front import make_certificate

HEADINGS = "what visitors saw | longest wait | lost | pages well after | mails well after"
VISITORS = 3
SECONDS_BEFORE = 2  # of quiet
SECONDS_FOR_A_MAIL = 90  # the longest pause of the mail worker is a minute


def lost_so_far(url: str, members: Sequence[Member]) -> int:
    """Return how many of the greetings and messages acknowledged until now are not there."""
    greeted: Counter[str] = sum((member.greeted.copy() for member in members), Counter())
    posted = [message for member in members for message in member.posted.copy()]
    with create_engine(url, poolclass=NullPool).connect() as connection:
        kept = set(connection.scalars(text("SELECT text FROM messages")))
        lost = sum(message not in kept for message in posted)
        return lost + count_lost_greetings(greeted, read_visits(connection))


def make(fault: Fault, place: Place, members: Sequence[Member], seconds: float) -> None:
    """Make a fault, take it away, and print its line."""
    time.sleep(SECONDS_BEFORE)
    began = time.monotonic()
    with fault(place):
        time.sleep(seconds)
    gone = time.monotonic()
    well = wait_until_well(members, gone)
    seen = all_requests(members, began)
    mail = seconds_until_mail(place, gone)
    lost = lost_so_far(place.site.url, members)
    longest = max(request.seconds for request in seen)
    print(
        f"{name_of(fault)} | {describe(seen)} | {longest:.1f} s | {lost} | {well:.1f} s | {mail}",
        flush=True,
    )


def describe(seen: Sequence[Request]) -> str:
    """Return how requests were answered, and whether a 5xx was Flasky's own page."""
    good = sum(request.is_good for request in seen)
    ends = Counter(_name(request) for request in seen if not request.is_good)
    return ", ".join([f"{good} well", *(f"{times} {end}" for end, times in ends.items())])


def _name(request: Request) -> str:
    is_fault = request.ended.startswith("5")
    return request.ended + (" without a page" if is_fault and not request.is_explained else "")


def seconds_until_mail(place: Place, gone: float) -> str:
    """Return how long it took until a mail left after a fault was gone."""
    came_at = place.site.sink.came_at
    while not came_at or came_at[-1] < gone:
        if time.monotonic() > gone + SECONDS_FOR_A_MAIL:
            return "no mail"
        time.sleep(0.1)
    return f"{min(at for at in came_at if at >= gone) - gone:.1f} s"


def run(kind: str, faults: Sequence[Fault], seconds: float, folder: Path) -> dict[str, int]:
    """Make each of the faults on a site of its own, audit it, and return what was found."""
    with ExitStack() as stack:
        clock = make_clock(folder) if clock_set_back in faults else None
        place, members = open_place(stack, kind, folder, clock)
        if half_requests_at_nginx in faults:
            stand_before(stack, place, folder)
        for member in members:
            member.start()
        for fault in faults:
            try:
                make(fault, place, members, seconds)
            except LackingError as error:
                print(f"{name_of(fault)} | not made: {error}")
        leave(members)
        place.site.wait_for_mails()
        return audit(place.site.url, place.site.address, place.site.sink, members)


def make_clock(folder: Path) -> Clock | None:
    """Return a clock for the site, if this machine has what it takes."""
    with suppress(LackingError):
        return Clock(folder)
    return None


def open_place(
    stack: ExitStack, kind: str, folder: Path, clock: Clock | None
) -> tuple[Place, list[Member]]:
    """Start servers and a site on them."""
    redis = Redis()
    stack.enter_context(started(redis))
    settings, disk, postgresql, url = {"LIMITS_STORAGE": redis.url}, None, None, ""
    if kind == "postgresql":
        postgresql = PostgreSQL(folder)
        stack.enter_context(started(postgresql))
        url = postgresql.url
    else:
        disk = stack.enter_context(small_disk(folder / "disk")) if os.geteuid() == 0 else None
        url = f"sqlite:///{disk or folder}/data.sqlite"
    told = clock.settings if clock else {}
    site, members = stack.enter_context(running_site(url, folder, VISITORS, settings, told))
    return Place(site, redis, postgresql, disk, clock), members


def stand_before(stack: ExitStack, place: Place, folder: Path) -> None:
    """Start nginx with the settings of deploy/, and let somebody come through it."""
    certificate = make_certificate(folder)
    place.front = stack.enter_context(proxy("nginx", place.site.port, folder, *certificate)).https


def name_of(fault: Fault) -> str:
    """Return what a fault is called in the table."""
    return fault.__name__.replace("_", " ")
