"""Names of accounts: none is made to be taken for another one's, and old ones rest."""

import re
import threading
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from app import db
from app.models import AccountName, User
from app.models.account_name import RESTS_FOR
from tests.auth.people import PASSWORD, add_account, link_in, log_in, open_link, submit
from tests.clients import CheckingClient
from tests.conftest import visitor
from tests.mail.inbox import Inbox, text_of
from tests.mail.outbox import run
from tests.pages import form_token, name_error, shown

SETTINGS = "/auth/settings/name"
NULL_NOTEHEAD = "\N{MUSICAL SYMBOL NULL NOTEHEAD}"
ACCENTS = "Z" + "\N{COMBINING ACUTE ACCENT}" * 4
CYRILLIC_A, CYRILLIC_KA = "\N{CYRILLIC CAPITAL LETTER A}", "\N{CYRILLIC SMALL LETTER KA}"
OWN = "This name could be taken for the site's own. Please choose another one."
MIXED = "The name of an account cannot mix letters of different alphabets: they look alike."


def ask_for_account(app: Flask, name: str, email: str = "linda@example.net") -> CheckingClient:
    client = visitor(app)
    assert submit(client, "/auth/register", name=name, email=email).status_code == 303
    return client


def is_taken(app: Flask, inbox: Inbox, name: str) -> bool:
    """Return what a mail says to somebody who wants that name."""
    ask_for_account(app, name)
    run(app, "send")
    return "a name that is already taken" in text_of(inbox.mails[-1])


def names(app: Flask) -> list[str]:
    with app.app_context():
        return list(db.session.scalars(select(User.username).order_by(User.id)))


def let_days_pass(app: Flask) -> None:
    with app.app_context():
        for claim in db.session.scalars(select(AccountName)):
            if claim.given_up_at:
                claim.given_up_at -= RESTS_FOR + timedelta(days=1)
        db.session.commit()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        *[(name, OWN) for name in ["Administrator", "ADMIN", "ad.min", "Flasky", "Support"]],
        *[(name, OWN) for name in ["root", "postmaster", "管理员", "版主", "M0derator"]],
        (f"{CYRILLIC_A}dministrator", MIXED),
        (f"Flas{CYRILLIC_KA}y2", MIXED),
        ("http://evil.example/login", "The name of an account cannot contain //."),
        (ACCENTS, "The name of an account cannot have more than 3 accents on one letter."),
        (NULL_NOTEHEAD, "A name needs at least one visible character."),
    ],
)
def test_a_name_that_pretends_is_refused(sqlite_app: Flask, name: str, message: str) -> None:
    client = visitor(sqlite_app)
    answer = submit(client, "/auth/register", name=name, email="x@example.com")
    assert answer.status_code == 422
    assert name_error(answer.text) == message
    add_account(sqlite_app, "susan")
    answer = submit(log_in(sqlite_app, "susan"), SETTINGS, name=name)
    assert name_error(answer.text) == message


@pytest.mark.parametrize(
    "name",
    ["José", "李雷 Lee", "Иван Петров", "さくら Sakura", "Vũ Ngọc", "김Kim", "مريم"],
)
def test_people_may_have_names_of_any_alphabet(sqlite_app: Flask, inbox: Inbox, name: str) -> None:
    client = ask_for_account(sqlite_app, name)
    assert submit(client, link_in(sqlite_app, inbox), password=PASSWORD).status_code == 303
    assert names(sqlite_app) == [name]


def test_visitors_may_still_say_what_they_like(sqlite_app: Flask) -> None:
    visitor(sqlite_app).say("Administrator")
    assert names(sqlite_app) == ["Administrator"]


def test_a_name_that_looks_like_another_ones_is_taken(app: Flask, inbox: Inbox) -> None:
    add_account(app, "linda")
    assert is_taken(app, inbox, "Iinda")  # with a capital I
    answer = submit(log_in(app, "linda"), SETTINGS, name="Iinda")  # but by its owner
    assert answer.status_code == 303
    assert names(app) == ["Iinda"]


