"""Two hosts of Flasky behind nginx, as in deploy/nginx.conf, with one PostgreSQL and one Redis.

Each has its own server of two workers, its own mail worker, and its own environment.
"""

import random
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from bench.faults.site import SERVER, make_settings, wait_until
from bench.faults.units import Unit, send
from bench.mail_sink import WORKER, Sink
from tests.front.proxies import proxy
from tests.judges.front import make_certificate
from tests.servers import ROOT, free_port, wait_for
from tests.web.test_limits import redis

WORKERS = 2


class Host:
    """A server and a mail worker, which are started again whenever they end."""

    def __init__(self, log: Path, settings: dict[str, str]) -> None:
        self.log, self.settings, self.port = log, settings, free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.units: list[Unit] = []

    def start(self, code: Path = ROOT) -> None:
        """Start both, of that code, and return when visitors are answered."""
        there = f"import os, runpy\nos.chdir({str(code)!r})\n"
        serve = f"{there}runpy.run_module({SERVER.split()[1]!r}, run_name='__main__')"
        options = [*SERVER.split()[2:], f"--port={self.port}", "flasky:app"]
        started = [["-c", serve, *options], ["-c", there + WORKER]]
        self.units = [Unit(arguments, self.settings, self.log) for arguments in started]
        wait_until(self.is_whole, "the host has all of its workers")

    def stop(self) -> None:
        """End both cleanly, and return when they have ended."""
        for unit in self.units:
            unit.stop()

    def kill(self) -> None:
        """End everything at once."""
        for unit in self.units:
            for process in [*unit.children(), unit.process.pid]:
                send(process, signal.SIGKILL)

    def kill_worker(self) -> None:
        """End one of those that serve."""
        send(random.choice(self.units[0].children()), signal.SIGKILL)  # noqa: S311

    def is_whole(self) -> bool:
        """Return whether all workers of the server are there, and somebody listens."""
        with socket.socket() as probe:
            listens = probe.connect_ex(("127.0.0.1", self.port)) == 0
        return listens and len(self.units[0].children()) == WORKERS


class Hosts(NamedTuple):
    """Two hosts, where visitors reach them, and where their mails go."""

    both: list[Host]
    address: str
    sink: Sink


@contextmanager
def two_hosts(url: str, folder: Path) -> Iterator[Hosts]:
    """Serve a database that is up to date by two hosts, which are not started yet."""
    sink, counter = Sink(), free_port()
    settings = make_settings(url, sink) | {
        "LIMITS_STORAGE": f"redis://127.0.0.1:{counter}",
        "SECOND_FACTOR": "nobody",
    }
    both = [Host(folder / name, dict(settings)) for name in ("one", "two")]
    certificate = make_certificate(folder)
    with (
        redis(counter),
        proxy("nginx", [host.port for host in both], folder, *certificate) as front,
    ):
        try:
            yield Hosts(both, f"https://localhost:{front.https}", sink)
        finally:
            for host in both:
                host.stop()
            sink.stop()


def start_anew(host: Host, code: Path) -> None:
    """Start a host with other code, as an operator does: stop it cleanly first."""
    host.stop()
    host.start(code)
    wait_for(host.port)
