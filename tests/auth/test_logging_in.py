"""Logging in and out."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask_login import encode_cookie
from sqlalchemy import event, select, text, update

from app import database, db
from app.models import LoginSession, User, passwords
from tests.auth.people import (
    OTHER_PASSWORD,
    PASSWORD,
    add_account,
    is_logged_in,
    log_in,
    press,
    submit,
)
from tests.clients import CheckingClient
from tests.conftest import HASHER, visitor
from tests.pages import form_token, heading, shown


def test_the_pages_show_who_is_logged_in(app: Flask, susan: CheckingClient) -> None:
    page = shown(susan.get("/").text)
    assert "susan" in page
    assert "Log out" in page
    assert "Log in" in shown(visitor(app).get("/").text)


def test_a_wrong_password_says_nothing_about_who_has_an_account(app: Flask) -> None:
    add_account(app, "susan")
    visitor(app).say("david")
    answers = set()
    for login in ("susan", "david", "nobody", "susan@example.com", "x@y.example", "\0"):
        answer = submit(visitor(app), "/auth/login", login=login, password=OTHER_PASSWORD)
        page = answer.text.replace(f'value="{login}"', "")
        answers.add((answer.status_code, re.sub('csrf_token" value="[^"]*"', "", page)))
    assert len({status for status, _ in answers}) == 1
    assert all("Wrong name or password" in page for _, page in answers)


@pytest.mark.parametrize(
    "nearly",
    [
        f" {PASSWORD} ".upper(),
        PASSWORD.strip(),
        f" {PASSWORD}  ",
        f" {PASSWORD} ".replace(" ", "\N{NO-BREAK SPACE}"),
        f" {PASSWORD} "[:-1],
        f" {PASSWORD} \0",
    ],
)
def test_a_password_that_is_nearly_right_is_wrong(sqlite_app: Flask, nearly: str) -> None:
    add_account(sqlite_app, "susan", password=f" {PASSWORD} ")
    answer = submit(visitor(sqlite_app), "/auth/login", login="susan", password=nearly)
    assert answer.status_code == 422
    assert is_logged_in(log_in(sqlite_app, "susan", password=f" {PASSWORD} "))


def test_a_password_in_the_address_is_not_taken(sqlite_app: Flask) -> None:
    add_account(sqlite_app, "susan")
    client = visitor(sqlite_app)
    token = form_token(client.get("/auth/login").text)
    address = {"login": "susan", "password": PASSWORD}
    answer = client.post("/auth/login", query_string=address, data={"csrf_token": token})
    assert answer.status_code == 422
    assert not is_logged_in(client)


def test_every_login_has_a_key_of_its_own_that_no_table_holds(app: Flask) -> None:
    add_account(app, "susan")
    keys = set()
    for _ in range(4):
        with log_in(app, "susan").session_transaction() as session:
            keys.add(session["_user_id"])
    assert len(keys) == 4
    assert all(len(key) == 43 for key in keys)  # 32 random bytes, in letters
    with app.app_context():
        rows = " ".join(map(str, db.session.execute(select(LoginSession.__table__))))
    assert not any(key in rows for key in keys)


def test_logging_out_ends_every_copy_of_the_cookie(app: Flask, susan: CheckingClient) -> None:
    cookie = susan.get_cookie("session")
    assert cookie
    answer = press(susan, "/auth/logout")
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert not is_logged_in(susan)
    thief = visitor(app)
    thief.set_cookie("session", cookie.value)
    assert not is_logged_in(thief)


def test_logging_in_begins_another_session(app: Flask) -> None:
    add_account(app, "susan")
    client = visitor(app)
    client.say("somebody")
    before = client.get_cookie("session")
    assert before
    token = form_token(client.get("/auth/login").text)
    client.post("/auth/login", data={"csrf_token": token, "login": "susan", "password": PASSWORD})
    after = client.get_cookie("session")
    assert after
    assert before.value != after.value
    assert client.post("/auth/logout", data={"csrf_token": token}).status_code == 400
    planted = visitor(app)
    planted.set_cookie("session", before.value)
    assert not is_logged_in(planted)


def test_logging_out_is_for_buttons_alone(susan: CheckingClient) -> None:
    assert susan.get("/auth/logout").status_code == 405
    assert susan.post("/auth/logout").status_code == 400
    assert is_logged_in(susan)


def test_somebody_who_is_disabled_is_out_at_the_next_request(
    app: Flask, susan: CheckingClient
) -> None:
    with app.app_context():
        db.session.execute(update(User).values(disabled_at=datetime.now(UTC)))
        db.session.commit()
    assert not is_logged_in(susan)
    answer = submit(visitor(app), "/auth/login", login="susan", password=PASSWORD)
    assert answer.status_code == 422


@pytest.mark.parametrize(
    ("keep", "age", "idle", "is_over"),
    [
        ("", timedelta(days=6), timedelta(hours=11), False),
        ("", timedelta(days=6), timedelta(hours=13), True),
        ("", timedelta(days=8), timedelta(hours=1), True),
        ("y", timedelta(days=170), timedelta(days=29), False),
        ("y", timedelta(days=170), timedelta(days=31), True),
        ("y", timedelta(days=181), timedelta(days=1), True),
    ],
)
def test_a_login_ends_by_itself(
    app: Flask, keep: str, age: timedelta, idle: timedelta, *, is_over: bool
) -> None:
    add_account(app, "susan")
    client = log_in(app, "susan", **({"keep": keep} if keep else {}))
    now = datetime.now(UTC)
    with app.app_context():
        row = update(LoginSession).values(created_at=now - age, last_seen=now - idle)
        db.session.execute(row)
        db.session.commit()
    assert is_logged_in(client) is not is_over
    if not is_over:
        with app.app_context():
            assert db.session.scalars(select(LoginSession.last_seen)).one() >= now


def test_a_cookie_is_kept_on_request(app: Flask) -> None:
    add_account(app, "susan")
    for fields in ({}, {"keep": "y"}):
        cookie = log_in(app, "susan", **fields).get_cookie("session")
        assert cookie
        assert (cookie.expires is not None) == bool(fields)


def test_a_hash_of_former_parameters_is_made_anew(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_account(app, "susan")  # with the cheap hash of tests
    monkeypatch.setattr(passwords, "hasher", HASHER)
    log_in(app, "susan")
    with app.app_context():
        kept = db.session.scalars(select(User.password_hash)).one() or ""
        assert "m=19456,t=2,p=1" in kept
    log_in(app, "susan")


HOSTILE = [
    "//evil.example",
    "////evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "https://evil.example",
    "https:evil.example",
    "https:/evil.example",
    "HTTPS://evil.example",
    "javascript:alert(1)",
    "data:text/html,evil",
    "/%2f/evil.example",
    "/..//evil.example",
    "/.//evil.example",
    " //evil.example",
    "//evil.example/user/john",
    "///evil.example/user/john",
    "http://localhost@evil.example/",
    "http://localhost.evil.example/",
    "//localhost@evil.example/",
    "evil.example",
    "?next=//evil.example",
    "#//evil.example",
    "/nowhere",
    "/auth/logout",
    "/preferences",
    "[",
    "//[",
    "/\x00/evil",
]


@pytest.mark.parametrize("target", HOSTILE)
def test_after_the_login_one_stays_at_home(sqlite_app: Flask, target: str) -> None:
    add_account(sqlite_app, "susan")
    client = visitor(sqlite_app)
    token = form_token(client.get("/auth/login").text)
    answer = client.post(
        "/auth/login",
        query_string={"next": target},
        data={"csrf_token": token, "login": "susan", "password": PASSWORD},
    )
    assert answer.status_code == 303
    assert answer.location == "/"


def test_after_the_login_one_is_where_one_wanted_to_be(sqlite_app: Flask) -> None:
    add_account(sqlite_app, "susan")
    client = visitor(sqlite_app)
    to_login = client.get("/auth/settings/password")
    assert to_login.location == "/auth/login?next=/auth/settings/password"
    page = client.get(to_login.location).text
    assert "Please log in to see that page." in shown(page)
    assert "To see that page" not in client.get("/auth/login").text
    token = form_token(page)
    data = {"csrf_token": token, "login": "susan", "password": PASSWORD}
    assert client.post(to_login.location, data=data).location == "/auth/settings/password"
    assert client.get("/auth/login").location == "/"


def test_a_program_is_told_that_it_is_not_logged_in(sqlite_app: Flask) -> None:
    headers = {"Accept": "application/json"}
    answer = visitor(sqlite_app).get("/auth/settings", headers=headers)
    assert (answer.status_code, answer.mimetype) == (401, "application/problem+json")


def come_from(client: CheckingClient, address: str) -> CheckingClient:
    client.environ_base["REMOTE_ADDR"] = address
    return client


def guess(app: Flask, address: str, login: str = "susan") -> int:
    client = come_from(visitor(app), address)
    return submit(client, "/auth/login", login=login, password="wrong").status_code


def test_guessing_is_slowed_down_and_nobody_is_locked_out_for_good(app: Flask) -> None:
    add_account(app, "susan")
    assert [guess(app, "10.0.0.1") for _ in range(6)] == [422] * 5 + [429]
    client = come_from(visitor(app), "10.0.0.1")
    answer = submit(client, "/auth/login", login="SUSAN", password=PASSWORD)
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["Retry-After"]) <= 15 * 60
    assert heading(answer.text) == "Too many requests"
    assert "Please try again in 15 minutes." in shown(answer.text)
    assert is_logged_in(log_in(app, "susan"))  # the owner, from elsewhere
    app.extensions["limiter"].storage.reset()  # as after a quarter of an hour
    answer = submit(client, "/auth/login", login="susan", password=PASSWORD)
    assert answer.status_code == 303


def test_many_who_guess_together_are_slowed_down(sqlite_app: Flask) -> None:
    add_account(sqlite_app, "susan")
    statuses = [guess(sqlite_app, f"10.0.{number}.1") for number in range(51)]
    assert statuses == [422] * 50 + [429]


def test_the_addresses_of_one_house_are_one(sqlite_app: Flask) -> None:
    add_account(sqlite_app, "susan")
    statuses = [guess(sqlite_app, f"2001:db8:0:7::{number:x}") for number in range(6)]
    assert statuses == [422] * 5 + [429]
    assert guess(sqlite_app, "2001:db8:0:8::1") == 422
    statuses = [guess(sqlite_app, f"::ffff:10.0.0.{number}") for number in range(6)]
    assert statuses == [422] * 6


@pytest.mark.parametrize(
    "spellings",
    [
        ["susan", "SUSAN ", "\tSusan", "ＳＵＳＡＮ", "susan"],
        ["susan@example.com", "\tSusan@example.com", " susan@EXAMPLE.com"] * 2,
        ["ab@cd", "ＡB@cd", "ab＠cd", "AB@cd", "ab@cＤ"],
    ],
)
def test_all_spellings_of_a_login_are_counted_together(app: Flask, spellings: list[str]) -> None:
    add_account(app, "susan")
    assert [guess(app, "10.0.0.1", login) for login in spellings[:5]] == [422] * 5
    assert guess(app, "10.0.0.1", spellings[0]) == 429


def test_a_right_password_counts_from_the_beginning(sqlite_app: Flask) -> None:
    add_account(sqlite_app, "susan")
    for day in range(6):
        assert {guess(sqlite_app, f"10.{day}.{number}.1") for number in range(9)} == {422}
        log_in(sqlite_app, "susan")


def test_limits_do_not_tell_whose_address_it_is(app: Flask) -> None:
    add_account(app, "susan")
    with app.app_context():
        number = db.session.scalars(select(User.id)).one()
    for login in ("susan@example.com", f"user {number}", str(number)):
        assert [guess(app, "10.0.0.1", login) for _ in range(5)] == [422] * 5
        assert guess(app, "10.0.0.1", "susan") == 422
        app.extensions["limiter"].storage.reset()


def test_what_counts_tries_holds_no_names_and_no_keys(app: Flask) -> None:
    add_account(app, "susan")
    guess(app, "10.0.0.1", "my secret password")
    susan = log_in(app, "susan")
    susan.get("/admin/")
    with susan.session_transaction() as session:
        key = session["_user_id"]
    kept = repr(vars(app.extensions["limiter"].storage))
    assert "secret" not in kept
    assert key not in kept


def test_a_name_that_looks_like_an_address_shuts_nobody_out(app: Flask) -> None:
    visitor(app).say("susan@example.com")
    add_account(app, "susan")
    assert is_logged_in(log_in(app, "susan@example.com"))


def test_the_administrators_address_makes_an_administrator_at_the_login(app: Flask) -> None:
    add_account(app, "admin")
    log_in(app, "admin")
    with app.app_context():
        assert db.session.scalars(select(User)).one().is_administrator()


def test_the_remember_cookie_of_flask_login_opens_nothing(app: Flask) -> None:
    client = visitor(app)
    client.set_cookie("remember_token", "x|é")
    assert client.get("/").status_code == 200
    susan = log_in_and_copy(app)
    client.set_cookie("remember_token", susan)
    assert not is_logged_in(client)


def log_in_and_copy(app: Flask) -> str:
    """Return what Flask-Login's remember cookie would be for somebody who is logged in."""
    add_account(app, "susan")
    client = log_in(app, "susan")
    with client.session_transaction() as session:
        key = session["_user_id"]
    with app.test_request_context():
        return str(encode_cookie(key))


