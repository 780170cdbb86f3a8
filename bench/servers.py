"""The servers that bench/serve.py compares, each with a database of its own."""

import importlib.util
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from urllib.parse import urlencode

from flask.sessions import SecureCookieSessionInterface

from bench.bare import bare_app
from bench.browsers import Client
from bench.greeter import token_of
from bench.load import Request
from bench.processes import family, megabytes, processor_seconds
from tests.server.test_workers import GRANIAN
from tests.servers import ROOT, free_port, stop

HOST = "flasky.example.com"
PROXIED = {"Host": HOST, "X-Forwarded-For": "192.0.2.1", "X-Forwarded-Proto": "https"}
SETTINGS = {
    "FLASK_CONFIG": "production",
    "FLASK_SKIP_DOTENV": "1",
    "SECRET_KEY": "one secret key for all processes",
    "TRUSTED_HOSTS": HOST,
    "TRUSTED_PROXIES": "1",
}
PYTHON = Path(sys.executable)
GRANIAN_OF_TWO = f"{PYTHON} {GRANIAN} {{port}}".replace("--workers 1", "--workers 2")
GUNICORN = f"{PYTHON} -m gunicorn --workers 2 --threads 8 --bind 127.0.0.1:{{port}} flasky:app"
# As boot.sh of the book's chapter 17 has it.
OF_THE_BOOK = (
    "{folder}/venv/bin/gunicorn -b :{{port}} --access-logfile - --error-logfile - flasky:app"
)
SECONDS_TO_START = 60


class Site:
    """A server that runs, and what somebody asks it who has a session there."""

    def __init__(self, server: "Server", port: int, process: int, seconds: float) -> None:
        self.server, self.port, self.process = server, port, process
        self.seconds_to_start = seconds
        self.requests = {"GET /": self._make_request("GET", bare_cookie(), 200)}
        if server.redirect:
            token, cookie = self._say_name()
            form = urlencode({"csrf_token": token, "name": "john"})
            self.requests = {
                "GET /": self._make_request("GET", cookie, 200),
                "POST /": self._make_request("POST", cookie, server.redirect, form),
            }

    def processor_seconds(self) -> float:
        """Return the seconds that all processes of the server have worked."""
        return processor_seconds(self.process)

    def megabytes_of_workers(self) -> list[float]:
        """Return the memory of each worker."""
        return [megabytes(worker) for worker in family(self.process)[1:]]

    def _say_name(self) -> tuple[str, str]:
        """Say a name until it is known, and return the token and the cookie for the next time."""
        client = Client(f"http://127.0.0.1:{self.port}", PROXIED)
        for _ in range(2):
            token = token_of(client.ask("/").text)
            answer = client.ask("/", {"csrf_token": token, "name": "john"})
            assert answer.status == self.server.redirect, answer  # noqa: S101
        return token, "; ".join(f"{name}={value}" for name, value in client.cookies.items())

    def _make_request(self, method: str, cookie: str, status: int, body: str = "") -> Request:
        headers = PROXIED | {"Cookie": cookie}
        if body:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            headers["Content-Length"] = str(len(body))
        lines = [f"{method} / HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
        return Request(self.port, "\r\n".join([*lines, "", body]).encode(), status)


def bare_cookie() -> str:
    """Return a session for the bare view, as long as a visitor's of Flasky."""
    app = bare_app()
    serializer = SecureCookieSessionInterface().get_signing_serializer(app)
    assert serializer  # noqa: S101
    session = {"csrf_token": "0" * 40, "name": "john", "known": True, "last_seen": "0" * 32}
    return f"session={serializer.dumps(session)}"


@dataclass
class Server:
    """One of them. A port stands in its command where it says {port}."""

    command: str
    settings: dict[str, str] = field(default_factory=dict)
    folder: Path = ROOT
    redirect: int = 303  # the status of a POST; 0 where there is no form

    @contextmanager
    def running(self, log: Path) -> Iterator["Site"]:
        """Give it as soon as it has answered."""
        port, began = free_port(), time.monotonic()
        command = self.command.format(port=port).split()
        with (
            log.open("ab") as file,
            subprocess.Popen(
                command, cwd=self.folder, env=self._environment(), stdout=file, stderr=file
            ) as process,
        ):
            try:
                self._wait_for_answer(port, log)
                yield Site(self, port, process.pid, time.monotonic() - began)
            finally:
                stop(process)

    def upgrade(self) -> None:
        """Make the tables."""
        flask = Path(self.command.split()[0]).with_name("flask")
        subprocess.run(
            [flask, "db", "upgrade"],
            cwd=self.folder,
            env=self._environment(),
            check=True,
            capture_output=True,
        )

    def _environment(self) -> dict[str, str]:
        return os.environ | {"FLASK_APP": "flasky.py"} | self.settings

    def _wait_for_answer(self, port: int, log: Path) -> None:
        end = time.monotonic() + SECONDS_TO_START
        while time.monotonic() < end:
            try:
                Client(f"http://127.0.0.1:{port}", PROXIED).ask("/")
            except (OSError, HTTPException):
                time.sleep(0.01)
            else:
                return
        raise TimeoutError(f"{self.command} does not start: {log.read_text()[-2000:]}")


def make_servers(folder: Path, original: Path | None) -> dict[str, Server]:
    """Return those that can be started here, with their tables."""
    bare = GRANIAN_OF_TWO.replace("deploy.granian", "granian")  # which does not load Flasky
    bare = bare.replace("flasky:app", "--factory bench.bare:bare_app")
    servers = {
        "Flasky": Server(GRANIAN_OF_TWO, settings_for(folder / "flasky.sqlite")),
        "Flasky, gunicorn": Server(GUNICORN, settings_for(folder / "gunicorn.sqlite")),
        "bare view": Server(bare, redirect=0),
    }
    if not importlib.util.find_spec("gunicorn"):
        del servers["Flasky, gunicorn"]
        print("Flasky under gunicorn is left out: pip install gunicorn")
    if original:
        command = OF_THE_BOOK.format(folder=original.resolve())
        settings = settings_for(folder / "original.sqlite") | {"SERVER_NAME": HOST}
        servers["the original"] = Server(command, settings, original, redirect=302)
    for server in servers.values():
        if server.redirect:
            server.upgrade()
    return servers


def settings_for(database: Path) -> dict[str, str]:
    """Return the settings of a site in production."""
    return SETTINGS | {"DATABASE_URL": f"sqlite:///{database}"}
