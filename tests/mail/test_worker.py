"""The worker, as a process of its own, and what kills it."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask

from app import create_app, db
from app.email import send_email
from app.mail import outbox
from tests.commands import ROOT
from tests.mail.inbox import Inbox
from tests.mail.outbox import mails

# The command, with a lease of that many seconds.
WORKER = """
import sys
from datetime import timedelta
from app.mail import outbox
outbox.LEASE = timedelta(seconds=int(sys.argv[1]))
from flasky import app
app.cli(["mail", "worker"])
"""
LEASE = int(outbox.LEASE.total_seconds())
SHORT_LEASE = 2  # which a test can wait for, and a worker on a busy machine outlives


def start(database_url: str, lease: int) -> subprocess.Popen[str]:
    """Start a worker, and return once it is at work."""
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER, str(lease)],
        cwd=ROOT,
        env=os.environ | {"FLASK_CONFIG": "testing", "TEST_DATABASE_URL": database_url},
        stderr=subprocess.PIPE,
        text=True,
    )
    assert worker.stderr
    assert "The mail worker is running" in worker.stderr.readline()
    return worker


@contextmanager
def workers(
    database_url: str, number: int = 1, *, lease: int = LEASE
) -> Iterator[list[subprocess.Popen[str]]]:
    started = [start(database_url, lease) for _ in range(number)]
    try:
        yield started
    finally:
        for worker in started:
            worker.kill()
            worker.communicate()


def enqueue(app: Flask, number: int) -> None:
    with app.app_context():
        for person in range(number):
            send_email(f"susan{person}@example.com", "New User", "mail/new_user")
        db.session.commit()


def wait_until_done(app: Flask, *, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while any(mail.state != "sent" for mail in mails(app)):
        assert time.monotonic() < end, mails(app)
        time.sleep(0.1)


def test_four_workers_send_each_mail_once(app: Flask, database_url: str, inbox: Inbox) -> None:
    enqueue(app, 60)
    with workers(database_url, 4):
        wait_until_done(app)
    assert len(inbox.keys) == 60
    assert set(inbox.keys.values()) == {1}


def test_a_worker_that_is_killed_loses_no_mail(app: Flask, database_url: str, inbox: Inbox) -> None:
    kills = 3
    inbox.on_data = lambda: time.sleep(0.01)
    enqueue(app, 60)
    for _ in range(kills):
        before = len(inbox.mails)
        with workers(database_url, lease=SHORT_LEASE) as [worker]:
            inbox.wait_for(before + 5)
            time.sleep(random.uniform(0, 0.05))  # noqa: S311
            worker.kill()
    with workers(database_url, lease=SHORT_LEASE):
        wait_until_done(app)
    assert len(inbox.keys) == 60
    assert sum(inbox.keys.values()) <= 60 + kills


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_that_is_told_to_stop_finishes_the_mail_in_hand(
    sqlite_file_app: Flask, sqlite_url: str, inbox: Inbox, number: signal.Signals
) -> None:
    enqueue(sqlite_file_app, 10)
    with workers(sqlite_url) as [worker]:

        def interrupt() -> None:
            worker.send_signal(number)
            time.sleep(0.3)

        inbox.on_data = interrupt
        assert worker.wait(60) == 0
    assert len(inbox.mails) == 1
    assert [mail.state for mail in mails(sqlite_file_app)] == ["sent"] + ["waiting"] * 9


def test_a_worker_that_is_told_twice_does_not_wait(
    sqlite_file_app: Flask, sqlite_url: str, inbox: Inbox
) -> None:
    enqueue(sqlite_file_app, 1)
    with workers(sqlite_url) as [worker]:

        def interrupt() -> None:
            for _ in range(2):
                worker.send_signal(signal.SIGTERM)
                time.sleep(0.5)

        inbox.on_data = interrupt
        assert worker.wait(60) == -signal.SIGTERM
    assert [mail.state for mail in mails(sqlite_file_app)] == ["sending"]


def test_a_worker_waits_for_its_server(
    sqlite_file_app: Flask, sqlite_url: str, closed_inbox: Inbox
) -> None:
    enqueue(sqlite_file_app, 2)
    with workers(sqlite_url) as [worker]:
        assert worker.stderr
        for pause in (1, 2):
            assert f"Connection refused. Trying again in {pause} s." in worker.stderr.readline()
        with closed_inbox.open():
            closed_inbox.wait_for(2)
            wait_until_done(sqlite_file_app)
            while "Mails can be sent again" not in worker.stderr.readline():
                pass
    assert [mail.tries for mail in mails(sqlite_file_app)] == [1, 1]


def test_a_worker_without_tables_says_what_to_do(tmp_path: str, closed_inbox: Inbox) -> None:
    assert closed_inbox
    with workers(f"sqlite:///{tmp_path}/empty.sqlite") as [worker]:
        assert worker.stderr
        told = worker.stderr.readline()
    assert (
        "the database lacks a table or a column; run `flask db upgrade`. Trying again in 1 s."
        in told
    )


@pytest.fixture
def sqlite_url(tmp_path: str) -> str:
    return f"sqlite:///{tmp_path}/data.sqlite"


@pytest.fixture
def sqlite_file_app(
    sqlite_url: str, closed_inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Flask]:
    assert closed_inbox
    monkeypatch.setenv("TEST_DATABASE_URL", sqlite_url)
    app = create_app("testing")
    with app.app_context():
        db.create_all()
    yield app
    with app.app_context():
        db.engine.dispose()
