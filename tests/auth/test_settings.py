"""Passwords, addresses, sessions, and the end of an account."""

import threading
from dataclasses import make_dataclass

import pytest
from flask import Flask
from sqlalchemy import select

from app import db
from app.accounts import administration, authentication
from app.accounts.limits import CHANGES
from app.accounts.links import ChangeEmailLink, Link, RegisterLink, ResetLink
from app.auth import browser
from app.models import LoginSession, OutgoingMail, User
from app.models.lookup import find
from tests.auth.people import (
    OTHER_PASSWORD,
    PASSWORD,
    add_account,
    is_logged_in,
    link_in,
    log_in,
    open_link,
    press,
    submit,
)
from tests.clients import CheckingClient
from tests.conftest import visitor
from tests.mail.inbox import Inbox, text_of
from tests.mail.outbox import run
from tests.pages import form_token, shown

OTHER = {"password": OTHER_PASSWORD}


def test_a_forgotten_password_is_chosen_anew(app: Flask, inbox: Inbox) -> None:
    add_account(app, "susan")
    elsewhere = log_in(app, "susan")
    client = visitor(app)
    submit(client, "/auth/reset", email="SUSAN@example.com")
    link = link_in(app, inbox)
    assert client.get(link).status_code == 303
    assert is_logged_in(elsewhere)
    assert submit(client, link, password=OTHER_PASSWORD).location == "/auth/login"
    assert not is_logged_in(elsewhere)
    assert client.get(link).status_code == 410
    assert is_logged_in(log_in(app, "susan", password=OTHER_PASSWORD))
    run(app, "send")
    assert inbox.mails[-1]["Subject"] == "[Flasky] Your password was changed"


