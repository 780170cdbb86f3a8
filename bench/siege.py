"""What strangers who do their worst cost others, on a site behind nginx.

Run it with `python bench/siege.py [--seconds 60] [--rate 20] [--workers 2] [--proxy nginx]`. The
site runs as README.md says, in production, on SQLite. From 200 addresses of this machine come, each
so many times a second:

- passwords of 64 kB, and of as much as a form may have, in letters that are slow to normalize;
- requests that are half sent, of which 60 are always open;
- names that are none, and names that are new;
- wrong passwords for one account, whose owner logs in meanwhile, with a browser that has before.

Others look at the first page. How long that takes is printed without the strangers and with them.
Everything shares the cores of this machine, so the ratio is more than another machine would print.
"""

import argparse
import multiprocessing
import os
import random
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from app import create_app, db
from tests.auth.people import PASSWORD, add_account
from tests.front.proxies import PROXIES, Proxy, proxy
from tests.front.visitor import Visitor, half_sent
from tests.judges.front import make_certificate
from tests.pages import form_token
from tests.servers import free_port, running

ADDRESSES = 200
HALF = (
    b"POST /auth/login HTTP/1.1\r\nHost: localhost\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\n"
    b"Content-Length: 100\r\n\r\nlogin"
)
OPEN_AT_ONCE = 60
SECONDS_HELD = 5
SLOW = "a" + "\u0345" * 1000 + "\u0334" * 1000  # of which a form may have 16 KiB
NAMES = ["\ufdfa" * 300, "<script>", "\u202e" * 64, "Z" + "\u0301" * 60, "http://evil.example"]
REDIRECT = 303
OTHERS = 4  # visitors who look at pages at once

Answers = Counter[str]


class Stranger:
    """Somebody with 200 addresses, who has opened a form with each."""

    def __init__(self, port: int) -> None:
        self.visitors = [Visitor(port, f"127.0.30.{1 + i}") for i in range(ADDRESSES)]
        self.tokens: dict[str, str] = {}

    def post(self, path: str, **fields: str) -> str:
        """Send a form from one of the addresses, and return the status, or what went wrong."""
        visitor = random.choice(self.visitors)  # noqa: S311  # no secret
        try:
            if visitor.address not in self.tokens:
                self.tokens[visitor.address] = form_token(visitor.ask("/auth/login", []).text)
            token = self.tokens[visitor.address]
            return str(visitor.ask(path, [], {"csrf_token": token, **fields}).status)
        except (OSError, AssertionError) as error:
            return type(error).__name__


def send_long_passwords(stranger: Stranger) -> str:
    """Try a password that nobody has."""
    password = random.choice(["x" * 64_000, SLOW])  # noqa: S311  # no secret
    return stranger.post("/auth/login", login="nobody", password=password)


def say_hostile_names(stranger: Stranger) -> str:
    """Say a name."""
    new = f"name {random.randrange(10**9)}"  # noqa: S311  # no secret
    return stranger.post("/", name=random.choice([*NAMES, new]))  # noqa: S311  # no secret


def guess_susans_password(stranger: Stranger) -> str:
    """Guess."""
    guess = f"guess {random.randrange(10**9)}"  # noqa: S311  # no secret
    return stranger.post("/auth/login", login="susan", password=guess)


def hold_half_bodies(stranger: Stranger) -> str:
    """Keep connections for a while."""
    with (
        suppress(OSError),
        half_sent(stranger.visitors[0].port, "127.0.31.1", [HALF] * OPEN_AT_ONCE),
    ):
        time.sleep(SECONDS_HELD)
    return "held"


ATTACKS: dict[str, Callable[[Stranger], str]] = {
    "long passwords": send_long_passwords,
    "hostile names": say_hostile_names,
    "guesses for one account": guess_susans_password,
    "half bodies": hold_half_bodies,
}


def attack(name: str, port: int, rate: float, seconds: float, told: multiprocessing.Queue) -> None:  # type: ignore[type-arg]
    """Do one thing at that rate, in a process of its own, and tell how it was answered."""
    stranger, answers, end = Stranger(port), Counter[str](), time.monotonic() + seconds

    def repeat() -> None:
        while time.monotonic() < end:
            answers[ATTACKS[name](stranger)] += 1
            time.sleep(THREADS / rate)

    run_at_once([repeat] * (1 if ATTACKS[name] is hold_half_bodies else THREADS))
    told.put((name, answers))


THREADS = 8