def test_without_its_database_an_error_page_is_nobodys(app: Flask, susan: CheckingClient) -> None:
    with app.app_context():
        db.session.execute(text("DROP TABLE login_sessions"))
        db.session.commit()
    for path in ("/", "/nowhere", "/static/nothing", "/user/%00"):
        answer = susan.get(path)
        assert answer.status_code in {404, 503}
        assert "Log in" in shown(answer.text)


def test_one_address_tries_ten_times_a_minute(app: Flask) -> None:
    client = visitor(app)
    for number in range(10):
        answer = submit(client, "/auth/login", login=f"name {number}", password="wrong")
        assert answer.status_code == 422
    client.environ_base["HTTP_X_FORWARDED_FOR"] = "10.1.1.1"
    answer = submit(client, "/auth/login", login="another", password="wrong")
    assert answer.status_code == 429


def test_pages_of_somebody_who_is_logged_in_are_not_kept(app: Flask, susan: CheckingClient) -> None:
    assert susan.get("/").headers["Cache-Control"] == "no-store"
    assert "no-store" not in visitor(app).get("/").headers.get("Cache-Control", "")
    kept = log_in(app, "susan", keep="y")
    assert "Set-Cookie" not in kept.get("/static/flasky.css").headers
    kept.get("/")  # which begins a form
    assert "Set-Cookie" not in kept.get("/").headers
    static = susan.get("/static/flasky.css")
    assert "Cookie" not in static.headers.get("Vary", "")
    assert "no-store" not in static.headers["Cache-Control"]


