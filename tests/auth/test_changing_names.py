"""Another name for an account, or another spelling of it."""

import threading
from contextlib import suppress

import pytest
from flask import Flask
from sqlalchemy import select, update

from app import db
from app.accounts import changes
from app.models import User
from tests.auth.people import (
    PASSWORD,
    add_account,
    is_logged_in,
    link_in,
    log_in,
    open_link,
    submit,
)
from tests.clients import CheckingClient
from tests.conftest import visitor
from tests.mail.inbox import Inbox
from tests.pages import form_token, heading, name_error, shown, typed_name

PATH = "/auth/settings/name"


def users(app: Flask) -> list[User]:
    with app.app_context():
        return list(db.session.scalars(select(User).order_by(User.id)))


def names(app: Flask) -> list[tuple[str, str]]:
    return [(user.username, user.username_key) for user in users(app)]


def test_the_row_gets_another_name_and_stays(app: Flask, susan: CheckingClient) -> None:
    [before] = users(app)
    assert typed_name(susan.get(PATH).text) == "susan"
    assert submit(susan, PATH, name="  Zoë  Flower ").location == "/auth/settings"
    page = shown(susan.get("/auth/settings").text)
    assert "Your name has been changed." in page
    assert "Name Zoë Flower" in page
    assert names(app) == [("Zoë Flower", "zoë flower")]
    assert users(app)[0].id == before.id
    assert heading(susan.get("/").text) == "Hello, Zoë Flower!"
    assert visitor(app).get("/user/susan").status_code == 404
    assert is_logged_in(susan)
    assert is_logged_in(log_in(app, "zoë flower"))


@pytest.mark.parametrize("spelling", ["Susan", "SUSAN", "susan"])
def test_another_spelling_of_ones_own_name(
    app: Flask, susan: CheckingClient, spelling: str
) -> None:
    assert submit(susan, PATH, name=spelling).status_code == 303
    assert names(app) == [(spelling, "susan")]


@pytest.mark.parametrize("name", ["david", "David", " DAVID "])
def test_a_name_that_an_account_has_is_refused(
    app: Flask, susan: CheckingClient, name: str
) -> None:
    add_account(app, "david")
    before = names(app)
    answer = submit(susan, PATH, name=name)
    assert answer.status_code == 422
    assert name_error(answer.text) == "This name is taken. Please choose another one."
    assert "susan" in shown(answer.text)
    assert names(app) == before


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("", "Please enter your name."),
        ("x" * 65, "Names can have up to 64 characters."),
        ("susan@example.com", "The name of an account cannot contain @."),
        ("\0", "A name cannot contain U+0000, which is invisible or special. Please remove it."),
    ],
)
def test_what_is_no_name_comes_back(sqlite_app: Flask, name: str, message: str) -> None:
    add_account(sqlite_app, "susan")
    answer = submit(log_in(sqlite_app, "susan"), PATH, name=name)
    assert answer.status_code == 422
    assert name_error(answer.text) == message
    assert names(sqlite_app) == [("susan", "susan")]


