"""Where tries are counted: in a Redis for all processes, and without it as well."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from shutil import which

import pytest
from flask import Flask

from app import create_app
from app.web import limits
from safe_schema.tests.databases import missing
from settings import ConfigError
from tests.auth.people import add_account, submit
from tests.conftest import application, visitor
from tests.servers import free_port, wait_for


@contextmanager
def redis(port: int) -> Iterator[None]:
    """Run a Redis, which keeps nothing on the disk."""
    program = which("redis-server") or missing(
        "there is no redis-server: apt-get install redis-server"
    )
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
        try:
            wait_for(port)
            yield
        finally:
            server.terminate()


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> int:
    port = free_port()
    monkeypatch.setenv("LIMITS_STORAGE", f"redis://127.0.0.1:{port}")
    # A busy machine lets Redis, and the test, take longer than a site would wait.
    monkeypatch.setattr(limits, "SECONDS_TO_ANSWER", 30)
    monkeypatch.setattr(limits, "SECONDS_UNTIL_ASKED_AGAIN", 1000)
    return port


def guess(app: Flask) -> int:
    return submit(visitor(app), "/auth/login", login="susan", password="wrong").status_code


def test_processes_count_together(port: int) -> None:
    with redis(port), application() as one, application() as other:
        for app in (one, other):
            add_account(app, "susan")
        statuses = [guess(app) for app in (one, other, one, other, one, other)]
    assert statuses == [422] * 5 + [429]


def test_without_its_redis_a_process_counts_by_itself(
    port: int, caplog: pytest.LogCaptureFixture
) -> None:
    with redis(port), application() as app:
        add_account(app, "susan")
        assert [guess(app) for _ in range(5)] == [422] * 5
    with application() as app:
        add_account(app, "susan")
        assert [guess(app) for _ in range(6)] == [422] * 5 + [429]
        told = [record.message for record in caplog.records if "LIMITS_STORAGE" in record.message]
        assert len(told) == 1  # and it does not wait for it at each request
        with redis(port):
            assert guess(app) == 429
            app.extensions["limiter"].away_until = 0  # as after that time
            assert [guess(app) for _ in range(6)] == [422] * 5 + [429]


@pytest.mark.parametrize("url", ["nowhere://x", "redis:", "no address"])
def test_an_address_that_is_none_is_told(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("LIMITS_STORAGE", url)
    with pytest.raises(
        ConfigError, match=r"^LIMITS_STORAGE: .*; write one like redis://localhost:6379$"
    ):
        create_app("testing")
