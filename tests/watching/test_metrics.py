"""The figures for Prometheus, of a server with two workers."""

import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from flask import Flask

from app import db
from app.email import send_email
from tests.commands import failed, run
from tests.server.test_workers import wait_until
from tests.servers import free_port, running

SERVE = [sys.executable, "-m", "tools.serve", "--workers", "2", "--port"]


@contextmanager
def exporter(database_url: str, folder: Path) -> Iterator[str]:
    """Run `flask metrics`, and give its address."""
    port = free_port()
    command = [sys.executable, "-m", "flask", "metrics", "--port", str(port)]
    with running(command, port, database_url, {"METRICS_FOLDER": str(folder)}):
        yield f"http://127.0.0.1:{port}/metrics"


def read(address: str) -> dict[str, float]:
    """Return the figures by name and labels."""
    with urlopen(address, timeout=30) as answer:  # noqa: S310
        lines = answer.read().decode().splitlines()
    pairs = (line.rpartition(" ") for line in lines if not line.startswith("#"))
    return {name: float(value) for name, _, value in pairs}


def visit(port: int, path: str) -> int:
    try:
        with urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as answer:
            return int(answer.status)
    except HTTPError as error:
        return error.code


def count_of(endpoint: str, status: str, method: str = "GET") -> str:
    labels = f'endpoint="{endpoint}",method="{method}",status="{status}"'
    return f"flasky_request_seconds_count{{{labels}}}"


def visit_until_both_count(port: int, folder: Path) -> int:
    """Visit a page until both workers have answered. Return how often."""
    visits, end = 0, time.monotonic() + 60
    while len(list(folder.glob("histogram_*.db"))) < 2 or visits < 20:
        assert time.monotonic() < end
        assert visit(port, "/user/john") == 404
        visits += 1
    return visits


def test_the_figures_of_two_workers_are_one_sum_and_name_no_path(
    app: Flask, database_url: str, tmp_path: Path
) -> None:
    with app.app_context():
        send_email("susan@example.com", "New User", "mail/new_user")
        db.session.commit()
    port, folder = free_port(), tmp_path / "metrics"
    settings = {"METRICS_FOLDER": str(folder)}
    with (
        running([*SERVE, str(port)], port, database_url, settings),
        exporter(database_url, folder) as address,
    ):
        visits = visit_until_both_count(port, folder)
        for _ in range(3):
            visit(port, "/")
        visit(port, "/nowhere")
        figures = read(address)
    assert figures[count_of("main.user", "4xx")] == visits
    assert figures[count_of("main.index", "2xx")] == 3
    assert figures[count_of("nowhere", "4xx")] == 1
    assert figures['flasky_queries_total{endpoint="main.user"}'] == visits
    assert figures["flasky_database_up"] == 1
    assert figures["flasky_mails_waiting"] == 1
    assert not any("john" in name or "pid" in name for name in figures)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_worker_that_is_killed_takes_nothing_along_and_another_server_begins_anew(
    app: Flask, database_url: str, tmp_path: Path
) -> None:
    assert app
    folder = tmp_path / "metrics"
    settings = {"METRICS_FOLDER": str(folder)}
    with exporter(database_url, folder) as address:
        port = free_port()
        with running([*SERVE, str(port)], port, database_url, settings):
            visits = visit_until_both_count(port, folder)
            os.kill(process_of(next(folder.glob("histogram_*.db"))), signal.SIGKILL)
            wait_until(lambda: visited(port) and visited(port) and visited(port))
            assert read(address)[count_of("main.user", "4xx")] >= visits + 3
        port = free_port()
        with running([*SERVE, str(port)], port, database_url, settings):
            visit(port, "/user/john")
            assert read(address)[count_of("main.user", "4xx")] == 1


def process_of(file: Path) -> int:
    return int(file.stem.rpartition("_")[2])


def visited(port: int) -> bool:
    """Return whether a visit was answered: one that the dead worker had in hand is not."""
    try:
        return visit(port, "/user/john") == 404
    except (OSError, HTTPException):
        return False


def test_whoever_is_refused_is_counted(tmp_path: Path) -> None:
    """In a process of its own, where prometheus_client counts in files."""
    counted = run("-c", REFUSED, FLASK_CONFIG="testing", METRICS_FOLDER=str(tmp_path))
    assert counted.returncode == 0, counted.stderr
    assert 'flasky_events_total{action="login refused"} 10.0' in counted.stdout
    assert 'flasky_limited_total{endpoint="auth.login"} 1.0' in counted.stdout


REFUSED = """
from app import create_app, db
from tests.pages import form_token
from werkzeug.test import Client

app = create_app()
with app.app_context():
    db.create_all()
client = app.test_client()
form = {"csrf_token": form_token(client.get("/auth/login").text)}
for number in range(11):
    form |= {"login": f"susan{number}", "password": "wrong password"}
    client.post("/auth/login", data=form)
from app.watching.exporter import make_exporter  # after the application, as a command does
print(Client(make_exporter(app, app.config["METRICS_FOLDER"])).get("/").text)
"""


def test_without_a_folder_there_are_no_figures_to_serve() -> None:
    message = failed("-m", "flask", "metrics", FLASK_CONFIG="testing")
    assert message == "Error: METRICS_FOLDER is not set; see docs/operating.md"


def test_an_address_in_use_is_told_in_a_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        settings = {"FLASK_CONFIG": "testing", "METRICS_FOLDER": str(tmp_path)}
        message = failed("-m", "flask", "metrics", "--port", port, **settings)
    assert message == f"Error: Cannot listen on 127.0.0.1:{port}: Address already in use"
