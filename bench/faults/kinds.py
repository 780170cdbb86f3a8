"""The faults: each is there for as long as its context."""

import random
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from bench.faults.servers import Clock, LackingError, PostgreSQL, Redis
from bench.faults.site import Site
from bench.faults.units import send
from tests.front.visitor import connect, half_sent

HALF_HEAD = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text"
HALF_BODY = (
    b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    b"Content-Length: 100\r\n\r\nname"
)
WHOLE = b"GET /static/site.css HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
HALF_SENT = 60
HOUR = 60 * 60  # seconds
END_OTHERS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE application_name <> 'taker' AND client_port IS NOT NULL"
)


@dataclass
class Place:
    """What there is to break. Not every site has all of it."""

    site: Site
    redis: Redis
    _postgresql: PostgreSQL | None
    _disk: Path | None
    _clock: Clock | None
    front: int = 0  # the port of nginx

    @property
    def postgresql(self) -> PostgreSQL:
        """The cluster of the site."""
        assert self._postgresql  # noqa: S101
        return self._postgresql

    @property
    def disk(self) -> Path:
        """The small disk of the database. Raise LackingError."""
        if not self._disk:
            raise LackingError("only root can mount a small disk")
        return self._disk

    @property
    def clock(self) -> Clock:
        """The clock of the site. Raise LackingError."""
        if not self._clock:
            raise LackingError("there is no libfaketime: apt-get install libfaketime")
        return self._clock


Fault = Callable[[Place], AbstractContextManager[None]]


@contextmanager
def a_worker_killed(place: Place) -> Iterator[None]:
    """Kill one of the two processes that serve."""
    send(random.choice(place.site.server.children()), signal.SIGKILL)  # noqa: S311
    yield


@contextmanager
def the_server_killed(place: Place) -> Iterator[None]:
    """Kill the server's first process, and so all of it."""
    place.site.server.kill()
    yield


@contextmanager
def the_mail_worker_killed(place: Place) -> Iterator[None]:
    """Kill what sends mails."""
    place.site.mail_worker.kill()
    yield


@contextmanager
def mail_server_refuses(place: Place) -> Iterator[None]:
    """Let nobody listen there."""
    place.site.sink.stop()
    yield
    place.site.sink.start()


@contextmanager
def mail_server_hangs(place: Place) -> Iterator[None]:
    """Take connections, and say nothing."""
    place.site.sink.stop()
    with socket.create_server(("127.0.0.1", place.site.sink.port)):
        yield
    place.site.sink.start()


@contextmanager
def redis_stopped(place: Place) -> Iterator[None]:
    """Stop the Redis in which limits are counted."""
    place.redis.stop()
    yield
    place.redis.start()


@contextmanager
def redis_hangs(place: Place) -> Iterator[None]:
    """Freeze it."""
    place.redis.process.send_signal(signal.SIGSTOP)
    yield
    place.redis.process.send_signal(signal.SIGCONT)


@contextmanager
def disk_full(place: Place) -> Iterator[None]:
    """Fill the disk of the database."""
    file = place.disk / "full"
    with file.open("wb", buffering=0) as full, suppress(OSError):
        while True:
            full.write(bytes(4096))
    yield
    file.unlink()


@contextmanager
def clock_set_back(place: Place) -> Iterator[None]:
    """Set the clock of the site's processes back by an hour."""
    place.clock.set(-HOUR)
    yield
    place.clock.set(0)


@contextmanager
def table_locked(place: Place) -> Iterator[None]:
    """Let somebody else change users, and not come to an end."""
    with connected(place) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("LOCK TABLE users IN ACCESS EXCLUSIVE MODE"))
        else:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        yield


@contextmanager
def database_stopped(place: Place) -> Iterator[None]:
    """Stop PostgreSQL, as `systemctl restart` does."""
    place.postgresql.stop("fast")
    yield
    place.postgresql.start()


@contextmanager
def database_crashed(place: Place) -> Iterator[None]:
    """Stop it without a goodbye: it recovers when it starts."""
    place.postgresql.stop("immediate")
    yield
    place.postgresql.start()


@contextmanager
def database_hangs(place: Place) -> Iterator[None]:
    """Freeze all of its processes."""
    place.postgresql.signal(signal.SIGSTOP)
    yield
    place.postgresql.signal(signal.SIGCONT)


@contextmanager
def no_connection_left(place: Place) -> Iterator[None]:
    """Take all connections that PostgreSQL allows, those of the site as well."""
    named = {"application_name": "taker"}
    engine = create_engine(place.site.url, poolclass=NullPool, connect_args=named)
    with ExitStack() as held:
        first = held.enter_context(engine.connect())
        for _ in range(3 * PostgreSQL.MOST_CONNECTIONS):
            try:
                held.enter_context(engine.connect())
            except OperationalError:
                first.execute(text(END_OTHERS))
        yield


@contextmanager
def half_requests(place: Place) -> Iterator[None]:
    """Hold 60 connections with half of a request, at Granian itself."""
    with ExitStack() as held:
        for number in range(HALF_SENT):
            connection = held.enter_context(
                connect(place.site.port, "127.0.0.1", is_encrypted=False)
            )
            connection.sendall(HALF_BODY if number % 2 else HALF_HEAD)
        yield


@contextmanager
def half_requests_at_nginx(place: Place) -> Iterator[None]:
    """Hold them at nginx."""
    with half_sent(place.front, "127.0.0.1", [HALF_HEAD, HALF_BODY] * (HALF_SENT // 2)):
        yield


@contextmanager
def clients_that_hang_up(place: Place) -> Iterator[None]:
    """Ask for something, again and again, and close the connection in the middle of the answer."""
    is_over = threading.Event()

    def hang_up() -> None:
        while not is_over.wait(0.01):
            with suppress(OSError), connect(place.site.port, "127.0.0.1", is_encrypted=False) as it:
                it.sendall(WHOLE)
                it.recv(10)

    threads = [threading.Thread(target=hang_up) for _ in range(4)]
    for thread in threads:
        thread.start()
    yield
    is_over.set()
    for thread in threads:
        thread.join()


@contextmanager
def connected(place: Place) -> Iterator[Connection]:
    """Give a connection to the site's database, which is nobody else's."""
    with create_engine(place.site.url, poolclass=NullPool).connect() as connection:
        yield connection


EVERYWHERE: list[Fault] = [
    a_worker_killed,
    the_server_killed,
    the_mail_worker_killed,
    mail_server_refuses,
    mail_server_hangs,
    redis_stopped,
    redis_hangs,
    clock_set_back,
    table_locked,
    half_requests,
    half_requests_at_nginx,
    clients_that_hang_up,
]
OF_POSTGRESQL: list[Fault] = [
    database_stopped,
    database_crashed,
    database_hangs,
    no_connection_left,
]
FAULTS: dict[str, list[Fault]] = {
    "sqlite": [disk_full, *EVERYWHERE],
    "postgresql": [*OF_POSTGRESQL, *EVERYWHERE],
}
