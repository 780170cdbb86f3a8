"""“This was not me”: by a mail, or in the settings. Whoever presses it gains nothing."""

import re
import threading
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from app import db
from app.accounts.links import NotMeLink
from app.models import AuditEvent, EmailChange, User
from app.models.lookup import find_by_name
from tests.auth.people import (
    OTHER_PASSWORD,
    PASSWORD,
    add_account,
    is_logged_in,
    link_in,
    log_in,
    open_link,
    submit,
)
from tests.auth.test_voided_links import THIEF, ask_for_email, email_of
from tests.clients import CheckingClient
from tests.conftest import visitor
from tests.mail.inbox import Inbox, text_of
from tests.mail.outbox import run
from tests.pages import form_token, heading, shown

OWNER = "susan@example.com"


def mails_to(app: Flask, inbox: Inbox, email: str) -> list[str]:
    """Send the mails that wait, and return the texts of those that went to an address."""
    run(app, "send")
    return [text_of(mail) for mail in inbox.mails if mail["To"] == email]


def not_me_link(app: Flask, inbox: Inbox, email: str = OWNER) -> str:
    """Return the path of the newest link for who was mailed at an address, but did nothing."""
    texts = " ".join(mails_to(app, inbox, email))
    links: list[str] = re.findall(r"http://127\.0\.0\.1:5000(/auth/not-me/\S+)", texts)
    return links[-1]


def move(app: Flask, inbox: Inbox, email: str) -> None:
    """Do what a thief does who has the password: give the account an address of their own."""
    ask_for_email(log_in(app, "susan"), email)
    submit(visitor(app), link_in(app, inbox))
    assert email_of(app) == email


def can_log_in(app: Flask, password: str = PASSWORD) -> bool:
    client = visitor(app)
    submit(client, "/auth/login", login="susan", password=password)
    return is_logged_in(client)


def test_the_present_address_is_told_of_a_new_one_at_once_and_stops_it(
    app: Flask, inbox: Inbox, susan: CheckingClient
) -> None:
    thief = log_in(app, "susan")
    ask_for_email(thief)
    change = link_in(app, inbox)
    [told] = mails_to(app, inbox, OWNER)
    assert f"{THIEF} is to be the new email address of your account susan" in told
    link = not_me_link(app, inbox)
    owner = visitor(app)
    page = owner.get(open_link(owner, link))
    assert heading(page.text) == "This was not me"
    assert f"We will email {OWNER} a link" in shown(page.text)
    assert is_logged_in(thief)
    submit(owner, link)
    assert "Everyone is logged out of your account." in shown(owner.get("/").text)
    assert visitor(app).get(change).status_code == 410
    assert not is_logged_in(thief)
    assert not is_logged_in(susan)
    assert not can_log_in(app)
    submit(visitor(app), link_in(app, inbox), password=OTHER_PASSWORD)
    assert can_log_in(app, OTHER_PASSWORD)
    assert email_of(app) == OWNER


def test_a_changed_address_is_taken_back(app: Flask, inbox: Inbox, susan: CheckingClient) -> None:
    move(app, inbox, THIEF)
    move(app, inbox, "second@evil.example")  # so that the first one does not count
    thiefs = not_me_link(app, inbox, THIEF)
    link = not_me_link(app, inbox)
    client = visitor(app)
    page = shown(client.get(open_link(client, link)).text)
    assert f"{OWNER} will be the email address of your account again." in page
    inbox.mails.clear()
    submit(visitor(app), link)
    assert email_of(app) == OWNER
    assert not is_logged_in(susan)
    assert not can_log_in(app)
    run(app, "send")
    assert {mail["To"]: mail["Subject"] for mail in inbox.mails} == {
        OWNER: "[Flasky] Choose a new password",
        "second@evil.example": "[Flasky] Your email address was changed back",
    }
    assert "/auth/" not in mails_to(app, inbox, "second@evil.example")[0]
    for path in (thiefs, thiefs):
        assert visitor(app).get(path).status_code == 410
    submit(visitor(app), link_in(app, inbox), password=OTHER_PASSWORD)
    assert can_log_in(app, OTHER_PASSWORD)


