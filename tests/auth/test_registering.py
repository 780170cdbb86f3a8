"""A name that somebody said gets an account."""

import hashlib
import re
import secrets
import threading
import time

import pytest
from flask import Flask
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import select
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from app import db
from app.models import User, passwords
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
from tests.mail.inbox import Inbox, text_of
from tests.mail.outbox import run
from tests.pages import form_token, heading, shown, typed_name

# Signs of full width, which become ASCII's when a domain is encoded.
SEVERAL = [
    "one@victim.example＞，＜two＠attacker.example",
    "m@v.example，v0＠v.example，v1＠v.example",
    "one@victim.example；two＠attacker.example",
]


def users(app: Flask) -> list[User]:
    with app.app_context():
        return list(db.session.scalars(select(User).order_by(User.id)))


def test_a_known_name_becomes_the_account_of_who_opens_the_link(app: Flask, inbox: Inbox) -> None:
    client = visitor(app)
    client.say("Zoë O'Brien")
    client.say("Zoë O'Brien")
    [before] = users(app)
    answer = submit(client, "/auth/register", name="zoë o'brien", email="Zoe@Example.com")
    assert answer.location == "/auth/mail-sent"
    link = link_in(app, inbox)
    subjects = {mail["To"]: mail["Subject"] for mail in inbox.mails}
    assert subjects["Zoe@example.com"] == "[Flasky] Your account"

    page = client.get(open_link(client, link))
    assert "zoë o'brien" in page.text.replace("&#39;", "'")
    assert users(app)[0].password_hash is None
    answer = submit(client, link, password=PASSWORD)
    assert answer.location == "/"
    assert "Welcome! Your account is ready." in shown(client.get("/").text)
    [after] = users(app)
    assert (after.id, after.visits, after.username) == (before.id, 2, "Zoë O'Brien")
    with app.app_context():
        assert db.session.get_one(User, after.id).role.name == "User"  # type: ignore[union-attr]
    for login in ("ZOË O'Brien", "zoe@example.com"):
        assert is_logged_in(log_in(app, login))


def test_a_new_name_can_be_registered_at_once(app: Flask, inbox: Inbox) -> None:
    client = visitor(app)
    submit(client, "/auth/register", name="susan", email="susan@example.com")
    assert users(app) == []
    submit(client, link_in(app, inbox), password=PASSWORD)
    assert [user.username for user in users(app)] == ["susan"]
    assert is_logged_in(client)
    assert "Pleased to meet you!" in shown(client.get("/").text)
    assert "Visits none yet" in shown(client.get("/user/susan").text)


def test_a_name_that_was_said_can_be_made_ones_own(app: Flask, inbox: Inbox) -> None:
    client = visitor(app)
    client.say("Susan")
    assert 'href="/auth/register">Make this name yours</a>' in client.get("/").text
    assert typed_name(client.get("/auth/register").text) == "Susan"
    submit(client, "/auth/register", name="Susan", email="susan@example.com")
    submit(client, link_in(app, inbox), password=PASSWORD)
    assert "Make this name yours" not in client.get("/").text


def test_an_address_without_an_account_is_in_the_way_of_others(app: Flask, inbox: Inbox) -> None:
    with app.app_context():
        db.session.add(User(username="susan", email="susan@example.com"))
        db.session.commit()
    client = visitor(app)
    submit(client, "/auth/register", name="anna", email="susan@example.com")
    run(app, "send")
    assert "a name that is already taken" in text_of(inbox.mails[-1])
    submit(client, "/auth/register", name="susan", email="susan@example.com")
    submit(client, link_in(app, inbox), password=PASSWORD)
    assert is_logged_in(client)


def test_the_administrators_address_makes_an_administrator(app: Flask, inbox: Inbox) -> None:
    client = visitor(app)
    submit(client, "/auth/register", name="anna", email="Admin@example.com")
    submit(client, link_in(app, inbox), password=PASSWORD)
    with app.app_context():
        assert db.session.scalars(select(User)).one().is_administrator()


def test_a_link_works_once(app: Flask, inbox: Inbox) -> None:
    client = visitor(app)
    submit(client, "/auth/register", name="susan", email="susan@example.com")
    link = link_in(app, inbox)
    submit(client, link, password=PASSWORD)
    again = visitor(app).get(link)
    assert again.status_code == 410
    assert heading(again.text) == "This link is no longer valid"


def test_of_two_people_who_want_one_name_the_first_gets_it(app: Flask, inbox: Inbox) -> None:
    susan, david = visitor(app), visitor(app)
    submit(susan, "/auth/register", name="flower", email="susan@example.com")
    susans = link_in(app, inbox)
    submit(david, "/auth/register", name="flower", email="david@example.com")
    davids = link_in(app, inbox)
    page = open_link(david, davids)
    assert david.get(page).status_code == 200
    submit(susan, susans, password=PASSWORD)
    for late in (david.get(davids), david.get(page)):
        assert late.status_code == 410
        assert "someone else may have claimed the name first" in shown(late.text)
    assert [user.email for user in users(app)] == ["susan@example.com"]


