"""Strangers who guess passwords do not keep the owner out (OWASP's device cookies)."""

import json
from base64 import urlsafe_b64decode
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from itsdangerous.exc import BadSignature
from itsdangerous.url_safe import URLSafeSerializer
from sqlalchemy import select, update

from app import db
from app.accounts import devices
from app.accounts.signing import make_serializer
from app.mail import gathering, notices
from app.models import AuditEvent, Notice, OutgoingMail, User, passwords
from tests.auth.people import (
    OTHER_PASSWORD,
    PASSWORD,
    add_account,
    is_logged_in,
    link_in,
    log_in,
    press,
    submit,
)
from tests.clients import CheckingClient
from tests.conftest import application, visitor
from tests.mail.inbox import Inbox
from tests.pages import heading, shown


def guess(app: Flask, address: str, login: str = "susan") -> int:
    client = visitor(app)
    client.environ_base["REMOTE_ADDR"] = address
    return submit(client, "/auth/login", login=login, password="wrong").status_code


def guess_too_often(app: Flask, login: str = "susan") -> None:
    """Spend what strangers may try for a login, from many networks."""
    assert [guess(app, f"10.{number}.0.1", login) for number in range(51)] == [422] * 50 + [429]


def try_to_log_in(client: CheckingClient, login: str = "susan", password: str = PASSWORD) -> int:
    return submit(client, "/auth/login", login=login, password=password).status_code


@pytest.mark.parametrize("login", ["susan", "susan@example.com"])
def test_strangers_do_not_keep_the_owner_out(app: Flask, login: str) -> None:
    add_account(app, "susan")
    susan = log_in(app, "susan")
    press(susan, "/auth/logout")
    guess_too_often(app, login)
    assert try_to_log_in(visitor(app), login) == 429
    assert try_to_log_in(susan, login) == 303
    assert is_logged_in(susan)
    assert try_to_log_in(visitor(app), login) == 429  # the owner's login gives strangers no more


def test_a_known_browser_has_five_tries_of_its_own(sqlite_app: Flask) -> None:
    add_account(sqlite_app, "susan")
    susan = log_in(sqlite_app, "susan")
    press(susan, "/auth/logout")
    guess_too_often(sqlite_app)
    statuses = [try_to_log_in(susan, password="wrong") for _ in range(6)]
    assert statuses == [422] * 5 + [429]
    assert try_to_log_in(susan) == 429  # as strangers are


def test_a_right_password_there_counts_from_the_beginning(sqlite_app: Flask) -> None:
    add_account(sqlite_app, "susan")
    susan = log_in(sqlite_app, "susan")
    guess_too_often(sqlite_app)
    for _ in range(2):
        press(susan, "/auth/logout")
        assert [try_to_log_in(susan, password="wrong") for _ in range(3)] == [422] * 3
        assert try_to_log_in(susan) == 303


def test_the_cookie_of_another_account_is_a_strangers(sqlite_app: Flask) -> None:
    for name in ("susan", "david"):
        add_account(sqlite_app, name)
    david = log_in(sqlite_app, "david")
    press(david, "/auth/logout")
    guess_too_often(sqlite_app)
    assert try_to_log_in(david, "susan") == 429


def test_several_people_use_one_browser(sqlite_app: Flask) -> None:
    names = ["susan", "david", "john", "mary", "kate"]
    browser = visitor(sqlite_app)
    for name in names:
        add_account(sqlite_app, name)
        assert try_to_log_in(browser, name) == 303
        press(browser, "/auth/logout")
    cookie = browser.get_cookie("device")
    assert cookie
    with sqlite_app.app_context():
        users = {name: db.session.scalars(select(User).filter_by(username=name)) for name in names}
        known = [name for name in names if devices.find(cookie.value, users[name].one())]
    assert known == names[1:]  # those who logged in last


def test_a_new_password_makes_other_browsers_strangers(sqlite_app: Flask) -> None:
    add_account(sqlite_app, "susan")
    former, present = log_in(sqlite_app, "susan"), log_in(sqlite_app, "susan")
    press(former, "/auth/logout")
    submit(present, "/auth/settings/password", password=OTHER_PASSWORD)
    press(present, "/auth/logout")
    guess_too_often(sqlite_app)
    assert try_to_log_in(former, password=OTHER_PASSWORD) == 429
    assert try_to_log_in(present, password=OTHER_PASSWORD) == 303


def test_a_cookie_that_is_forged_is_a_strangers(sqlite_app: Flask) -> None:
    add_account(sqlite_app, "susan")
    susan = log_in(sqlite_app, "susan")
    cookie = susan.get_cookie("device")
    assert cookie
    guess_too_often(sqlite_app)
    for forged in (cookie.value[:-1] + "!", "x", "", URLSafeSerializer("x").dumps([[1, "", ""]])):
        client = visitor(sqlite_app)
        client.set_cookie("device", str(forged))
        assert try_to_log_in(client) == 429


def test_the_cookie_is_for_this_host_alone_and_opens_no_link() -> None:
    with application() as app:
        app.config.update(COOKIE_PREFIX="__Host-", SESSION_COOKIE_SECURE=True)
        add_account(app, "susan")
        answer = submit(visitor(app), "/auth/login", login="susan", password=PASSWORD)
        [cookie] = [c for c in answer.headers.getlist("Set-Cookie") if c.startswith("__Host-dev")]
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
        value = cookie.partition("=")[2].partition(";")[0]
        with app.app_context():
            [entry] = make_serializer(devices.SALT).loads(value)
            user = db.session.scalars(select(User)).one()
            assert entry[0] == user.id
            assert len(entry[1]) == 16
            assert entry[2] == passwords.state_of(user.password_hash)
            with pytest.raises(BadSignature):
                URLSafeSerializer(app.config["SECRET_KEY"], salt="link RESET").loads(value)


