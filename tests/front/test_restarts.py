"""Behind each proxy, visitors wait for a host that is started anew, or another one serves them."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest

from app import create_app
from tests.databases import create_tables
from tests.front.proxies import PROXIES, proxy
from tests.front.visitor import Answer, Visitor
from tests.pages import form_token
from tests.server.test_workers import GRANIAN, workers_of
from tests.servers import ROOT, stop

OPTIONS = GRANIAN.removesuffix(" --port").split()
# As systemd passes its socket on.
SERVE = (
    "import os, sys; os.dup2(int(sys.argv[1]), 3); os.environ['LISTEN_PID'] = str(os.getpid()); "
    "os.execv(sys.argv[2], sys.argv[2:])"
)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A site in production, whose database has its tables."""
    chosen = {
        "FLASK_CONFIG": "production",
        "FLASK_SKIP_DOTENV": "1",
        "SECRET_KEY": "one secret key for all processes",
        "DATABASE_URL": f"sqlite:///{tmp_path / 'data.sqlite'}",
        "TRUSTED_HOSTS": "localhost",
        "TRUSTED_PROXIES": "1",
    }
    for name, value in chosen.items():
        monkeypatch.setenv(name, value)
    with create_app("production").app_context():
        create_tables()
    return chosen


@contextmanager
def held_socket() -> Iterator[tuple[socket.socket, int]]:
    """Listen, as systemd does by flasky.socket."""
    with closing(socket.socket()) as held:
        held.bind(("127.0.0.1", 0))
        held.listen(1024)
        yield held, held.getsockname()[1]


@contextmanager
def served(held: socket.socket) -> Iterator[subprocess.Popen[bytes]]:
    """Serve on that socket, as the unit does."""
    program = [sys.executable, *OPTIONS]
    command = [sys.executable, "-c", SERVE, str(held.fileno()), *program]
    with subprocess.Popen(command, cwd=ROOT, pass_fds=[held.fileno()]) as server:
        try:
            yield server
        finally:
            if server.poll() is None:
                stop(server)


def answer_of(ask: Callable[[], Answer]) -> int:
    """Return the status of an answer, or 0 if there is none."""
    try:
        return ask().status
    except OSError:
        return 0


@pytest.mark.parametrize("name", PROXIES)
@pytest.mark.usefixtures("settings")
def test_visitors_wait_while_flasky_is_started_anew(
    name: str, tmp_path: Path, certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.front.visitor.SECONDS", 60)
    with (
        held_socket() as (held, port),
        proxy(name, port, tmp_path, *certificate) as front,
        ThreadPoolExecutor(4) as pool,
    ):
        visitors = [Visitor(front.https, f"127.0.60.{number}") for number in range(1, 5)]
        with served(held):
            token = [form_token(each.ask("/", []).text) for each in visitors]
        forms = [
            pool.submit(each.ask, "/", [], {"csrf_token": one, "name": f"john {number}"})
            for number, (each, one) in enumerate(zip(visitors[:2], token[:2], strict=True))
        ]
        pages = [pool.submit(each.ask, "/", []) for each in visitors[2:]]
        time.sleep(1)  # nobody is there
        assert not any(answer.done() for answer in [*forms, *pages])
        with served(held):
            assert [answer.result().status for answer in forms] == [303, 303]
            assert [answer.result().status for answer in pages] == [200, 200]


@pytest.mark.parametrize("name", PROXIES)
@pytest.mark.usefixtures("settings")
def test_every_page_is_served_while_one_of_two_hosts_is_killed(
    name: str, tmp_path: Path, certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.front.visitor.SECONDS", 60)
    with ExitStack() as stack:
        (first, one), (second, other) = (stack.enter_context(held_socket()) for _ in range(2))
        killed, _ = (stack.enter_context(served(held)) for held in (first, second))
        front = stack.enter_context(proxy(name, [one, other], tmp_path, *certificate))
        pool = stack.enter_context(ThreadPoolExecutor(4))
        visitor = Visitor(front.https, "127.0.61.1")
        assert [visitor.ask("/", []).status for _ in range(4)] == [200] * 4  # of both
        pages = [pool.submit(answer_of, lambda: visitor.ask("/", [])) for _ in range(60)]
        for process in [*workers_of(killed), killed.pid]:
            os.kill(process, signal.SIGKILL)
        first.close()
        assert {page.result() for page in pages} == {200}
        assert [visitor.ask("/", []).status for _ in range(8)] == [200] * 8