@pytest.mark.parametrize("known", [True, False])
def test_64_links_for_one_name_at_once_make_one_owner(
    app: Flask, inbox: Inbox, *, known: bool
) -> None:
    if known:
        visitor(app).say("flower")
    number = 64
    clients = {f"person{person}@example.com": visitor(app) for person in range(number)}
    for person, (email, client) in enumerate(clients.items()):
        client.environ_base["REMOTE_ADDR"] = f"10.0.0.{person}"
        submit(client, "/auth/register", name="flower", email=email)
    run(app, "send")
    pages = []
    for mail in inbox.mails:
        if mail["To"] in clients:
            client = clients[mail["To"]]
            [link] = re.findall(r"http://[^/]+(/auth/register/\S+)", text_of(mail))
            page = open_link(client, link)
            pages.append((client, page, form_token(client.get(page).text)))
    assert len(pages) == number
    statuses: list[int] = []
    start = threading.Barrier(number)

    def use(client: CheckingClient, page: str, token: str) -> None:
        start.wait()
        answer = client.post(page, data={"csrf_token": token, "password": PASSWORD})
        statuses.append(answer.status_code)

    threads = [threading.Thread(target=use, args=arguments) for arguments in pages]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses.count(303) == 1
    assert set(statuses) <= {303, 410}
    assert len(users(app)) == 1


def test_the_answer_is_the_same_whatever_the_name_and_the_address(app: Flask, inbox: Inbox) -> None:
    add_account(app, "susan")
    cases = {
        "free": ("david", "david@example.com"),
        "taken": ("susan", "david@example.com"),
        "has account": ("david", "susan@example.com"),
    }
    answers = set()
    texts = {}
    for case, (name, email) in cases.items():
        answer = submit(visitor(app), "/auth/register", name=name, email=email)
        answers.add((answer.status_code, answer.location, answer.text))
        run(app, "send")
        texts[case] = text_of(inbox.mails[-1])
    assert len(answers) == 1
    assert "/auth/register/" in texts["free"]
    assert "a name that is already taken" in texts["taken"]
    assert "it already has an account, named susan" in texts["has account"]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"name": "", "email": "susan@example.com"}, "Please enter your name."),
        ({"name": "susan@x.example", "email": "a@b.example"}, "cannot contain @"),
        ({"name": "susan＠x.example", "email": "a@b.example"}, "cannot contain @"),
        (
            {"name": "susan", "email": "(" * 2000 + "@b.example"},
            "Please enter a valid email address",
        ),
        ({"name": "susan", "email": "susan"}, "Please enter a valid email address"),
        ({"name": "susan", "email": "susan@localhost"}, "Please enter a valid email address"),
        ({"name": "susan", "email": "a@b.c\nBcc: x@y.z"}, "Please enter a valid email address"),
    ],
)
def test_a_form_that_cannot_be_used_comes_back(
    sqlite_app: Flask, fields: dict[str, str], message: str
) -> None:
    answer = submit(visitor(sqlite_app), "/auth/register", **fields)
    assert answer.status_code == 422
    assert message in shown(answer.text)


@pytest.mark.parametrize(
    ("password", "message"),
    [
        ("1234567", "Passwords need at least 8 characters."),
        ("x" * 1025, "Passwords can have up to 1024 characters."),
        ("password1", "This password is too common."),
        ("Flasky2026!", "This password is too common."),
        ("aaaaaaaaaaaa", "This password is too common."),
        ("SUSAN flower", "This password is too easy to guess"),
        ("susan.van@FLOWER.example", "This password is too easy to guess"),
        ("Susan.van", "This password is too easy to guess"),
    ],
)
def test_a_password_that_others_would_guess_is_refused(
    sqlite_app: Flask, inbox: Inbox, password: str, message: str
) -> None:
    client = visitor(sqlite_app)
    submit(client, "/auth/register", name="Susan Flower", email="susan.van@flower.example")
    answer = submit(client, link_in(sqlite_app, inbox), password=password)
    assert answer.status_code == 422
    assert message in shown(answer.text)
    assert password not in answer.text


def test_the_3000_commonest_passwords_that_are_long_enough_are_refused() -> None:
    common = [password for password in FREQUENCY_LISTS["passwords"] if len(password) >= 8]
    for password in common[:3000]:
        with pytest.raises(passwords.WeakPasswordError):
            passwords.check(password)