def run_at_once(deeds: list[Callable[[], None]]) -> None:
    """Do all of that, each in a thread."""
    threads = [threading.Thread(target=deed) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def measure(port: int, seconds: float) -> tuple[list[float], Answers]:
    """Look at the first page until it is over, and let the owner log in again and again."""
    took: list[float] = []
    let_in: Answers = Counter()
    end = time.monotonic() + seconds
    owner = Visitor(port, "127.0.40.1")
    log_in(owner)

    def look(number: int) -> None:
        visitor = Visitor(port, f"127.0.41.{number}")
        while time.monotonic() < end:
            began = time.monotonic()
            try:
                let_in["pages " + str(visitor.ask("/", []).status)] += 1
            except OSError as error:
                let_in["pages " + type(error).__name__] += 1
            took.append(time.monotonic() - began)
            time.sleep(0.1)

    def keep_logging_in() -> None:
        while time.monotonic() < end:
            let_in["owner " + log_in(owner)] += 1
            time.sleep(10)

    looks = [lambda number=number: look(number) for number in range(1, OTHERS + 1)]
    run_at_once([*looks, keep_logging_in])
    return took, let_in


def log_in(owner: Visitor) -> str:
    """Log the owner in with the browser that they have, and return the status."""
    owner.cookies.pop("__Host-session", None)
    try:
        token = form_token(owner.ask("/auth/login", []).text)
        fields = {"csrf_token": token, "login": "susan", "password": PASSWORD}
        return str(owner.ask("/auth/login", [], fields).status)
    except (OSError, AssertionError) as error:
        return type(error).__name__


@contextmanager
def site(name: str, workers: int) -> Iterator[Proxy]:
    """Serve Flasky in production behind that proxy, with susan's account."""
    with tempfile.TemporaryDirectory() as folder:
        settings = {
            "FLASK_CONFIG": "production",
            "FLASK_SKIP_DOTENV": "1",
            "SECRET_KEY": "one secret key for all processes",
            "DATABASE_URL": f"sqlite:///{folder}/data.sqlite",
            "TRUSTED_HOSTS": "localhost",
            "TRUSTED_PROXIES": "1",
            "LOG_REQUESTS": "false",  # or nobody would find what is printed at the end
        }
        os.environ |= settings
        app = create_app("production")
        with app.app_context():
            db.create_all()
        add_account(app, "susan")
        port = free_port()
        options = f"--interface wsgi --no-ws --http 1 --http1-buffer-size 65536 --workers {workers}"
        options += " --blocking-threads 8"
        granian = [sys.executable, "-m", "deploy.granian", *options.split()]
        command = [*granian, "--log-level", "error", "--port", str(port), "flasky:app"]
        certificate = make_certificate(Path(folder))
        with (
            running(command, port, settings["DATABASE_URL"], settings),
            proxy(name, port, Path(folder), *certificate) as before_it,
        ):
            yield before_it


def show(what: str, took: list[float], answers: Answers) -> None:
    """Print how long pages took, and how everybody was answered."""
    p99 = statistics.quantiles(took, n=100)[98]
    print(
        f"{what}: GET / {len(took)} times, median {statistics.median(took) * 1000:.0f} ms, "
        f"p99 {p99 * 1000:.0f} ms, longest {max(took) * 1000:.0f} ms; {dict(answers)}"
    )


def main() -> None:
    """Measure without strangers, and with them."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--rate", type=float, default=20, help="of each attack, a second")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--proxy", choices=PROXIES, default="nginx")
    arguments = parser.parse_args()
    with site(arguments.proxy, arguments.workers) as before_it:
        port, seconds = before_it.https, arguments.seconds
        quiet, answers = measure(port, seconds / 4)
        show("quiet", quiet, answers)
        told: multiprocessing.Queue[tuple[str, Answers]] = multiprocessing.Queue()
        rest = (port, arguments.rate, seconds, told)
        strangers = [multiprocessing.Process(target=attack, args=(name, *rest)) for name in ATTACKS]
        for stranger in strangers:
            stranger.start()
        besieged, answers = measure(port, seconds)
        show("besieged", besieged, answers)
        for _ in strangers:
            name, answers = told.get()
            print(f"  {name}: {dict(answers)}")
        for stranger in strangers:
            stranger.join()
    ratio = statistics.median(besieged) / statistics.median(quiet)
    print(f"A page takes {ratio:.1f} times as long.")


if __name__ == "__main__":
    main()