def test_an_account_gets_no_name_that_looks_like_another_ones(
    app: Flask, susan: CheckingClient
) -> None:
    add_account(app, "linda")
    answer = submit(susan, SETTINGS, name="Iinda")
    assert name_error(answer.text) == "This name is taken. Please choose another one."
    assert names(app) == ["susan", "linda"]


def test_of_links_for_names_that_look_alike_the_first_counts(app: Flask, inbox: Inbox) -> None:
    wanted = ["linda", "Iinda", "Linda", "linda"]
    links = []
    for number, name in enumerate(wanted):
        ask_for_account(app, name, f"linda{number}@example.net")
        links.append(link_in(app, inbox))
    browsers = [visitor(app) for _ in links]
    pages = [open_link(it, link) for it, link in zip(browsers, links, strict=True)]
    tokens = [form_token(it.get(page).text) for it, page in zip(browsers, pages, strict=True)]
    start = threading.Barrier(len(links))
    statuses: list[int] = []

    def register(number: int) -> None:
        start.wait()
        data = {"csrf_token": tokens[number], "password": PASSWORD}
        statuses.append(browsers[number].post(pages[number], data=data).status_code)

    threads = [threading.Thread(target=register, args=[number]) for number in range(len(links))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [303, 410, 410, 410]


def test_a_name_that_was_given_up_rests(app: Flask, inbox: Inbox, susan: CheckingClient) -> None:
    submit(susan, SETTINGS, name="Rose")
    assert is_taken(app, inbox, "susan")
    assert is_taken(app, inbox, "SUSAN")
    let_days_pass(app)
    assert not is_taken(app, inbox, "susan")


def test_who_gave_a_name_up_may_have_it_again(app: Flask, susan: CheckingClient) -> None:
    submit(susan, SETTINGS, name="Rose")
    assert submit(susan, SETTINGS, name="susan").status_code == 303
    assert names(app) == ["susan"]


def test_the_name_of_a_deleted_account_rests(
    app: Flask, inbox: Inbox, susan: CheckingClient
) -> None:
    assert "use your name for 90 days" in shown(susan.get("/auth/settings/delete").text)
    submit(susan, "/auth/settings/delete", name="susan")
    assert names(app) == []
    assert is_taken(app, inbox, "susan")
    let_days_pass(app)
    app.test_cli_runner().invoke(args=["clean"])
    with app.app_context():
        assert db.session.scalars(select(AccountName)).all() == []
    assert not is_taken(app, inbox, "susan")


def test_an_account_may_take_a_name_that_only_a_visitor_has_said(
    app: Flask, susan: CheckingClient
) -> None:
    browser = visitor(app)
    for _ in range(3):
        browser.say("Rose")
    with app.app_context():
        since = db.session.scalar(select(User.first_seen).where(User.username == "Rose"))
        db.session.execute(
            update(User).where(User.username == "susan").values(first_seen=since)  # not later
        )
        db.session.commit()
    assert submit(susan, SETTINGS, name="rose").status_code == 303
    with app.app_context():
        [user] = db.session.scalars(select(User))
        assert (user.username, user.visits, user.first_seen) == ("rose", 3, since)
    assert "Welcome back" in shown(browser.say("ROSE").text) or names(app) == ["rose"]


def test_an_operator_gives_any_name_but_anothers(app: Flask) -> None:
    def create(name: str) -> str:
        runner = app.test_cli_runner()
        return runner.invoke(args=["user", "create", name, "linda@example.net"]).output

    assert re.match(r"http\S+/auth/register/\S+\n$", create("admin"))
    add_account(app, "linda")
    assert create("Iinda") == (
        "Error: 'Iinda' looks like the name of another account, or of one that gave it up in the "
        "last 90 days.\n"
    )


def test_an_operator_may_make_an_account_anew_in_the_shell(app: Flask) -> None:
    for _ in range(2):
        add_account(app, "susan")
        with app.app_context():
            db.session.delete(db.session.scalars(select(User)).one())
            db.session.commit()
    add_account(app, "susan")
    assert names(app) == ["susan"]