def test_of_two_who_use_one_link_at_once_one_sets_the_password(app: Flask, inbox: Inbox) -> None:
    add_account(app, "susan")
    submit(visitor(app), "/auth/reset", email="susan@example.com")
    link = link_in(app, inbox)
    clients = [visitor(app) for _ in range(8)]
    pages = [open_link(client, link) for client in clients]
    tokens = [
        form_token(client.get(page).text) for client, page in zip(clients, pages, strict=True)
    ]
    start = threading.Barrier(len(clients))
    set_by: list[int] = []

    def use(number: int) -> None:
        start.wait()
        data = {"csrf_token": tokens[number], "password": f"{OTHER_PASSWORD} {number}"}
        answer = clients[number].post(pages[number], data=data)
        assert answer.status_code in {303, 410}, answer.text
        if answer.status_code == 303:
            set_by.append(number)

    threads = [threading.Thread(target=use, args=[number]) for number in range(len(clients))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    [number] = set_by
    assert is_logged_in(log_in(app, "susan", password=f"{OTHER_PASSWORD} {number}"))


def test_the_administrators_address_makes_an_administrator(app: Flask, inbox: Inbox) -> None:
    add_account(app, "susan")
    susan = log_in(app, "susan")
    submit(susan, "/auth/settings/email", email="admin@example.com")
    submit(susan, link_in(app, inbox))
    with app.app_context():
        assert db.session.scalars(select(User)).one().is_administrator()


def test_a_link_of_another_release_is_dead(sqlite_app: Flask) -> None:
    for kind in (RegisterLink, ResetLink, ChangeEmailLink):
        same = {"endpoint": kind.endpoint, "setting": kind.setting, "salt": kind.salt}
        fields = [("other", str)]
        former = make_dataclass("Former", fields, bases=(Link,), namespace=same, frozen=True)
        with sqlite_app.test_request_context():
            address = former("value").make_url().removeprefix("http://localhost")
        assert visitor(sqlite_app).get(address).status_code == 410


def test_a_reset_answers_the_same_for_everybody(app: Flask, inbox: Inbox) -> None:
    add_account(app, "susan")
    answers = set()
    for email in ("susan@example.com", "nobody@example.com"):
        answer = submit(visitor(app), "/auth/reset", email=email)
        answers.add((answer.status_code, answer.location, answer.text))
        run(app, "send")
    assert len(answers) == 1
    assert "/auth/reset/" in text_of(inbox.mails[0])
    assert "there is no active account" in text_of(inbox.mails[1])


def test_an_old_link_is_void_once_anything_changes(
    app: Flask, inbox: Inbox, susan: CheckingClient
) -> None:
    submit(visitor(app), "/auth/reset", email="susan@example.com")
    link = link_in(app, inbox)
    submit(susan, "/auth/settings/password", password=OTHER_PASSWORD)
    assert visitor(app).get(link).status_code == 410


def test_a_new_password_ends_all_other_sessions_at_once(
    app: Flask, inbox: Inbox, susan: CheckingClient
) -> None:
    elsewhere = log_in(app, "susan")
    copy = copy_of(susan)
    submit(susan, "/auth/settings/password", password=OTHER_PASSWORD)
    assert is_logged_in(susan)
    assert not is_logged_in(elsewhere)
    assert not is_logged_in(copy)
    run(app, "send")
    assert inbox.mails[-1]["To"] == "susan@example.com"
    assert "The password of your account susan was changed." in text_of(inbox.mails[-1])


def copy_of(client: CheckingClient) -> CheckingClient:
    """Return the browser of a thief, who has copied a cookie."""
    cookie = client.get_cookie("session")
    assert cookie
    thief = visitor(client.application)
    thief.set_cookie("session", cookie.value)
    assert is_logged_in(thief)
    return thief


def test_a_new_address_that_a_thief_asked_for_is_void_after_a_new_password(
    app: Flask, inbox: Inbox, susan: CheckingClient
) -> None:
    submit(susan, "/auth/settings/email", email="evil@evil.example")
    submit(susan, "/auth/settings/password", password=OTHER_PASSWORD)
    run(app, "send")
    texts = [text_of(mail) for mail in inbox.mails if mail["To"] == "evil@evil.example"]
    assert "/auth/change-email/" not in texts[0]


def test_ones_own_address_is_no_new_one(susan: CheckingClient) -> None:
    answer = submit(susan, "/auth/settings/email", email="SUSAN@example.com")
    assert "This is already your email address." in shown(answer.text)


def test_the_owner_of_an_account_is_mailed_no_more_than_twenty_changes_a_day(
    sqlite_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_account(sqlite_app, "susan")
    susan = log_in(sqlite_app, "susan")
    monkeypatch.setattr(CHANGES, "rates", "2 per day")
    answers = [
        submit(susan, "/auth/settings/password", password=new).status_code
        for new in (OTHER_PASSWORD, PASSWORD, OTHER_PASSWORD)
    ]
    assert answers == [303, 303, 429]
    with sqlite_app.app_context():
        templates = db.session.scalars(select(OutgoingMail.template)).all()
    assert templates == ["mail/password_changed"] * 2


def test_a_login_that_overlaps_a_new_password_is_worth_nothing(app: Flask) -> None:
    add_account(app, "susan")
    with app.test_request_context():
        user = authentication.authenticate(find("susan"), PASSWORD)
        assert user
        changed = threading.Thread(target=add_account, args=[app, "susan"], kwargs=OTHER)
        changed.start()
        changed.join()
        browser.log_in(user)
        key = user.get_id()
    with app.test_request_context():
        assert browser.load(key) is None


def test_two_administrators_cannot_remove_each_other_at_once(app: Flask) -> None:
    clients = []
    for name in ("anna", "berta"):
        add_account(app, name, role="Administrator")
        clients.append(log_in(app, name))
    tokens = [form_token(client.get("/auth/settings").text) for client in clients]
    start = threading.Barrier(2)
    statuses: list[int] = []

    def leave(number: int) -> None:
        start.wait()
        data = {"csrf_token": tokens[number], "name": ["anna", "berta"][number]}
        statuses.append(clients[number].post("/auth/settings/delete", data=data).status_code)

    threads = [threading.Thread(target=leave, args=[number]) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [303, 422]


def test_odd_texts_about_oneself_are_kept(susan: CheckingClient) -> None:
    text = "a\0b\x01c" + "\r\n" * 300 + "d" * 600
    answer = submit(susan, "/auth/settings/profile", about_me=text)
    assert answer.status_code == 303
    assert susan.get("/auth/settings").status_code == 200
    assert press(susan, f"/auth/settings/sessions/{10**30}").status_code == 404


def test_a_new_address_is_used_once_it_is_confirmed(
    app: Flask, inbox: Inbox, susan: CheckingClient
) -> None:
    fields = {"email": "susan@flower.example"}
    submit(susan, "/auth/settings/email", **fields)
    link = link_in(app, inbox)
    assert inbox.mails[0]["To"] == "susan@flower.example"  # before the news of it
    page = visitor(app).get(link, follow_redirects=True)
    assert "Use susan@flower.example as the email address of susan?" in shown(page.text)
    with app.app_context():
        assert db.session.scalars(select(User.email)).one() == "susan@example.com"
    submit(visitor(app), link)
    with app.app_context():
        assert db.session.scalars(select(User.email)).one() == "susan@flower.example"
    assert visitor(app).get(link).status_code == 410
    run(app, "send")
    assert inbox.mails[-1]["To"] == "susan@example.com"
    assert inbox.mails[-1]["Subject"] == "[Flasky] Your email address was changed"


def test_an_address_of_somebody_else_cannot_be_taken(
    app: Flask, inbox: Inbox, susan: CheckingClient
) -> None:
    fields = {"email": "david@example.com"}
    submit(susan, "/auth/settings/email", **fields)
    link = link_in(app, inbox)
    add_account(app, "david")
    assert submit(visitor(app), link).status_code == 410
    submit(susan, "/auth/settings/email", **fields)
    run(app, "send")
    assert any("another account already has it" in text_of(mail) for mail in inbox.mails)


def test_one_logs_out_elsewhere(app: Flask, susan: CheckingClient) -> None:
    phone, library = log_in(app, "susan"), log_in(app, "susan")
    with app.app_context():
        ids = list(db.session.scalars(select(LoginSession.id).order_by(LoginSession.id)))
    other = f"/auth/settings/sessions/{ids[1]}"
    submit(susan, other)
    assert [is_logged_in(client) for client in (susan, phone, library)] == [True, False, True]
    copy = copy_of(susan)
    submit(susan, "/auth/settings/sessions")
    assert [is_logged_in(client) for client in (susan, library, copy)] == [True, False, False]
    add_account(app, "david")
    david = log_in(app, "david")
    with app.app_context():
        others = db.session.scalars(select(LoginSession.id).order_by(LoginSession.id)).all()[-1]
    assert susan.get(f"/auth/settings/sessions/{others}").status_code == 404
    token = form_token(susan.get("/auth/settings/sessions").text)
    data = {"csrf_token": token}
    assert susan.post(f"/auth/settings/sessions/{others}", data=data).status_code == 404
    assert is_logged_in(david)


def test_one_writes_about_oneself(app: Flask, susan: CheckingClient) -> None:
    text = "<b>Flowers</b>\r\nand bees"
    submit(susan, "/auth/settings/profile", about_me=text)
    page = visitor(app).get("/user/susan").text
    assert "&lt;b&gt;Flowers&lt;/b&gt;\nand bees" in page
    assert "Member since" in shown(page)
    too_long = submit(susan, "/auth/settings/profile", about_me="x" * 1001)
    assert too_long.status_code == 422


def test_an_account_is_deleted_with_everything(app: Flask, susan: CheckingClient) -> None:
    answer = submit(susan, "/auth/settings/delete", name="susan")
    assert answer.location == "/"
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert not is_logged_in(susan)
    with app.app_context():
        assert db.session.scalars(select(User)).all() == []
        assert db.session.scalars(select(LoginSession)).all() == []
    assert "Pleased to meet you" in visitor(app).say("susan").text


def test_the_last_administrator_stays(app: Flask) -> None:
    add_account(app, "anna", role="Administrator")
    anna = log_in(app, "anna")
    answer = submit(anna, "/auth/settings/delete", name="anna")
    assert "You are the only administrator." in shown(answer.text)
    assert is_logged_in(anna)


def test_a_disabled_account_gets_no_links(app: Flask, inbox: Inbox, susan: CheckingClient) -> None:
    submit(visitor(app), "/auth/reset", email="susan@example.com")
    reset = link_in(app, inbox)
    submit(susan, "/auth/settings/email", email="susan@flower.example")
    change = link_in(app, inbox)
    submit(susan, "/auth/settings/email", email="susan@meadow.example")
    submit(visitor(app), "/auth/reset", email="susan@example.com")
    add_account(app, "anna", role="Administrator")
    with app.app_context():
        administration.disable(db.session.scalars(select(User).filter_by(username="susan")).one())
    inbox.mails.clear()
    run(app, "send")
    texts = [text_of(mail) for mail in inbox.mails]
    assert len(texts) == 4  # and two tell her of the change that was asked for, and the end
    assert not [text for text in texts if "/auth/reset/" in text or "/auth/change-email/" in text]
    for link in (reset, change):
        assert visitor(app).get(link).status_code == 410


def test_ones_own_name_is_no_password(susan: CheckingClient) -> None:
    fields = {"password": "Susan@Example.com"}
    answer = submit(susan, "/auth/settings/password", **fields)
    assert "This password is too easy to guess" in shown(answer.text)