def test_nobody_is_told_by_it_who_has_an_account(sqlite_app: Flask) -> None:
    add_account(sqlite_app, "susan")
    for login in ("susan", "nobody"):
        answer = submit(visitor(sqlite_app), "/auth/login", login=login, password="wrong")
        assert not any("device" in cookie for cookie in answer.headers.getlist("Set-Cookie"))


def test_on_a_new_computer_a_reset_link_lets_the_owner_in(app: Flask, inbox: Inbox) -> None:
    add_account(app, "susan")
    guess_too_often(app)
    client = visitor(app)
    answer = submit(client, "/auth/login", login="susan", password=PASSWORD)
    assert answer.status_code == 429
    assert "Or log in from a browser you have used here before, or reset your password" in shown(
        answer.text
    )
    submit(client, "/auth/reset", email="susan@example.com")
    submit(client, link_in(app, inbox), password=OTHER_PASSWORD)
    assert try_to_log_in(client, password=OTHER_PASSWORD) == 303


def test_an_operator_lets_somebody_in(app: Flask) -> None:
    add_account(app, "susan")
    for login in ("susan", "susan@example.com"):
        guess_too_often(app, login)
    result = app.test_cli_runner().invoke(args=["user", "let-in", "susan"])
    assert result.output == "susan can try to log in again.\n"
    assert try_to_log_in(visitor(app)) == 303
    assert try_to_log_in(visitor(app), "susan@example.com") == 303
    with app.app_context():
        assert "let in" in db.session.scalars(select(AuditEvent.action)).all()
    assert app.test_cli_runner().invoke(args=["user", "let-in", "nobody"]).exit_code == 1


@pytest.fixture
def crowded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let few logins fail on the whole site."""
    monkeypatch.setenv("FAILED_LOGINS_LIMIT", "3 per 5 minutes")
    monkeypatch.setenv("FLASKY_ADMIN", "david@example.com")


@pytest.mark.usefixtures("crowded")
def test_when_too_many_logins_fail_only_known_browsers_log_in(app: Flask) -> None:
    add_account(app, "susan")
    susan = log_in(app, "susan")
    press(susan, "/auth/logout")
    assert [guess(app, f"10.0.0.{n}", f"name {n}") for n in range(5)] == [422] * 3 + [429] * 2
    answer = submit(visitor(app), "/auth/login", login="susan", password=PASSWORD)
    assert answer.status_code == 429
    assert heading(answer.text) == "Too many requests"
    assert try_to_log_in(susan) == 303
    with app.app_context():
        [notice] = db.session.scalars(select(Notice)).all()
        assert notice.topic == "mail/flood failed logins on the site"
    app.test_cli_runner().invoke(args=["user", "let-in", "susan"])
    assert try_to_log_in(visitor(app)) == 303


@pytest.mark.usefixtures("crowded")
def test_the_administrator_is_mailed_what_to_do_about_it(sqlite_app: Flask, inbox: Inbox) -> None:
    for number in range(4):
        guess(sqlite_app, f"10.0.0.{number}")
    with sqlite_app.app_context():
        notices.mail_waiting()
        mails = db.session.scalars(select(OutgoingMail.template)).all()
    assert mails == ["mail/flood"]
    sqlite_app.test_cli_runner().invoke(args=["mail", "send"])
    assert "flask user let-in NAME" in str(inbox.mails[0].get_body(["plain"]))


def gather(app: Flask) -> list[str]:
    """Do what the worker does now and then, and return about what there are mails, to whom."""
    with app.app_context():
        gathering.gather_all()
        mails = db.session.scalars(select(OutgoingMail).order_by(OutgoingMail.id))
        return [f"{mail.template} {mail.recipient}" for mail in mails]


def test_the_owner_is_warned_once_a_day(app: Flask) -> None:
    add_account(app, "susan")
    guess_too_often(app, "nobody")
    assert gather(app) == []
    guess_too_often(app)
    warning = "mail/password_guessed susan@example.com"
    assert gather(app) == [warning]
    app.extensions["limiter"].storage.reset()
    guess_too_often(app)
    assert gather(app) == [warning]
    with app.app_context():
        day_ago = datetime.now(UTC) - timedelta(hours=25)
        db.session.execute(update(User).values(warned_at=day_ago))
        db.session.execute(update(AuditEvent).values(at=datetime.now(UTC)))
        db.session.commit()
    assert gather(app) == [warning] * 2


@pytest.mark.parametrize(
    ("networks", "statuses"),
    [
        ([f"2001:db8:0:{number:x}::1" for number in range(11)], [422] * 10 + [429]),  # a /56
        ([f"2001:db8:0:{number:x}00::1" for number in range(21)], [422] * 20 + [429]),  # a /48
    ],
)
def test_whoever_rents_a_network_gains_little(
    sqlite_app: Flask, networks: list[str], statuses: list[int]
) -> None:
    add_account(sqlite_app, "susan")
    assert [guess(sqlite_app, network) for network in networks] == statuses
    assert guess(sqlite_app, "2001:db8:1::1") == 422  # from elsewhere


def test_the_cookie_holds_no_name_and_no_secret(sqlite_app: Flask) -> None:
    add_account(sqlite_app, "susan")
    cookie = log_in(sqlite_app, "susan").get_cookie("device")
    assert cookie
    assert not cookie.value.startswith(".")  # it is not compressed
    said = cookie.value.partition(".")[0]
    text = urlsafe_b64decode(said + "=" * (-len(said) % 4)).decode()
    assert "susan" not in text
    assert "argon2" not in text
    assert len(json.loads(text)) == 1
