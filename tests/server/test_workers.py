"""Server processes that end: killed in the middle of their work, or asked to."""

import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing, suppress
from http.client import HTTPException
from pathlib import Path
from threading import Event, Thread
from urllib.parse import urlencode

import pytest
from flask import Flask
from sqlalchemy import select

from app import db
from app.models import User
from tests.server.test_race import new_visitor
from tests.servers import ROOT, free_port, running, stop, wait_for

# As in README.md, but for one worker: one that is still starting does not hear a signal.
GRANIAN = (
    "-m deploy.granian --interface wsgi --no-ws --http 1 --http1-buffer-size 65536 --workers 1 "
    "--blocking-threads 8 --respawn-failed-workers --workers-kill-timeout 10 flasky:app --port"
)
MAKE_RUN = "-m tools.serve --port"


def say(port: int, name: str) -> None:
    browser, token = new_visitor(f"http://127.0.0.1:{port}/")
    form = urlencode({"csrf_token": token, "name": name}).encode()
    with browser.open(f"http://127.0.0.1:{port}/", form, timeout=60) as page:
        assert f"Hello, {name}!" in page.read().decode()


def workers_of(server: subprocess.Popen[bytes]) -> set[int]:
    """Return the processes that a server has started."""
    command = ["ps", "-eo", "pid=,ppid=,stat="]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rows = [line.split() for line in listed.splitlines()]
    return {int(pid) for pid, parent, state in rows if int(parent) == server.pid and state != "Z"}


def wait_until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_worker_that_is_killed_ends_no_site_and_loses_no_visit(
    app: Flask, database_url: str
) -> None:
    port, said, is_over = free_port(), [], Event()

    def keep_visiting() -> None:
        while not is_over.is_set():
            with suppress(OSError, HTTPException):  # of what the dead worker had in hand
                say(port, "john")
                said.append("john")

    command = [sys.executable, *MAKE_RUN.split(), str(port), "--workers", "2"]
    visitor = Thread(target=keep_visiting)
    with running(command, port, database_url) as server:
        visitor.start()
        try:
            wait_until(lambda: len(said) > 5 and len(workers_of(server)) == 2)
            victim = min(workers_of(server))
            os.kill(victim, signal.SIGKILL)
            wait_until(lambda: len(workers_of(server) - {victim}) == 2)
            before = len(said)
            wait_until(lambda: len(said) > before + 5)
        finally:
            is_over.set()
            visitor.join()
    with app.app_context():
        assert db.session.scalars(select(User.visits)).one() >= len(said)


@pytest.mark.skipif(sys.platform != "linux", reason="memory is counted by Linux")
def test_workers_share_what_was_loaded_before_they_were_started() -> None:
    port = free_port()
    with running([sys.executable, *GRANIAN.split(), str(port)], port, "sqlite://") as server:
        [worker] = workers_of(server)
        counted = Path(f"/proc/{worker}/smaps_rollup").read_text()
    resident, its_part = (
        int(re.findall(rf"{kind}: +(\d+)", counted)[0]) for kind in ("Rss", "Pss")
    )
    assert its_part < 0.65 * resident


def test_a_terminals_ctrl_c_reaches_the_server_and_leaves_its_workers_to_it() -> None:
    port = free_port()
    with running([sys.executable, *MAKE_RUN.split(), str(port)], port, "sqlite://") as server:
        groups = {os.getpgid(worker) for worker in workers_of(server)}
        assert groups
        assert os.getpgid(server.pid) not in groups


@pytest.mark.parametrize("way", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("command", [MAKE_RUN, GRANIAN], ids=["make run", "granian"])
def test_after_a_clean_stop_the_database_file_alone_is_whole(
    tmp_path: Path, command: str, way: signal.Signals
) -> None:
    file, copy, port = tmp_path / "data.sqlite", tmp_path / "copy.sqlite", free_port()
    migrate = [sys.executable, "-m", "flask", "db", "upgrade"]
    settings = {"FLASK_CONFIG": "testing", "TEST_DATABASE_URL": f"sqlite:///{file}"}
    subprocess.run(migrate, cwd=ROOT, env=os.environ | settings, check=True, capture_output=True)
    whole = [sys.executable, *command.split(), str(port)]
    with running(whole, port, settings["TEST_DATABASE_URL"]) as server:
        for name in ("john", "susan", "david"):
            say(port, name)
        server.send_signal(way)
        assert server.wait(30) == 0
    shutil.copy(file, copy)
    with closing(sqlite3.connect(copy)) as connection:
        names = connection.execute("SELECT username FROM users ORDER BY id").fetchall()
    assert names == [("john",), ("susan",), ("david",)]


def test_after_any_server_is_terminated_the_database_file_alone_is_whole(tmp_path: Path) -> None:
    file, copy, port = tmp_path / "data.sqlite", tmp_path / "copy.sqlite", free_port()
    settings = {"FLASK_CONFIG": "testing", "TEST_DATABASE_URL": f"sqlite:///{file}"}
    environment = os.environ | settings
    flask = [sys.executable, "-m", "flask"]
    subprocess.run([*flask, "db", "upgrade"], cwd=ROOT, env=environment, check=True)
    with subprocess.Popen(
        [*flask, "run", f"--port={port}"], cwd=ROOT, env=environment, stderr=subprocess.DEVNULL
    ) as server:  # which knows nothing of signals
        try:
            wait_for(port)
            say(port, "john")
        finally:
            stop(server)
    assert server.returncode == 128 + signal.SIGTERM
    shutil.copy(file, copy)
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("SELECT username FROM users").fetchall() == [("john",)]


PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\4\0\0\0\0\0"  # RFC 9113, and no settings
LONG_HEADER = b"GET / HTTP/1.1\r\nHost: localhost\r\nAccept: " + b"a/b," * 60_000 + b"\r\n\r\n"


@pytest.mark.parametrize("command", [MAKE_RUN, GRANIAN], ids=["make run", "granian"])
@pytest.mark.parametrize(("sent", "answers"), [(PREFACE, b""), (LONG_HEADER, b"HTTP/1.1 431 ")])
def test_a_server_speaks_http_1_alone_and_reads_no_long_headers(
    command: str, sent: bytes, answers: bytes
) -> None:
    port = free_port()
    with (
        running([sys.executable, *command.split(), str(port)], port, "sqlite://"),
        socket.create_connection(("127.0.0.1", port), timeout=30) as connection,
    ):
        with suppress(ConnectionError):  # the server may be through before all is sent
            connection.sendall(sent)
        assert connection.recv(len(b"HTTP/1.1 431 ")) == answers


@pytest.mark.skipif(os.name != "posix", reason="other systems have other rights")
def test_the_database_and_what_is_kept_beside_it_is_for_its_owner_alone(tmp_path: Path) -> None:
    file, port = tmp_path / "data.sqlite", free_port()
    settings = {"FLASK_CONFIG": "testing", "TEST_DATABASE_URL": f"sqlite:///{file}"}
    environment = os.environ | settings
    flask = [sys.executable, "-m", "flask", "db"]
    former = os.umask(0o022)
    try:
        for step in (["upgrade", "bb5345982b16"], ["upgrade"]):
            subprocess.run(
                [*flask, *step], cwd=ROOT, env=environment, check=True, capture_output=True
            )
        command = [sys.executable, *MAKE_RUN.split(), str(port)]
        with running(command, port, settings["TEST_DATABASE_URL"]):
            say(port, "john")
            modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    finally:
        os.umask(former)
    assert {"data.sqlite", "data.sqlite-wal", "data.sqlite-shm"} < modes.keys()  # and a copy
    assert set(modes.values()) == {0o600}
