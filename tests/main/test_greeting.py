"""Saying a name on the first page."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app import db
from app.models import User
from tests.clients import CheckingClient
from tests.conftest import visitor
from tests.pages import form_token, heading, name_error, shown, title, typed_name


def users(app: Flask) -> list[User]:
    with app.app_context():
        return list(db.session.scalars(select(User).order_by(User.id)))


def test_a_stranger_is_asked_for_a_name(client: CheckingClient) -> None:
    page = client.get("/")
    assert page.status_code == 200
    assert heading(page.text) == "Hello, Stranger!"
    assert "What is your name?" in shown(page.text)
    assert "Pleased to meet you!" not in page.text
    assert "Happy to see you again!" not in page.text


def test_forms_work_for_whoever_turns_their_tokens_off(sqlite_app: Flask) -> None:
    sqlite_app.config["WTF_CSRF_ENABLED"] = False  # as the book does for its tests
    client = visitor(sqlite_app)
    assert 'name="csrf_token"' not in client.get("/").text
    assert client.post("/", data={"name": "john"}).status_code == 303
    assert heading(client.get("/").text) == "Hello, john!"
    assert client.post("/", data={"name": ""}).status_code == 422
    wrong = {"login": "john", "password": "wrong"}
    assert client.post("/auth/login", data=wrong).status_code == 422


def test_a_new_name_is_met_and_then_known(app: Flask, client: CheckingClient) -> None:
    first = client.say("john")
    assert heading(first.text) == "Hello, john!"
    assert "Pleased to meet you!" in first.text
    assert "Happy to see you again!" not in first.text

    second = client.say("john")
    assert heading(second.text) == "Hello, john!"
    assert "Happy to see you again!" in second.text
    assert "Pleased to meet you!" not in second.text
    assert [(user.username, user.visits) for user in users(app)] == [("john", 2)]


def test_a_known_name_hears_when_it_was_last_here(app: Flask, client: CheckingClient) -> None:
    client.say("john")
    last_seen = datetime(2026, 2, 3, 4, 5, 6, 789, tzinfo=UTC)
    with app.app_context():
        db.session.scalars(select(User)).one().last_seen = last_seen
        db.session.commit()
    page = client.say("john")
    assert "You were last here on 3 February 2026, 04:05 UTC." in shown(page.text)
    assert 'datetime="2026-02-03T04:05:06Z"' in page.text


def test_the_times_of_the_visits_are_kept_in_utc(app: Flask, client: CheckingClient) -> None:
    before = datetime.now(UTC)
    client.say("john")
    [john] = users(app)
    assert before <= john.first_seen == john.last_seen <= datetime.now(UTC)
    client.say("john")
    [later] = users(app)
    assert later.first_seen == john.first_seen
    assert later.last_seen > john.last_seen


def test_a_user_from_the_shell_who_never_came_is_known_but_was_not_here(
    app: Flask, client: CheckingClient
) -> None:
    with app.app_context():
        db.session.add(User(username="susan"))
        db.session.commit()
    page = client.say("susan")
    assert "Happy to see you again!" in page.text
    assert "You were last here" not in page.text


def test_reloading_the_greeting_counts_no_visit(app: Flask, client: CheckingClient) -> None:
    answer = client.say("john", follow_redirects=False)
    assert (answer.status_code, answer.location) == (303, "/")
    for _ in range(3):
        assert heading(client.get("/").text) == "Hello, john!"
    assert [user.visits for user in users(app)] == [1]


def test_the_session_knows_the_name_and_whether_it_was_known(client: CheckingClient) -> None:
    client.say("john")
    with client.session_transaction() as session:
        assert (session["name"], session["known"]) == ("john", False)
    client.say("john")
    with client.session_transaction() as session:
        assert (session["name"], session["known"]) == ("john", True)


def test_a_changed_name_is_noticed_once(client: CheckingClient) -> None:
    notice = "Looks like you have changed your name!"
    assert notice not in client.say("john").text
    assert notice not in client.say("john").text
    assert notice in client.say("susan").text
    assert notice not in client.get("/").text


@pytest.mark.parametrize("spelling", [" john ", "JOHN", "John", "ｊｏｈｎ"])
def test_another_spelling_is_the_same_visitor(
    app: Flask, client: CheckingClient, spelling: str
) -> None:
    client.say("john")
    page = client.say(spelling)
    assert "Happy to see you again!" in page.text
    assert "changed your name" not in page.text
    assert [(user.username, user.visits) for user in users(app)] == [("john", 2)]


def test_an_accent_makes_another_visitor(app: Flask, client: CheckingClient) -> None:
    client.say("Jose")
    assert "Pleased to meet you!" in client.say("José").text
    assert "Happy to see you again!" in client.say("Jose\N{COMBINING ACUTE ACCENT}").text
    assert [(user.username, user.visits) for user in users(app)] == [("Jose", 1), ("José", 2)]


def test_a_page_that_is_missing_does_not_swallow_the_notice(client: CheckingClient) -> None:
    client.say("john")
    client.say("susan", follow_redirects=False)
    client.get("/apple-touch-icon.png")
    assert "Looks like you have changed your name!" in client.get("/").text


def test_a_session_from_before_a_stricter_rule_does_no_harm(client: CheckingClient) -> None:
    with client.session_transaction() as session:
        session["name"] = "a name\u200b of old"
    assert heading(client.say("john").text) == "Hello, john!"


def test_a_name_that_is_none_is_shown_back_with_the_reason(
    app: Flask, client: CheckingClient
) -> None:
    page = client.say("a\u200bb")
    assert page.status_code == 422
    assert typed_name(page.text) == "a\u200bb"
    assert "ZERO WIDTH SPACE" in name_error(page.text)
    assert title(page.text) == "Please try again · Flasky"
    assert users(app) == []


def test_a_failed_name_leaves_the_one_before(client: CheckingClient) -> None:
    client.say("john")
    assert client.say(" ").status_code == 422
    assert heading(client.get("/").text) == "Hello, john!"


def test_an_old_form_comes_back_with_what_was_typed(app: Flask, client: CheckingClient) -> None:
    client.get("/")
    page = client.post("/", data={"csrf_token": "of another session", "name": "john"})
    assert page.status_code == 400
    assert typed_name(page.text) == "john"
    assert "allow cookies and press the button again" in shown(page.text)
    assert users(app) == []

    again = client.post("/", data={"csrf_token": form_token(page.text), "name": "john"})
    assert again.status_code == 303


def test_without_cookies_a_sentence_says_so(app: Flask) -> None:
    client = app.test_client(use_cookies=False)
    token = form_token(client.get("/").text)
    page = client.post("/", data={"csrf_token": token, "name": "john"})
    assert page.status_code == 400
    assert "your browser does not accept cookies" in shown(page.text)
    assert typed_name(page.text) == "john"


def test_a_form_stays_good_for_as_long_as_the_tab_is_open(
    client: CheckingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = form_token(client.get("/").text)
    two_days_later = datetime.now(UTC) + timedelta(days=2)
    monkeypatch.setattr("time.time", two_days_later.timestamp)
    page = client.post("/", data={"csrf_token": token, "name": "john"}, follow_redirects=True)
    assert heading(page.text) == "Hello, john!"


def test_a_name_is_text_not_html(client: CheckingClient) -> None:
    page = client.say("<b>&amp;\"'{{ 7 * 7 }}</b>")
    assert heading(page.text) == "Hello, <b>&amp;\"'{{ 7 * 7 }}</b>!"
    assert "<b>" not in page.text


def test_a_session_that_somebody_altered_is_none(client: CheckingClient) -> None:
    client.say("john")
    cookie = client.get_cookie("session")
    assert cookie
    client.set_cookie("session", re.sub("^.", "X", cookie.value))
    assert heading(client.get("/").text) == "Hello, Stranger!"


def test_a_name_in_the_address_is_not_taken(client: CheckingClient) -> None:
    token = form_token(client.get("/").text)
    page = client.post("/?name=john", data={"csrf_token": token})
    assert page.status_code == 422
    assert typed_name(page.text) == ""


def test_new_names_from_one_address_have_a_limit_and_known_ones_have_none(app: Flask) -> None:
    app.config["NEW_NAMES_LIMIT"] = "3 per minute; 4 per day"
    client = visitor(app)
    for name in ("john", "susan", "david"):
        assert client.say(name).status_code == 200
    answer = client.say("miguel")
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 60
    assert "Names that Flasky already knows are still welcome." in shown(answer.text)
    assert heading(client.say("john").text) == "Hello, john!"
    assert [user.username for user in users(app)] == ["john", "susan", "david"]
    elsewhere = visitor(app)
    elsewhere.environ_base["REMOTE_ADDR"] = "192.0.2.1"
    assert elsewhere.say("miguel").status_code == 200


def test_a_day_of_new_names_has_a_limit_too(sqlite_app: Flask) -> None:
    sqlite_app.config["NEW_NAMES_LIMIT"] = "9 per minute; 1 per day"
    client = visitor(sqlite_app)
    assert client.say("john").status_code == 200
    answer = client.say("susan")
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 60
