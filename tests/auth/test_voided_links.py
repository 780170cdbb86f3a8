"""Links that open nothing any more: after acts of safety, and after they were used."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select, update

from app import db
from app.accounts import administration, email_changes
from app.models import EmailChange, UsedLink, User
from app.models.lookup import find_by_name
from app.two_factor import second_factor
from tests.auth.people import (
    PASSWORD,
    add_account,
    is_logged_in,
    link_in,
    log_in,
    open_link,
    press,
    submit,
)
from tests.auth.races import at_once, meanwhile, susan_of
from tests.clients import CheckingClient
from tests.conftest import visitor
from tests.mail.inbox import Inbox
from tests.mail.test_retention import LONG_AGO, clean
from tests.pages import form_token, shown

THIEF = "thief@evil.example"


def email_of(app: Flask, name: str = "susan") -> str | None:
    with app.app_context():
        user = find_by_name(name)
        assert user
        return user.email


def ask_for_email(client: CheckingClient, email: str = THIEF) -> None:
    answer = submit(client, "/auth/settings/email", email=email)
    assert answer.status_code == 303, answer.text


def log_out_elsewhere(_app: Flask, owner: CheckingClient) -> None:
    submit(owner, "/auth/settings/sessions")


def log_out_by_administrator(app: Flask, _owner: CheckingClient) -> None:
    with app.app_context():
        administration.log_out_everywhere(susan_of(app))


def disable_and_enable(app: Flask, _owner: CheckingClient) -> None:
    add_account(app, "david", role="Administrator")
    with app.app_context():
        administration.disable(susan_of(app))
        administration.enable(susan_of(app))


def set_up_a_factor(app: Flask, _owner: CheckingClient) -> None:
    with app.app_context(), app.test_request_context():
        second_factor.set_up(susan_of(app), "secret", 1)
        db.session.commit()


def cancel(_app: Flask, owner: CheckingClient) -> None:
    answer = press(owner, "/auth/settings/email/cancel")
    assert "Your email address stays as it is." in shown(owner.get(answer.location).text)


def ask_for_another(_app: Flask, owner: CheckingClient) -> None:
    ask_for_email(owner, "susan@meadow.example")


@pytest.mark.parametrize(
    "act",
    [
        log_out_elsewhere,
        log_out_by_administrator,
        disable_and_enable,
        set_up_a_factor,
        cancel,
        ask_for_another,
    ],
)
def test_an_act_of_safety_voids_what_a_thief_has_asked_for(
    app: Flask, inbox: Inbox, susan: CheckingClient, act: Callable[[Flask, CheckingClient], None]
) -> None:
    ask_for_email(log_in(app, "susan"))
    change = link_in(app, inbox)
    submit(visitor(app), "/auth/reset", email="susan@example.com")
    reset = link_in(app, inbox)
    client = visitor(app)
    page = open_link(client, change)
    token = form_token(client.get(page).text)
    act(app, susan)
    assert client.post(page, data={"csrf_token": token}).status_code == 410
    for link in (change, reset):
        assert visitor(app).get(link).status_code == 410
    assert email_of(app) == "susan@example.com"


def test_an_address_that_comes_back_revives_no_link(app: Flask, inbox: Inbox) -> None:
    add_account(app, "susan")
    links = []
    for email in ("susan@a.example", "susan@b.example"):
        submit(visitor(app), "/auth/reset", email=email_of(app))
        links.append(link_in(app, inbox))
        ask_for_email(log_in(app, "susan"), email)
        links.append(link_in(app, inbox))
        submit(visitor(app), links[-1])
        assert email_of(app) == email
    ask_for_email(log_in(app, "susan"), "susan@a.example")
    submit(visitor(app), link_in(app, inbox))
    assert [visitor(app).get(link).status_code for link in links] == [410] * 4


def cancel_susans() -> None:
    user = find_by_name("susan")
    assert user
    assert email_changes.cancel(user)


def test_of_a_new_address_and_its_cancelling_at_once_one_counts(
    app: Flask, inbox: Inbox, susan: CheckingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask_for_email(susan)
    client = visitor(app)
    page = open_link(client, link_in(app, inbox))
    data = {"csrf_token": form_token(client.get(page).text)}
    meanwhile(app, monkeypatch, cancel_susans)
    assert client.post(page, data=data).status_code == 410
    assert email_of(app) == "susan@example.com"


def test_a_register_link_works_once_even_after_its_account_is_deleted(
    app: Flask, inbox: Inbox
) -> None:
    client = visitor(app)
    submit(client, "/auth/register", name="susan", email="susan@example.com")
    link = link_in(app, inbox)
    other = visitor(app)
    page = open_link(other, link)
    data = {"csrf_token": form_token(other.get(page).text), "password": PASSWORD}
    submit(client, link, password=PASSWORD)
    submit(client, "/auth/settings/delete", name="susan")
    signature = link[-1]
    respelled = link[:-1] + chr(ord(signature) + 1)  # the last character has bits to spare
    for used in (link, respelled):
        assert visitor(app).get(used).status_code == 410
    assert other.post(page, data=data).status_code == 410
    with app.app_context():
        assert db.session.scalars(select(User)).all() == []


def test_a_register_link_works_once_even_after_name_and_address_have_moved_on(
    app: Flask, inbox: Inbox
) -> None:
    client = visitor(app)
    submit(client, "/auth/register", name="susan", email="susan@example.com")
    link = link_in(app, inbox)
    submit(client, link, password=PASSWORD)
    submit(client, "/auth/settings/name", name="berta")
    ask_for_email(client, "berta@example.com")
    submit(client, link_in(app, inbox))
    assert email_of(app, "berta") == "berta@example.com"
    assert visitor(app).get(link).status_code == 410


def test_a_register_link_is_used_once_by_many_at_once_while_its_account_is_deleted(
    app: Flask, inbox: Inbox
) -> None:
    submit(visitor(app), "/auth/register", name="susan", email="susan@example.com")
    link = link_in(app, inbox)
    clients = [visitor(app) for _ in range(4)]
    pages = [open_link(client, link) for client in clients]
    tokens = [
        form_token(client.get(page).text) for client, page in zip(clients, pages, strict=True)
    ]
    made = []

    def use(number: int) -> int:
        data = {"csrf_token": tokens[number], "password": PASSWORD}
        answer = clients[number].post(pages[number], data=data)
        if answer.status_code == 303:
            made.append(number)
            submit(clients[number], "/auth/settings/delete", name="susan")
        return answer.status_code

    assert at_once(*(lambda number=number: use(number) for number in range(4))) <= {303, 410}
    assert len(made) == 1


def test_what_is_kept_of_links_and_addresses_is_deleted_once_nobody_needs_it(
    app: Flask, inbox: Inbox, susan: CheckingClient
) -> None:
    client = visitor(app)
    submit(client, "/auth/register", name="david", email="david@example.com")
    submit(client, link_in(app, inbox), password=PASSWORD)
    ask_for_email(susan)
    submit(visitor(app), link_in(app, inbox))

    def kept() -> list[int]:
        with app.app_context():
            return [len(db.session.scalars(select(it)).all()) for it in (UsedLink, EmailChange)]

    clean(app)
    assert kept() == [1, 1]
    with app.app_context():
        db.session.execute(update(UsedLink).values(used_at=LONG_AGO))
        db.session.execute(update(EmailChange).values(at=LONG_AGO))
        db.session.commit()
    clean(app)
    assert kept() == [0, 0]


def test_the_settings_show_what_waits(app: Flask, inbox: Inbox, susan: CheckingClient) -> None:
    assert "Cancel this change" not in shown(susan.get("/auth/settings").text)
    ask_for_email(susan)
    page = shown(susan.get("/auth/settings").text)
    assert f"{THIEF} requested" in page
    assert "Cancel this change" in page
    submit(visitor(app), link_in(app, inbox))
    assert "Cancel this change" not in shown(susan.get("/auth/settings").text)
    assert is_logged_in(susan)
