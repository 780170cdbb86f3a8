"""A site as it runs in production, with what may fail of it in a bench's hands."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from app import create_app, db
from app.api import tokens
from app.api.models import Scope
from app.models import Role, User
from bench.acknowledged import PASSWORD, Member
from bench.faults.units import Unit
from bench.mail_sink import WORKER, Sink
from tests.servers import free_port, wait_for

MANY = "1000000 per minute"
LIMITS = (
    "ADDRESS_FIRST_MESSAGES_LIMIT",
    "ADDRESS_MESSAGES_LIMIT",
    "API_LIMIT",
    "FIRST_MESSAGES_LIMIT",
    "MESSAGES_LIMIT",
    "NEW_NAMES_LIMIT",
    "SEARCHES_LIMIT",
    "UNASKED_MAILS_LIMIT",
)
SERVER = (  # as in README.md
    "-m deploy.granian --interface wsgi --no-ws --http 1 --http1-buffer-size 65536 --workers 2 "
    "--blocking-threads 8 --respawn-failed-workers --workers-kill-timeout 10 --log-level critical"
)


class Site:
    """The server with two workers, the mail worker, and where their mails go."""

    def __init__(
        self,
        url: str,
        folder: Path,
        settings: dict[str, str] | None = None,
        told: dict[str, str] | None = None,
    ) -> None:
        self.url, self.sink, self.port = url, Sink(), free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.settings = make_settings(url, self.sink) | (settings or {})
        self.log = folder / "log"
        os.environ |= self.settings
        self.told = self.settings | (told or {})  # what the bench's own process need not know

    def start(self) -> None:
        """Start both, and return when the server listens."""
        server = [*SERVER.split(), f"--port={self.port}", "flasky:app"]
        self.server = Unit(server, self.told, self.log)
        self.mail_worker = Unit(["-c", WORKER], self.told, self.log)
        wait_for(self.port)

    def stop(self) -> None:
        """End both, and the mail server."""
        self.server.stop()
        self.mail_worker.stop()
        self.sink.stop()

    def wait_for_mails(self) -> None:
        """Return as soon as no mail and no notice waits."""
        wait_until(lambda: not count_unsent(self.url), "all mails are sent")

    def add_members(self, number: int) -> list[Member]:
        """Make accounts with tokens, and log them in."""
        names = [f"member{one}" for one in range(number)]
        with create_app("production").app_context():
            db.create_all()
            members = [Member(self.address, name, add_account(name)) for name in names]
            db.engine.dispose()
        return members


def add_account(name: str) -> str:
    """Make an account, and return a token of it."""
    user = User(username=name, email=f"{name}@example.com", password=PASSWORD)
    user.role = Role.get_or_insert(Role.DEFAULT)
    user.member_since, user.visits = datetime.now(UTC), 0
    db.session.add(user)
    db.session.commit()
    return tokens.create(user, "bench", [Scope.READ, Scope.WRITE], None)[1]


def make_settings(url: str, sink: Sink) -> dict[str, str]:
    """Return the settings of a site whose visitors have no limits."""
    return dict.fromkeys(LIMITS, MANY) | {
        "FLASK_CONFIG": "production",
        "FLASK_SKIP_DOTENV": "1",
        "SECRET_KEY": "one secret key for all processes",
        "DATABASE_URL": url,
        "TRUSTED_HOSTS": "127.0.0.1,localhost",
        "TRUSTED_PROXIES": "1",
        "LOG_REQUESTS": "false",
        "FLASKY_ADMIN": "admin@example.com",
        "FLASKY_MAIL_SENDER": "Flasky <flasky@example.com>",
        "NEW_USER_MAIL_INTERVAL": "1",
        "MAIL_SERVER": "127.0.0.1",
        "MAIL_PORT": str(sink.port),
        "MAIL_USE_TLS": "false",
    }


@contextmanager
def running_site(
    url: str,
    folder: Path,
    members: int,
    settings: dict[str, str] | None = None,
    told: dict[str, str] | None = None,
) -> Iterator[tuple[Site, list[Member]]]:
    """Serve Flasky on an empty database, to members who are logged in."""
    site = Site(url, folder, settings, told)
    visitors = site.add_members(members)
    site.start()
    try:
        for member in visitors:
            member.log_in()
        yield site, visitors
    finally:
        for member in visitors:
            member.is_over.set()
        site.stop()


def count_unsent(url: str) -> int:
    """Return how many mails and notices wait."""
    mails = "SELECT count(*) FROM outgoing_mail WHERE due IS NOT NULL"
    notices = "SELECT count(*) FROM notices WHERE mail_id IS NULL"
    with create_engine(url, poolclass=NullPool).connect() as connection:
        return sum(connection.scalar(text(sql)) or 0 for sql in (mails, notices))


def wait_until(is_so: Callable[[], bool], what: str, seconds: float = 120) -> float:
    """Return how long it took until something is so, or stop the bench."""
    began = time.monotonic()
    while not is_so():
        if time.monotonic() - began > seconds:
            sys.exit(f"After {seconds:.0f} s still not: {what}.")
        time.sleep(0.05)
    return time.monotonic() - began
