"""Passwords are hashed a few at a time, so that all other pages go on meanwhile."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from argon2 import PasswordHasher
from flask import Flask

from app import create_app
from app.models import passwords, turns
from app.models.turns import BusyError, Turns
from tests.auth.people import (
    OTHER_PASSWORD,
    PASSWORD,
    add_account,
    let_proof_run_out,
    link_in,
    log_in,
    open_link,
    submit,
)
from tests.conftest import CHEAP_HASHER, visitor
from tests.mail.inbox import Inbox
from tests.pages import form_token, heading, shown


@pytest.fixture(autouse=True)
def _as_on_a_site(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PASSWORD_HASHES_AT_ONCE")


class HeldHasher:
    """A hasher that is not done before it is let go on."""

    def __init__(self) -> None:
        self.go_on = threading.Event()
        self.begun = threading.Semaphore(0)
        self.at_once = self.most_at_once = self.calls = 0
        self.lock = threading.Lock()

    def verify(self, password_hash: str, password: str) -> bool:
        with self.lock:
            self.calls += 1
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        self.begun.release()
        self.go_on.wait(30)
        with self.lock:
            self.at_once -= 1
        return CHEAP_HASHER.verify(password_hash, password)

    def hash(self, password: str) -> str:
        self.calls += 1
        return CHEAP_HASHER.hash(password)

    def check_needs_rehash(self, _password_hash: str) -> bool:
        return False


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> HeldHasher:
    hasher = HeldHasher()
    passwords._dummy_hash()  # noqa: SLF001  # which is made once
    monkeypatch.setattr(passwords, "hasher", hasher)
    return hasher


def test_a_few_are_hashed_at_once_a_few_wait_and_others_are_asked_to_try_again(
    app: Flask, held: HeldHasher
) -> None:
    def log_in_from(number: int) -> int:
        client = visitor(app)
        token = form_token(client.get("/auth/login").text)
        client.environ_base["REMOTE_ADDR"] = f"10.0.0.{number}"
        data = {"csrf_token": token, "login": f"name {number}", "password": "wrong"}
        return client.post("/auth/login", data=data).status_code

    with ThreadPoolExecutor(8) as pool:
        waiting = [pool.submit(log_in_from, number) for number in range(4)]
        for _ in range(2):
            assert held.begun.acquire(timeout=30)
        turns_of_app: Turns = app.extensions["hashing"]
        while turns_of_app.room._value:  # noqa: SLF001  # until the other two wait
            threading.Event().wait(0.01)
        answer = submit(visitor(app), "/auth/login", login="susan", password="wrong")
        assert answer.status_code == 503
        assert answer.headers["Retry-After"] == "2"
        assert heading(answer.text) == "Not available right now"
        assert "Nothing has been lost." in shown(answer.text)
        assert visitor(app).get("/").status_code == 200
        held.go_on.set()
        statuses = [future.result() for future in waiting]
    assert set(statuses) <= {422, 503}
    assert statuses.count(422) >= 2
    assert held.most_at_once == 2
    assert log_in_from(9) == 422  # all have given back their turns


def test_whoever_waits_too_long_is_asked_to_try_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "SECONDS_TO_WAIT", 0.1)
    one = Turns(1)
    with one.take():
        waiter = ThreadPoolExecutor(1).submit(lambda: one.take().__enter__())
        with pytest.raises(BusyError):
            waiter.result()
    with one.take():  # and nobody has kept a turn
        pass


def test_a_setting_says_how_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PASSWORD_HASHES_AT_ONCE", "3")
    found: Turns = create_app("testing").extensions["hashing"]
    assert (found.running._value, found.room._value) == (3, 6)  # noqa: SLF001


def test_right_passwords_in_the_settings_are_counted_as_well(sqlite_app: Flask) -> None:
    add_account(sqlite_app, "susan")
    susan = log_in(sqlite_app, "susan")
    statuses = []
    for _ in range(31):
        let_proof_run_out(sqlite_app)
        statuses.append(submit(susan, "/auth/prove", current=PASSWORD).status_code)
    assert statuses == [303] * 30 + [429]


def test_a_link_that_was_used_has_no_password_hashed(
    sqlite_app: Flask, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = visitor(sqlite_app)
    submit(client, "/auth/register", name="susan", email="susan@example.com")
    link = link_in(sqlite_app, inbox)
    other = visitor(sqlite_app)
    page = open_link(other, link)
    token = form_token(other.get(page).text)
    submit(client, link, password=PASSWORD)
    hashed: list[str] = []
    monkeypatch.setattr(PasswordHasher, "hash", lambda _self, password: hashed.append(password))
    answer = other.post(page, data={"csrf_token": token, "password": OTHER_PASSWORD})
    assert answer.status_code == 410
    assert hashed == []
