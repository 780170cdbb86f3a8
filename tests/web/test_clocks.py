"""Clocks that do not agree: of two hosts, or of one that has been set back."""

import time

import pytest
from flask import Flask
from itsdangerous import SignatureExpired, TimestampSigner

from app.accounts.signing import make_serializer
from tests.auth.people import add_account, log_in
from tests.clients import CheckingClient
from tests.pages import heading

A_DAY = 24 * 60 * 60


class Clock:
    """What tells the time of a signature."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.monkeypatch = monkeypatch

    def __call__(self, ahead: int) -> None:
        self.monkeypatch.setattr(
            TimestampSigner, "get_timestamp", lambda _: int(time.time()) + ahead
        )


@pytest.fixture
def set_clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def test_a_visitor_whom_a_host_with_a_faster_clock_has_greeted_is_known(
    sqlite_client: CheckingClient, set_clock: Clock
) -> None:
    set_clock(ahead=2)
    sqlite_client.say("john")
    set_clock(ahead=0)
    assert heading(sqlite_client.get("/").text) == "Hello, john!"


def test_nobody_is_logged_out_when_the_clock_is_set_back(
    sqlite_app: Flask, set_clock: Clock
) -> None:
    add_account(sqlite_app, "susan")
    susan = log_in(sqlite_app, "susan")
    set_clock(ahead=-3600)
    assert susan.get("/auth/settings").status_code == 200


def test_a_link_of_a_faster_clock_opens_and_ages_all_the_same(
    sqlite_app: Flask, set_clock: Clock
) -> None:
    with sqlite_app.app_context():
        link = make_serializer("link")
        set_clock(ahead=3600)
        token = link.dumps("susan")
        set_clock(ahead=0)
        assert link.loads(token, max_age=A_DAY) == "susan"
        set_clock(ahead=2 * A_DAY)
        with pytest.raises(SignatureExpired):
            link.loads(token, max_age=A_DAY)
