"""What becomes of mails when workers are killed and servers fail, and what a mail costs a request.

Run it with `python bench/mails.py [kills] [requests] [burst]`, and the addresses of servers in
TEST_POSTGRESQL_URL and TEST_MARIADB_URL (see docs/testing.md). Everything stays on this machine.
"""

import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from flask import Flask
from sqlalchemy import func, select

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from app import create_app, db
from app.email import send_email
from app.main.greeting import greet
from app.models import OutgoingMail
from bench.mail_sink import REFUSED, WORKER, Sink
from safe_schema.tests.databases import DATABASES, create_database
from tests.commands import ROOT

MAILS = 2000
KILLS = 20
NAMES = 10_000


@contextmanager
def flasky(kind: str, sink: Sink) -> Iterator[Flask]:
    """Give an application on an empty database, which sends to that server."""
    os.environ |= {
        "FLASK_CONFIG": "testing",
        "FLASK_SKIP_DOTENV": "1",
        "FLASKY_ADMIN": "admin@example.com",
        "MAIL_SERVER": "127.0.0.1",
        "MAIL_PORT": str(sink.port),
        "MAIL_USE_TLS": "false",
    }
    with tempfile.TemporaryDirectory() as folder, create_database(kind, Path(folder)) as url:
        os.environ["TEST_DATABASE_URL"] = url
        app = create_app("testing")
        app.config["WTF_CSRF_ENABLED"] = False
        with app.app_context():
            db.create_all()
        yield app
        with app.app_context():
            db.engine.dispose()
    sink.stop()


def start_worker() -> subprocess.Popen[bytes]:
    """Start a worker, which says nothing."""
    return subprocess.Popen([sys.executable, "-c", WORKER], cwd=ROOT, stderr=subprocess.DEVNULL)


def waiting(app: Flask) -> int:
    """Return how many mails wait."""
    with app.app_context():
        due = select(func.count()).where(OutgoingMail.due.is_not(None))
        return db.session.scalar(due) or 0


def wait_until(is_true: Callable[[], bool], seconds: float = 300) -> None:
    """Return as soon as something is true, or stop."""
    end = time.monotonic() + seconds
    while not is_true():
        if time.monotonic() > end:
            sys.exit("It never came to an end.")
        time.sleep(0.1)


def enqueue(app: Flask) -> None:
    """Commit the mails."""
    with app.app_context():
        for number in range(MAILS):
            user = REFUSED if number % 50 == 0 else "susan"
            send_email(f"{user}{number}@example.com", "New User", "mail/new_user")
        db.session.commit()


def kill_often(app: Flask, sink: Sink, number: int, kills: int) -> None:
    """Send all mails, with workers that are killed so many times, all at once."""
    for _ in range(kills):
        workers = [start_worker() for _ in range(number)]
        before = sum(sink.keys.values())
        some = before + random.randint(5, MAILS // kills // 2)  # noqa: S311
        wait_until(lambda some=some: sum(sink.keys.values()) >= some or not waiting(app))  # type: ignore[misc]
        if sink.rough and random.random() < 2 / kills:  # noqa: S311
            sink.pause(1)
        time.sleep(random.uniform(0, 0.05))  # noqa: S311
        for worker in workers:
            worker.kill()
            worker.wait()
    workers = [start_worker() for _ in range(number)]
    wait_until(lambda: not waiting(app))
    for worker in workers:
        worker.terminate()
        worker.wait()


def kills() -> None:
    """Print how many mails are lost, and how many come twice, when workers are killed."""
    print(f"{MAILS} mails      workers  kills  lost  twice  more often  given up  seconds")
    cases = [(4, 0, False), (1, KILLS, False), (4, KILLS, False), (4, KILLS, True)]
    for kind in DATABASES:
        for number, killed, rough in cases:
            sink = Sink(rough=rough)
            with flasky(kind, sink) as app:
                enqueue(app)
                began = time.monotonic()
                kill_often(app, sink, number, killed)
                seconds = time.monotonic() - began
                with app.app_context():
                    given_up = db.session.scalar(
                        select(func.count()).where(OutgoingMail.sent_at.is_(None))
                    )
            times = Counter(sink.keys.values())
            lost = MAILS - len(sink.keys) - (given_up or 0)
            name = f"{kind}, rough" if rough else kind
            print(
                f"{name:<18}{number:>4} {number * killed:>7} {lost:>6} {times[2]:>6} "
                f"{sum(count for often, count in times.items() if often > 2):>11} "  # noqa: PLR2004
                f"{given_up:>9} {seconds:>8.0f}",
                flush=True,
            )


def requests() -> None:
    """Print what a request costs that decides a mail, server up and down, as a ratio."""
    print("a request that decides a mail: server down / server up")
    for kind in DATABASES:
        sink = Sink()
        with flasky(kind, sink) as app:
            worker = start_worker()
            client = app.test_client()
            app.config["FLASKY_ADMIN"] = "admin@example.com"
            seconds: dict[bool, list[float]] = {True: [], False: []}
            for block in range(20):
                was_up, is_up = block % 4 in {1, 0}, block % 4 in {0, 3}  # either comes first
                if was_up and not is_up:
                    sink.stop()
                elif is_up and not was_up:
                    sink.start()
                for number in range(60):
                    began = time.perf_counter()
                    client.post("/", data={"name": f"{kind} {block} {number}"})
                    if number >= 10:  # noqa: PLR2004
                        seconds[is_up].append(time.perf_counter() - began)
            worker.kill()
            worker.wait()
        up, down = (statistics.median(seconds[is_up]) for is_up in (True, False))
        print(f"{kind:<12}{down / up:.2f}   ({1000 * up:.2f} ms up)", flush=True)


def burst() -> None:
    """Print how many mails tell the administrator of how many names."""
    print(f"{NAMES} new names at once")
    for kind in DATABASES:
        sink = Sink()
        with flasky(kind, sink) as app:
            workers = [start_worker() for _ in range(2)]

            def say(number: int, app: Flask = app) -> None:
                with app.app_context():
                    greet(f"visitor {number}")

            began = time.monotonic()
            with ThreadPoolExecutor(4) as threads:
                list(threads.map(say, range(NAMES)))
            said = time.monotonic() - began
            wait_until(lambda sink=sink: len(sink.names) >= NAMES)  # type: ignore[misc]
            told = time.monotonic() - began
            for worker in workers:
                worker.terminate()
                worker.wait()
        print(
            f"{kind:<12}{len(sink.keys)} mails, {len(sink.names)} names, "
            f"{len(set(sink.names))} different; said in {said:.0f} s, told after {told:.0f} s",
            flush=True,
        )


if __name__ == "__main__":
    for benchmark in sys.argv[1:] or ["kills", "requests", "burst"]:
        {"kills": kills, "requests": requests, "burst": burst}[benchmark]()