@pytest.mark.parametrize(
    "password",
    [
        "8 letter",
        "x y" * 341,
        "пароль из тридцати шести букв пароль",
        "  blanks around  ",
        "nul\0nul\0",
    ],
)
def test_any_other_password_is_taken_as_it_is(
    sqlite_app: Flask, inbox: Inbox, password: str
) -> None:
    client = visitor(sqlite_app)
    submit(client, "/auth/register", name="susan", email="susan@example.com")
    submit(client, link_in(sqlite_app, inbox), password=password)
    assert is_logged_in(log_in(sqlite_app, "susan", password=password))
    answer = submit(
        visitor(sqlite_app), "/auth/login", login="susan", password=password.strip()[:-1]
    )
    assert answer.status_code == 422


@pytest.mark.parametrize("change", ["altered", "aged", "another purpose"])
def test_a_link_that_is_not_the_one_is_refused(
    sqlite_app: Flask, inbox: Inbox, change: str
) -> None:
    client = visitor(sqlite_app)
    submit(client, "/auth/register", name="susan", email="susan@example.com")
    link = link_in(sqlite_app, inbox)
    if change == "altered":
        link = link[:-6] + "abcdef"
    elif change == "aged":
        sqlite_app.config["REGISTER_LINK_LIFETIME"] = 0
        time.sleep(1.1)
    else:
        link = link.replace("/register/", "/reset/")
    dead = client.get(link)
    assert dead.status_code == 410
    way_on = "/auth/reset" if change == "another purpose" else "/auth/register"
    assert f'class="btn btn-primary" href="{way_on}"' in dead.text
    assert client.post(link, data={"password": PASSWORD}).status_code == 405


def test_a_link_of_a_former_secret_key_is_still_good(sqlite_app: Flask, inbox: Inbox) -> None:
    client = visitor(sqlite_app)
    submit(client, "/auth/register", name="susan", email="susan@example.com")
    link = link_in(sqlite_app, inbox)
    sqlite_app.config["SECRET_KEY_FALLBACKS"] = [sqlite_app.config["SECRET_KEY"]]
    sqlite_app.config["SECRET_KEY"] = secrets.token_hex()
    assert visitor(sqlite_app).get(link).status_code == 303
    sqlite_app.config["SECRET_KEY_FALLBACKS"] = []
    assert visitor(sqlite_app).get(link).status_code == 410


@pytest.mark.parametrize(
    ("path", "fields"),
    [("/auth/register", {"name": "david"}), ("/auth/reset", {})],
)
def test_nobody_fills_a_mailbox(sqlite_app: Flask, path: str, fields: dict[str, str]) -> None:
    statuses = []
    for number in range(4):
        client = visitor(sqlite_app)
        client.environ_base["REMOTE_ADDR"] = f"10.0.0.{number}"
        answer = submit(client, path, email="Susan@example.com", **fields)
        statuses.append(answer.status_code)
    assert statuses == [303, 303, 303, 429]
    client = visitor(sqlite_app)
    statuses = [
        submit(client, path, email=f"person{number}@example.com", **fields).status_code
        for number in range(21)
    ]
    assert statuses == [303] * 20 + [429]


@pytest.mark.parametrize("change", ["nothing", "digest", "salt", "key", "unsigned"])
def test_a_link_that_is_signed_in_another_way_is_refused(sqlite_app: Flask, change: str) -> None:
    key = "another key" if change == "key" else sqlite_app.config["SECRET_KEY"]
    salt = "cookie-session" if change == "salt" else "link REGISTER"
    digest = hashlib.sha1 if change == "digest" else hashlib.sha256
    serializer = URLSafeTimedSerializer(key, salt=salt, signer_kwargs={"digest_method": digest})
    token = serializer.dumps({"name": "susan", "email": "susan@example.com"})
    if change == "unsigned":
        token = token.rpartition(".")[0] + "."
    status = visitor(sqlite_app).get(f"/auth/register/{token}").status_code
    assert status == (303 if change == "nothing" else 410)


def test_a_token_in_an_address_is_told_to_nobody(sqlite_app: Flask, inbox: Inbox) -> None:
    client = visitor(sqlite_app)
    submit(client, "/auth/register", name="susan", email="susan@example.com")
    link = link_in(sqlite_app, inbox)
    for path in (link, f"{link}x", link.replace("register", "reset")):  # also those of dead links
        assert client.get(path).headers.getlist("Referrer-Policy") == ["strict-origin"]
    assert client.get("/auth/register").headers["Referrer-Policy"] != "strict-origin"


def test_one_address_reaches_one_mailbox(sqlite_app: Flask, inbox: Inbox) -> None:
    client = visitor(sqlite_app)
    for number, email in enumerate(SEVERAL):
        answer = submit(client, "/auth/register", name=f"susan {number}", email=email)
        assert answer.status_code == 422
        assert submit(client, "/auth/reset", email=email).status_code == 422
    run(sqlite_app, "send")
    assert inbox.envelopes == []