def change_at_once(app: Flask, wishes: dict[str, str]) -> list[int]:
    """Let several users change their names at one moment, and return the answers' status codes."""
    for name in wishes:
        add_account(app, name)
    clients = {name: log_in(app, name) for name in wishes}
    tokens = {name: form_token(client.get(PATH).text) for name, client in clients.items()}
    start = threading.Barrier(len(wishes))
    statuses: list[int] = []

    def change(name: str) -> None:
        start.wait()
        data = {"csrf_token": tokens[name], "name": wishes[name]}
        statuses.append(clients[name].post(PATH, data=data).status_code)

    threads = [threading.Thread(target=change, args=[name]) for name in wishes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(statuses)


def test_of_those_who_want_one_name_at_once_one_gets_it(app: Flask) -> None:
    old = [f"flower{number}" for number in range(6)]
    statuses = change_at_once(app, dict.fromkeys(old, "Rose"))
    assert statuses == [303] + [422] * 5
    after = [name for name, _ in names(app)]
    assert after.count("Rose") == 1
    assert len(set(after) & set(old)) == 5


def test_two_who_want_each_others_names_keep_theirs(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    both_hold_their_row = threading.Barrier(2)
    change = changes.change

    def hold_and_change(user: User, **values: str) -> None:
        db.session.execute(update(User).where(User.id == user.id).values(visits=User.visits + 1))
        with suppress(threading.BrokenBarrierError):  # on SQLite, one at a time holds anything
            both_hold_their_row.wait(timeout=1)
        change(user, **values)

    monkeypatch.setattr(changes, "change", hold_and_change)
    assert change_at_once(app, {"susan": "david", "david": "susan"}) == [422, 422]
    assert {(user.username, user.email) for user in users(app)} == {
        ("susan", "susan@example.com"),
        ("david", "david@example.com"),
    }


def test_a_visitor_who_says_the_name_at_once_is_known_by_it(
    app: Flask, susan: CheckingClient
) -> None:
    token = form_token(susan.get(PATH).text)
    client = visitor(app)
    visitors_token = form_token(client.get("/").text)
    start = threading.Barrier(2)
    statuses: list[int] = []

    def say() -> None:
        start.wait()
        data = {"csrf_token": visitors_token, "name": "rose"}
        assert client.post("/", data=data).status_code == 303

    thread = threading.Thread(target=say)
    thread.start()
    start.wait()
    statuses.append(susan.post(PATH, data={"csrf_token": token, "name": "Rose"}).status_code)
    thread.join()
    assert statuses == [303]
    assert [user.username for user in users(app)] == ["Rose"]


def test_an_account_that_changed_meanwhile_keeps_its_name(
    app: Flask, susan: CheckingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    change_name = changes.change_name

    def change_after_the_end(user: User, typed: str) -> None:
        ended = threading.Thread(target=delete_all)
        ended.start()
        ended.join()
        change_name(user, typed)

    def delete_all() -> None:
        with app.app_context():
            for user in db.session.scalars(select(User)):
                db.session.delete(user)
            db.session.commit()

    token = form_token(susan.get(PATH).text)
    monkeypatch.setattr(changes, "change_name", change_after_the_end)
    answer = susan.post(PATH, data={"csrf_token": token, "name": "Rose"})
    assert answer.status_code == 303
    assert users(app) == []


def test_an_old_link_for_the_new_name_is_void(
    app: Flask, inbox: Inbox, susan: CheckingClient
) -> None:
    client = visitor(app)
    submit(client, "/auth/register", name="rose", email="david@example.com")
    link = link_in(app, inbox)
    page = open_link(client, link)
    token = form_token(client.get(page).text)
    submit(susan, PATH, name="Rose")
    assert client.get(link).status_code == 410
    assert client.post(page, data={"csrf_token": token, "password": PASSWORD}).status_code == 410
    assert [(user.username, user.email) for user in users(app)] == [("Rose", "susan@example.com")]


def test_an_old_link_for_the_former_name_is_void(app: Flask, inbox: Inbox) -> None:
    davids, susans = visitor(app), visitor(app)
    submit(davids, "/auth/register", name="susan", email="david@example.com")
    davids_link = link_in(app, inbox)
    submit(susans, "/auth/register", name="susan", email="susan@example.com")
    susans_link = link_in(app, inbox)
    submit(susans, susans_link, password=PASSWORD)
    assert davids.get(davids_link).status_code == 410
    submit(susans, PATH, name="Rose")

    assert visitor(app).get(susans_link).status_code == 410
    assert davids.get(davids_link).status_code == 410  # it rests
    assert [(user.username, user.email) for user in users(app)] == [("Rose", "susan@example.com")]
    assert is_logged_in(susans)
    assert is_logged_in(log_in(app, "rose"))
