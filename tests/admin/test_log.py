"""The audit log: who, what, when, from where, and no secrets."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select, update
from werkzeug.exceptions import TooManyRequests

from app import db
from app.accounts import administration
from app.accounts.limits import OWN_PASSWORD
from app.mail import outbox
from app.models import Action, AuditEvent, Detail, LoginSession, Role, User
from app.web.events import ACTIONS, DETAILS
from tests.admin.test_users import act, path_of
from tests.auth.people import (
    OTHER_PASSWORD,
    PASSWORD,
    add_account,
    let_proof_run_out,
    link_in,
    log_in,
    press,
    prove,
    submit,
)
from tests.clients import CheckingClient
from tests.conftest import visitor
from tests.mail.inbox import Inbox
from tests.mail.outbox import enqueue, run
from tests.pages import form_token, rows, shown

Told = tuple[str, str, str, str, str | None]


def told(app: Flask) -> list[Told]:
    """Return what the log says: by whom, what, about whom, details, from where."""
    with app.app_context():
        events = db.session.scalars(select(AuditEvent).order_by(AuditEvent.id))
        return [
            (event.actor, event.action, event.subject, event.detail, event.ip_address)
            for event in events
        ]


def forget(app: Flask) -> None:
    with app.app_context():
        db.session.query(AuditEvent).delete()
        db.session.commit()


def by(name: str, *actions: str) -> list[Told]:
    return [(name, action, name, "", "127.0.0.1") for action in actions]


def test_whatever_can_be_told_has_words_for_people() -> None:
    assert set(ACTIONS) == set(Action)
    assert set(DETAILS) == {*Detail, *Role.PERMISSIONS}


def test_the_story_of_an_account(app: Flask, inbox: Inbox) -> None:
    client = visitor(app)
    submit(client, "/auth/register", name="susan", email="susan@example.com")
    submit(client, link_in(app, inbox), password=PASSWORD)
    submit(client, "/auth/settings/name", name="Susan")
    change = {"email": "susan@flower.example"}
    submit(client, "/auth/settings/email", **change)
    submit(client, link_in(app, inbox))
    submit(client, "/auth/settings/password", password=OTHER_PASSWORD)
    submit(client, "/auth/settings/sessions")
    press(client, "/auth/logout")
    submit(client, "/auth/login", login="susan", password=OTHER_PASSWORD)
    submit(client, "/auth/settings/delete", name="Susan")
    assert told(app) == [
        ("", "registering asked for", "", "", "127.0.0.1"),
        *by("susan", "registered", "logged in"),
        ("Susan", "name changed", "Susan", "susan → Susan", "127.0.0.1"),
        *by(
            "Susan",
            "new address asked for",
            "address changed",
            "password changed",
            "logged out everywhere",
            "logged out",
            "logged in",
            "deleted",
        ),
    ]
    with app.app_context():
        assert db.session.scalars(select(AuditEvent.actor_id)).all() == [None] * 11


def test_refusals_are_told(app: Flask) -> None:
    add_account(app, "susan")
    add_account(app, "anna")
    with app.app_context():
        db.session.execute(
            update(User).where(User.username == "anna").values(disabled_at=datetime.now(UTC))
        )
        db.session.commit()
    visitor(app).say("john")
    client = visitor(app)
    for name in ("susan", "john", "nobody", "anna"):
        password = PASSWORD if name == "anna" else "hunter2 is no secret"
        submit(client, "/auth/login", login=name, password=password)
    susan = log_in(app, "susan")
    let_proof_run_out(app)
    prove(susan, current="hunter2 is no secret")
    susan.get("/admin/users")
    here = "127.0.0.1"
    assert told(app) == [
        ("", "login refused", "susan", "wrong password", here),
        ("", "login refused", "john", "no account", here),
        ("", "login refused", "", "unknown name", here),
        ("", "login refused", "anna", "disabled", here),
        ("susan", "logged in", "susan", "", here),
        ("susan", "password refused", "susan", "", here),
        ("susan", "access refused", "", "/admin/users", here),
    ]


def test_too_many_tries_are_told_once(app: Flask) -> None:
    add_account(app, "susan")
    client = visitor(app)
    statuses = [
        submit(client, "/auth/login", login="susan", password="wrong").status_code for _ in range(8)
    ]
    assert statuses == [422] * 5 + [429] * 3
    assert [event[1:4] for event in told(app)] == [
        *[("login refused", "susan", "wrong password")] * 5,
        ("too many tries", "susan", "wrong passwords"),
    ]


def test_a_refusal_keeps_nothing_of_what_was_half_done(app: Flask) -> None:
    add_account(app, "susan")
    with app.app_context():
        susan = db.session.scalars(select(User)).one()
        susan.about_me = "half done"
        db.session.flush()
        tries = [OWN_PASSWORD.allows(str(susan.id)) for _ in range(5)]
        with pytest.raises(TooManyRequests):
            OWN_PASSWORD.hit(str(susan.id), susan)
        assert (all(tries), susan.about_me) == (True, "")
    assert told(app) == [("", "too many tries", "susan", "own password", "")]


def test_what_administrators_do_is_told(
    app: Flask, david: CheckingClient, susan: CheckingClient
) -> None:
    assert susan
    forget(app)
    act(david, "susan", "role", role="Moderator")
    act(david, "susan", "sessions")
    act(david, "susan", "disable")
    act(david, "susan", "enable")
    # What is not done is not told: the last administrator, no change, no mail.
    act(david, "david", "disable")
    act(david, "susan", "role", role="Moderator")
    act(david, "susan", "enable")
    token = form_token(david.get("/admin/mails").text)
    david.post("/admin/mails/retry", data={"csrf_token": token})
    here = "127.0.0.1"
    assert told(app) == [
        ("david", "role changed", "susan", "Moderator", here),
        ("david", "logged out everywhere", "susan", "", here),
        ("david", "disabled", "susan", "", here),
        ("david", "enabled", "susan", "", here),
    ]


def test_what_fails_at_its_commit_is_not_told(app: Flask, susan: CheckingClient) -> None:
    assert susan
    forget(app)
    failure = RuntimeError("The database has gone away.")

    def fail(_session: object) -> None:
        raise failure

    with app.app_context():
        user = db.session.scalars(select(User).filter_by(username="susan")).one()
        event.listen(db.session, "before_commit", fail)
        with pytest.raises(RuntimeError):
            administration.disable(user)
        event.remove(db.session, "before_commit", fail)
        db.session.rollback()
        assert user.disabled_at is None
        administration.disable(user)
    assert [action for _, action, *_ in told(app)] == ["disabled"]


def test_mails_that_are_tried_again_are_told(
    app: Flask, inbox: Inbox, david: CheckingClient
) -> None:
    inbox.answers["RCPT"] = "550 no"
    enqueue(app, "first")
    run(app, "send")
    forget(app)
    token = form_token(david.get("/admin/mails").text)
    david.post("/admin/mails/retry", data={"csrf_token": token})
    run(app, "send")
    run(app, "retry", "1")
    assert told(app) == [
        ("david", "mail retried", "", "all given up", "127.0.0.1"),
        ("", "mail retried", "", "1", ""),
    ]


def test_one_browser_that_is_logged_out_is_told(app: Flask, susan: CheckingClient) -> None:
    log_in(app, "susan")
    with app.app_context():
        _, other = db.session.scalars(select(LoginSession.id).order_by(LoginSession.id))
    forget(app)
    submit(susan, f"/auth/settings/sessions/{other}")
    assert told(app) == [("susan", "logged out everywhere", "susan", "one browser", "127.0.0.1")]


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("10.0.0.1:4711", "10.0.0.1"),
        ("[2001:db8::1]:4711", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("x" * 60, "unknown"),
        ("", "unknown"),
    ],
)
def test_where_from_is_an_address_or_unknown(sqlite_app: Flask, address: str, kept: str) -> None:
    add_account(sqlite_app, "susan")
    client = visitor(sqlite_app)
    client.environ_base["REMOTE_ADDR"] = address
    submit(client, "/auth/login", login="susan", password=PASSWORD)
    assert told(sqlite_app) == [("susan", "logged in", "susan", "", kept)]


def test_what_operators_do_is_told(app: Flask) -> None:
    add_account(app, "susan")
    runner = app.test_cli_runner()
    for command in ("promote susan", "disable susan", "enable susan", "password susan"):
        assert runner.invoke(args=["user", *command.split()]).exit_code == 0
    assert runner.invoke(args=["user", "create", "anna", "anna@example.com"]).exit_code == 0
    run(app, "retry", "--failed")
    assert told(app) == [
        ("", "role changed", "susan", "Moderator", ""),
        ("", "disabled", "susan", "", ""),
        ("", "enabled", "susan", "", ""),
        ("", "link made", "susan", "reset", ""),
        ("", "link made", "", "anna", ""),
    ]


def test_the_log_holds_no_secret(app: Flask, inbox: Inbox) -> None:
    client = visitor(app)
    submit(client, "/auth/register", name="susan", email="susan@example.com")
    link = link_in(app, inbox)
    submit(client, link, password=PASSWORD)
    press(client, "/auth/logout")
    submit(client, "/auth/login", login=OTHER_PASSWORD, password=OTHER_PASSWORD)
    log = repr(told(app))
    for secret in (PASSWORD, OTHER_PASSWORD, link.rpartition("/")[2], "@example.com"):
        assert secret not in log


def test_administrators_read_it(app: Flask, david: CheckingClient, susan: CheckingClient) -> None:
    assert susan
    submit(visitor(app), "/auth/login", login="susan", password="wrong")
    act(david, "susan", "disable")
    found = [row[:4] for row in rows(david.get("/admin/log").text)]
    here = "127.0.0.1 unknown browser"
    assert found == [
        ["account disabled", "susan", "david", here],
        ["login failed wrong password", "susan", "someone who was not logged in", here],
        ["logged in", "susan", "susan", here],
        ["logged in", "david", "david", here],
    ]
    only = david.get("/admin/log?action=logged+in&user=SUSAN@example.com").text
    assert [row[:4] for row in rows(only)] == [["logged in", "susan", "susan", here]]
    assert "No events match “nobody”." in shown(david.get("/admin/log?user=nobody").text)
    assert david.get("/admin/log?user=%00&action=%00").status_code == 200
    assert "login failed" in shown(david.get(path_of(david, "susan")).text)


@pytest.mark.parametrize("days", [364, 366])
def test_what_is_old_is_deleted(app: Flask, inbox: Inbox, days: int) -> None:
    assert inbox
    add_account(app, "susan")
    log_in(app, "susan", keep="y")
    log_in(app, "susan")
    long_ago = datetime.now(UTC) - timedelta(days=days)
    with app.app_context():
        db.session.execute(update(AuditEvent).values(at=long_ago))
        unseen = datetime.now(UTC) - timedelta(hours=13)
        db.session.execute(update(LoginSession).values(last_seen=unseen))
        db.session.commit()
    run(app, "send")
    assert len(told(app)) == (2 if days < 365 else 0)
    with app.app_context():
        assert db.session.scalars(select(LoginSession.is_kept)).all() == [True]


def test_pages_that_are_refused_over_and_over_do_not_fill_the_log(sqlite_app: Flask) -> None:
    add_account(sqlite_app, "susan")
    susan = log_in(sqlite_app, "susan")
    assert {susan.get("/admin/").status_code for _ in range(25)} == {403}
    assert [event[1] for event in told(sqlite_app)] == ["logged in", *["access refused"] * 20]


def test_somebody_is_found_by_what_they_did_and_by_former_names(
    david: CheckingClient, susan: CheckingClient
) -> None:
    submit(susan, "/auth/settings/name", name="Flower")
    act(david, "Flower", "disable")
    shown_of = {
        name: [row[:3] for row in rows(david.get(f"/admin/log?user={name}").text)]
        for name in ("flower", "david", "susan")
    }
    disabled = ["account disabled", "Flower", "david"]
    renamed = ["name changed susan → Flower", "Flower", "Flower"]
    before = ["logged in", "susan", "susan"]
    assert shown_of == {
        "flower": [disabled, renamed, before],
        "david": [disabled, ["logged in", "david", "david"]],
        "susan": [before],
    }


def test_yesterdays_refusals_are_counted_and_no_others(sqlite_app: Flask) -> None:
    add_account(sqlite_app, "david", role="Administrator")
    submit(visitor(sqlite_app), "/auth/login", login="david", password="wrong")
    submit(visitor(sqlite_app), "/auth/login", login="david", password="wrong")
    with sqlite_app.app_context():
        first = update(AuditEvent).where(AuditEvent.id == 1)
        db.session.execute(first.values(at=datetime.now(UTC) - timedelta(hours=25)))
        db.session.commit()
    page = shown(log_in(sqlite_app, "david").get("/admin/").text)
    assert "Failed logins since yesterday 1 " in page


def test_many_mails_that_are_tried_again_are_one_event(app: Flask, inbox: Inbox) -> None:
    inbox.answers["RCPT"] = "550 no"
    enqueue(app, "first")
    run(app, "send")
    with app.app_context():
        assert outbox.retry([1, *range(1000, 1200)]) == 1
    assert len(told(app)[0][3]) == 200


@pytest.mark.parametrize("name", ["susan", "nobody"])
def test_who_looks_for_a_name_does_not_wait_for_a_year_of_events(
    sqlite_app: Flask, name: str
) -> None:
    add_account(sqlite_app, "susan")
    add_account(sqlite_app, "david", role="Administrator")
    david = log_in(sqlite_app, "david")
    looks: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        if "FROM audit_events" in statement:
            looks.append((statement, values))

    with sqlite_app.app_context():
        event.listen(db.engine, "before_cursor_execute", note)
        assert david.get(f"/admin/log?user={name}").status_code == 200
        event.remove(db.engine, "before_cursor_execute", note)
        for statement, values in looks:
            with db.engine.connect() as connection:
                plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
                assert "SCAN audit_events" not in str(plan.all())
    assert looks
