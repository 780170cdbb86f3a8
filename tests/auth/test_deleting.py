"""Deleting somebody for good: by themselves, and by `flask user delete`."""

from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import delete, select

from app import db
from app.accounts import administration, deletion
from app.mail.outbox import enqueue
from app.models import AccountName, Action, AuditEvent, Detail, OutgoingMail, User
from app.models.lookup import find_by_name
from app.web.visitors import find_current_user
from tests.auth.people import PASSWORD, add_account, is_logged_in, log_in, submit
from tests.auth.races import at_once, delete_susan, meanwhile
from tests.auth.test_commands import user
from tests.clients import CheckingClient
from tests.conftest import visitor
from tests.mail.inbox import Inbox, text_of
from tests.mail.outbox import run
from tests.pages import field_error, form_token, shown

DELETE = "/auth/settings/delete"


def names(app: Flask) -> list[str]:
    with app.app_context():
        return list(db.session.scalars(select(User.username).order_by(User.username)))


def events(app: Flask, action: Action = Action.DELETED) -> list[tuple[str, str, str]]:
    """Return who is said to be deleted: the name, a detail, and whether an operator did it."""
    with app.app_context():
        found = db.session.scalars(select(AuditEvent).filter_by(action=action))
        return [(it.subject, it.detail, "operator" if it.operator else it.actor) for it in found]


def test_an_account_is_deleted_once_its_name_is_typed(app: Flask, susan: CheckingClient) -> None:
    for typed in ("", "david", "x" * 3000):
        answer = submit(susan, DELETE, name=typed)
        assert answer.status_code == 422
        assert field_error(answer.text, "name")
    assert names(app) == ["susan"]
    assert submit(susan, DELETE, name=" SUSAN ").status_code == 303
    assert names(app) == []


def test_an_operator_deletes_an_account(app: Flask, inbox: Inbox, susan: CheckingClient) -> None:
    assert user(app, "delete", "susan@example.com", "--yes") == "susan is deleted."
    assert not is_logged_in(susan)
    assert names(app) == []
    assert events(app) == [("susan", "", "operator")]
    run(app, "send")
    assert inbox.mails[-1]["To"] == "susan@example.com"
    assert "Your account susan was deleted" in text_of(inbox.mails[-1])
    gone = user(app, "delete", "susan", "--yes", succeeds=False)
    assert gone == "Error: Nobody has the name or address 'susan'."
    rests = user(app, "create", "susan", "other@example.com", succeeds=False)
    assert "gave it up in the last 90 days" in rests


def test_an_operator_is_asked_first(app: Flask) -> None:
    add_account(app, "susan")
    runner = app.test_cli_runner()
    refused = runner.invoke(args=["user", "delete", "susan"], input="n\n")
    question = "Delete susan, but not what they wrote for others, for good? [y/N]: "
    assert (refused.exit_code, refused.output.startswith(question)) == (1, True)
    assert runner.invoke(args=["user", "delete", "susan"]).exit_code == 1  # as by cron
    assert names(app) == ["susan"]
    assert runner.invoke(args=["user", "delete", "susan"], input="y\n").exit_code == 0
    assert names(app) == []


def test_a_dry_run_shows_what_refers_to_somebody_and_changes_nothing(
    app: Flask, susan: CheckingClient
) -> None:
    assert is_logged_in(susan)
    first, *others = user(app, "delete", "susan", "--dry-run", "--yes").splitlines()
    assert first == f"susan, account, first seen {datetime.now(UTC):%Y-%m-%d}"
    assert [line.strip() for line in others] == [
        "account_names.user_id: 1, kept, without an owner",
        "audit_events.actor_id: 1, kept, without an owner",
        "audit_events.subject_id: 1, kept, without an owner",
        "login_sessions.user_id: 1, deleted",
    ]
    assert names(app) == ["susan"]
    assert is_logged_in(susan)


def test_a_visitor_is_deleted_too_and_the_log_does_not_keep_the_name(app: Flask) -> None:
    visitor(app).say("john")
    assert user(app, "delete", "john", "--dry-run").startswith("john, visitor without an account")
    assert user(app, "delete", " JOHN ", "--yes") == "john is deleted."
    assert names(app) == []
    assert events(app) == [("", Detail.VISITOR, "operator")]
    assert "Pleased to meet you" in visitor(app).say("john").text


def test_the_only_administrator_is_not_deleted(app: Flask) -> None:
    add_account(app, "anna", role="Administrator")
    refused = user(app, "delete", "anna", "--yes", succeeds=False)
    assert refused == "Error: anna is the only administrator."
    add_account(app, "berta", role="Administrator")
    assert user(app, "delete", "anna", "--yes") == "anna is deleted."
    assert user(app, "delete", "berta", "--yes", succeeds=False)
    assert names(app) == ["berta"]


