"""Who asks for mails to others, from wherever, gets few of them sent."""

import pytest
from flask import Flask
from sqlalchemy import select

from app import db
from app.mail import outbox
from app.models import Notice, OutgoingMail
from app.models.addresses import get_mailbox, parse_email
from tests.auth.people import add_account, submit
from tests.conftest import application, visitor
from tests.pages import heading

HOSTS = iter(f"10.{high}.{low}.1" for high in range(200) for low in range(200))


def ask(app: Flask, email: str, page: str = "reset") -> int:
    """Ask for a mail, each time from another place."""
    client = visitor(app)
    client.environ_base["REMOTE_ADDR"] = next(HOSTS)
    fields = {"name": "somebody"} if page == "register" else {}
    return submit(client, f"/auth/{page}", email=email, **fields).status_code


@pytest.mark.parametrize(
    ("address", "mailbox"),
    [
        ("Susan+tag@example.com", "susan@example.com"),
        ("s.u.san+a+b@example.com", "s.u.san@example.com"),
        ("s.u.san+a@gmail.com", "susan@gmail.com"),
        ("susan@googlemail.com", "susan@gmail.com"),
        ("+susan@example.com", "+susan@example.com"),
    ],
)
def test_spellings_of_one_mailbox_are_one(address: str, mailbox: str) -> None:
    assert get_mailbox(parse_email(address)) == mailbox


def test_tags_and_dots_gain_nothing(sqlite_app: Flask) -> None:
    statuses = [ask(sqlite_app, f"victim+{number}@example.com") for number in range(4)]
    assert statuses == [303] * 3 + [429]
    dotted = [
        "victim@gmail.com",
        "v.ictim@gmail.com",
        "vic.tim@googlemail.com",
        "victi.m@gmail.com",
    ]
    assert [ask(sqlite_app, address) for address in dotted] == [303] * 3 + [429]
    with sqlite_app.app_context():  # but each goes where it was asked for
        recipients = db.session.scalars(select(OutgoingMail.recipient)).all()
    assert recipients[1] == "victim+1@example.com"


def test_one_person_gets_six_mails_a_day(sqlite_app: Flask) -> None:
    limiter = sqlite_app.extensions["limiter"]
    statuses = []
    for _ in range(3):  # hours
        statuses += [ask(sqlite_app, "victim@example.com") for _ in range(3)]
        for key in [key for key in limiter.storage.events if key.endswith("/3/1/hour")]:
            limiter.storage.clear(key)
    assert statuses == [303] * 6 + [429] * 3
    assert ask(sqlite_app, "victim@example.com", "register") == 303  # the purposes are apart


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNASKED_MAILS_LIMIT", "5 per hour")
    monkeypatch.setenv("FLASKY_ADMIN", "david@example.com")


@pytest.mark.usefixtures("small")
def test_the_whole_site_sends_so_many_and_the_administrator_is_told() -> None:
    with application() as app:
        add_account(app, "susan")
        pages = [ask(app, f"somebody{number}@example.com", "register") for number in range(7)]
        assert pages == [303] * 5 + [429] * 2
        assert ask(app, "susan@example.com") == 303  # a flood of one purpose leaves the other
        answer = submit(visitor(app), "/auth/register", name="x", email="x@example.com")
        assert heading(answer.text) == "Too many requests"
        with app.app_context():
            [notice] = db.session.scalars(select(Notice)).all()
            assert notice.parameters == {"limit": "mails of the site"}


def test_a_reset_leaves_before_what_was_asked_for_earlier(app: Flask) -> None:
    add_account(app, "susan")
    for number in range(3):
        ask(app, f"somebody{number}@example.com", "register")
    ask(app, "susan@example.com")
    with app.app_context():
        templates = []
        while claim := outbox.claim():
            templates.append(db.session.get_one(OutgoingMail, claim.id).template)
    assert templates == ["mail/reset"] + ["mail/register"] * 3