def test_a_page_costs_one_select_for_who_is_logged_in_and_none_for_nobody(
    app: Flask, susan: CheckingClient
) -> None:
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if "messages" not in statement:  # what the header counts is the board's own
            statements.append(statement)

    anybody = visitor(app)
    anybody.say("david")
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", note)
    anybody.get("/")
    susan.get("/static/flasky.css")
    assert statements == []
    susan.get("/")
    assert len(statements) == 1
    assert all(table in statements[0] for table in ("login_sessions", "users", "roles"))


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the databases wait no longer than a second for a lock."""
    monkeypatch.setattr(database, "SECONDS_TO_WAIT_FOR_A_LOCK", 1)


@pytest.mark.usefixtures("impatient")
def test_a_page_can_be_read_while_nobody_can_write(app: Flask) -> None:
    add_account(app, "susan")
    susan = log_in(app, "susan")
    with app.app_context():
        before = datetime.now(UTC) - timedelta(minutes=11)
        db.session.execute(update(LoginSession).values(last_seen=before))
        db.session.commit()
        engine = db.engine
    with engine.begin() as other:
        other.execute(update(LoginSession).values(ip_address="10.0.0.1"))
        assert is_logged_in(susan)
    assert is_logged_in(susan)
    with app.app_context():
        assert db.session.scalars(select(LoginSession.last_seen)).one() > before