def test_of_two_administrators_who_are_deleted_at_once_one_stays(app: Flask) -> None:
    people = ["anna", "berta"]
    for name in people:
        add_account(app, name, role="Administrator")

    def leave(name: str) -> int:
        with app.app_context():
            found = find_by_name(name)
            assert found
            try:
                deletion.delete(found)
            except administration.LastAdministratorError:
                return 422
        return 303

    deeds = [lambda name=name: leave(name) for name in people]
    assert at_once(*deeds) == {303, 422}
    assert len(names(app)) == 1


def test_of_two_who_delete_an_account_at_once_one_does(app: Flask, susan: CheckingClient) -> None:
    phone = log_in(app, "susan")
    tokens = [form_token(each.get(DELETE).text) for each in (susan, phone)]
    clients = [susan, phone]

    def press(number: int) -> int:
        data = {"csrf_token": tokens[number], "name": "susan"}
        return clients[number].post(DELETE, data=data).status_code

    # Who is later is logged out by then, or finds the account gone.
    statuses = at_once(lambda: press(0), lambda: press(1))
    assert 303 in statuses
    assert statuses <= {303, 401, 409}
    assert names(app) == []
    assert len(events(app)) == 1


def test_who_logs_in_while_the_account_is_deleted_is_told(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_account(app, "susan")
    client = visitor(app)
    token = form_token(client.get("/auth/login").text)
    meanwhile(app, monkeypatch, delete_susan)
    data = {"csrf_token": token, "login": "susan", "password": PASSWORD}
    assert client.post("/auth/login", data=data).status_code == 409
    assert not is_logged_in(client)


def test_mails_that_wait_still_leave_and_others_are_forgotten(
    app: Flask, inbox: Inbox, susan: CheckingClient
) -> None:
    submit(susan, "/auth/settings/name", name="Susan")
    run(app, "send")
    inbox.mails.clear()
    submit(susan, "/auth/settings/sessions")
    with app.app_context():
        enqueue("david@example.com", "mail/name_changed", username="d", former="e", account=0)
        enqueue("susan@example.com", "mail/email_taken_back", username="susan", account=0)
        db.session.commit()
    submit(susan, DELETE, name="susan")
    with app.app_context():
        templates = db.session.scalars(select(OutgoingMail.template)).all()
        assert sorted(templates) == ["mail/deleted", "mail/email_taken_back", "mail/name_changed"]
    run(app, "send")
    assert [mail["To"] for mail in inbox.mails].count("susan@example.com") == 2


def test_the_page_says_what_stays(sqlite_app: Flask) -> None:
    add_account(sqlite_app, "susan")
    page = shown(log_in(sqlite_app, "susan").get(DELETE).text)
    assert "Nobody will be able to use your name for 90 days." in page
    assert "Your name stays in the activity log for 365 days." in page
    assert "IP addresses stay there for 90 days." in page


def test_a_deletion_that_has_to_be_done_again_is_done_once(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_account(app, "susan")
    steps: list[str] = []

    def interfere(user: User) -> None:
        steps.append(user.username)
        if len(steps) == 1:  # as a row that somebody else has just added
            db.session.add_all([AccountName(skeleton="same"), AccountName(skeleton="same")])

    monkeypatch.setattr(deletion, "_steps", [interfere])
    with app.app_context():
        found = find_by_name("susan")
        assert found
        deletion.delete(found)
    assert steps == ["susan", "susan"]
    assert events(app) == [("susan", "", "operator")]


def test_where_nobody_writes_nobody_is_asked_about_writings(
    sqlite_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deletion, "_erasers", [])
    add_account(sqlite_app, "susan")
    susan = log_in(sqlite_app, "susan")
    assert "what I wrote" not in shown(susan.get(DELETE).text)
    assert submit(susan, DELETE, name="susan", with_writings="y").status_code == 303
    assert names(sqlite_app) == []


def test_who_is_deleted_while_a_page_is_made_is_told_that_it_has_changed(app: Flask) -> None:
    add_account(app, "susan")
    susan = log_in(app, "susan")

    def delete_meanwhile() -> None:
        user = find_current_user()
        assert user
        theirs = delete(User).where(User.id == user.id)
        db.session.rollback()
        with db.engine.begin() as connection:
            connection.execute(theirs)

    app.before_request_funcs.setdefault(None, []).append(delete_meanwhile)
    assert susan.get("/auth/settings").status_code == 409