def test_no_address_between_can_be_taken_back_after_that(app: Flask, inbox: Inbox) -> None:
    add_account(app, "susan")
    for email in (THIEF, OWNER, "second@evil.example"):
        move(app, inbox, email)
    thiefs = not_me_link(app, inbox, THIEF)
    assert visitor(app).get(thiefs).status_code == 303
    submit(visitor(app), not_me_link(app, inbox))
    assert email_of(app) == OWNER
    assert visitor(app).get(thiefs).status_code == 410


@pytest.mark.parametrize("days", [6, 8])
def test_an_address_can_be_taken_back_for_seven_days(app: Flask, inbox: Inbox, days: int) -> None:
    add_account(app, "susan")
    move(app, inbox, THIEF)
    link = not_me_link(app, inbox)  # before the worker deletes what is old
    with app.app_context():
        [change] = db.session.scalars(select(EmailChange))
        change.at -= timedelta(days=days)
        db.session.commit()
    assert visitor(app).get(link).status_code == (303 if days < 7 else 410)


def test_the_link_is_dead_after_its_lifetime(app: Flask, inbox: Inbox) -> None:
    add_account(app, "susan")
    app.config["NOT_ME_LINK_LIFETIME"] = -1
    with app.app_context():
        user = find_by_name("susan")
        assert user
        number = user.id
    with app.test_request_context():
        link = NotMeLink(number, OWNER).make_url().removeprefix("http://localhost")
    assert inbox
    assert visitor(app).get(link).status_code == 410


def test_an_address_that_another_account_has_by_now_is_not_taken_back(
    app: Flask, inbox: Inbox
) -> None:
    add_account(app, "susan")
    move(app, inbox, THIEF)
    link = not_me_link(app, inbox)
    add_account(app, "david")
    with app.app_context():
        db.session.execute(
            update(User).where(User.username == "david").values(email=OWNER, email_key=OWNER)
        )
        db.session.commit()
    answer = submit(visitor(app), link)
    assert answer.status_code == 409
    assert heading(answer.text) == "Another account has this email address"
    assert email_of(app) == THIEF
    assert can_log_in(app)


def test_a_thief_who_presses_it_loses(app: Flask, inbox: Inbox, susan: CheckingClient) -> None:
    thief = log_in(app, "susan")
    inbox.mails.clear()
    answer = submit(thief, "/auth/settings/not-me")
    assert answer.location == "/"
    assert answer.headers["Clear-Site-Data"]
    assert not is_logged_in(thief)
    assert not is_logged_in(susan)
    assert not can_log_in(app)
    run(app, "send")
    assert {mail["To"] for mail in inbox.mails} == {OWNER}
    assert "/auth/reset/" in text_of(inbox.mails[-1])


def test_looking_at_it_does_nothing(app: Flask, inbox: Inbox, susan: CheckingClient) -> None:
    ask_for_email(susan)
    client = visitor(app)
    page = open_link(client, not_me_link(app, inbox))
    client.get(page)
    susan.get("/auth/settings/not-me")
    assert is_logged_in(susan)
    assert client.post(page).status_code == 400
    assert is_logged_in(susan)


def test_a_disabled_account_is_not_opened_by_it(app: Flask, inbox: Inbox) -> None:
    add_account(app, "susan")
    ask_for_email(log_in(app, "susan"))
    link = not_me_link(app, inbox)
    with app.app_context():
        db.session.execute(update(User).values(disabled_at=User.first_seen))
        db.session.commit()
    assert visitor(app).get(link).status_code == 410


def test_of_many_who_take_back_at_once_none_does_harm(app: Flask, inbox: Inbox) -> None:
    add_account(app, "susan")
    move(app, inbox, THIEF)
    link = not_me_link(app, inbox)
    clients = [visitor(app) for _ in range(3)]
    pages = [open_link(client, link) for client in clients]
    forms = [form_token(client.get(page).text) for client, page in zip(clients, pages, strict=True)]
    statuses: list[int] = []

    def take(number: int) -> None:
        answer = clients[number].post(pages[number], data={"csrf_token": forms[number]})
        statuses.append(answer.status_code)

    threads = [threading.Thread(target=take, args=[number]) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 303 in statuses  # who comes at the same moment may be told that it is done
    assert set(statuses) <= {303, 410}
    assert email_of(app) == OWNER
    with app.app_context():
        assert db.session.scalars(select(EmailChange)).all() == []
        done = db.session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)).all()
    assert done.count("address changed") == 2
    assert done.count("account secured") == statuses.count(303)
