"""A copy of all that is kept of somebody: in the settings, and by `flask user export`."""

import json
from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Table, insert, select
from sqlalchemy.sql.util import find_tables

from app import db
from app.accounts import personal_data
from app.accounts.references import find_references
from app.models import Action, AuditEvent, User
from app.models.lookup import find_by_name
from tests.auth.people import add_account, log_in, submit
from tests.auth.test_commands import user
from tests.clients import CheckingClient
from tests.conftest import visitor
from tests.mail.inbox import Inbox, text_of
from tests.mail.outbox import run

DATA = "/auth/settings/data"
SECRETS = ("argon2", "hash", "state", "secret", "digest", "key")


def copy_of(app: Flask, name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(user(app, "export", name))
    return document


def test_one_downloads_all_that_is_kept_of_one(
    app: Flask, inbox: Inbox, susan: CheckingClient
) -> None:
    submit(susan, "/auth/settings/profile", about_me="Blumen, 花 & <b>")
    submit(susan, "/auth/settings/name", name="Susanna")
    answer = submit(susan, DATA)
    assert answer.status_code == 200
    assert answer.mimetype == "application/json"
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="Flasky ')
    assert answer.headers["Cache-Control"] == "no-store"
    assert int(answer.headers["Content-Length"]) == len(answer.data)
    document = answer.get_json()
    assert document["account"]["username"] == "Susanna"
    assert document["account"]["email"] == "susan@example.com"
    assert document["account"]["about_me"] == "Blumen, 花 & <b>"
    assert [name["looks_like"] for name in document["names"]] == ["susan", "susanna"]
    [session] = document["sessions"]
    assert session["ip_address"] == "127.0.0.1"
    assert datetime.fromisoformat(session["last_seen"]).tzinfo is not None
    actions = [event["action"] for event in document["activity"]]
    assert actions == ["logged in", "name changed", "data exported"]
    assert {event["by"] for event in document["activity"]} == {"owner"}
    assert [mail["about"] for mail in document["emails"]] == ["mail/name_changed", "mail/exported"]
    run(app, "send")
    assert "A copy of all the data in your account Susanna" in text_of(inbox.mails[-1])


def test_no_secret_is_in_it(app: Flask, susan: CheckingClient) -> None:
    submit(susan, "/auth/settings/email", email="other@example.com")
    with app.app_context():
        found = find_by_name("susan")
        assert found
        assert found.password_hash
        kept = [found.password_hash, found.logins[0].key_hash, found.logins[0].password_state]
    text = submit(susan, DATA).text
    document = json.loads(text)
    assert not [secret for secret in kept if secret in text]
    fields = {*document["account"], *(name for row in document["sessions"] for name in row)}
    assert not [name for name in fields for word in SECRETS if word in name]
    assert [change["email"] for change in document["email_changes"]] == ["other@example.com"]


def test_it_holds_nothing_of_others(app: Flask, susan: CheckingClient) -> None:
    add_account(app, "david", role="Administrator")
    david = log_in(app, "david")
    david.environ_base["REMOTE_ADDR"] = "10.9.8.7"
    david.environ_base["HTTP_USER_AGENT"] = "Davids/1"
    with app.app_context():
        found = find_by_name("susan")
        assert found
        number = found.id
    assert submit(david, f"/admin/users/{number}/sessions").status_code == 303
    text = user(app, "export", "susan")
    assert "david" not in text
    assert "10.9.8.7" not in text
    assert "Davids" not in text
    [ended] = [it for it in json.loads(text)["activity"] if it["action"] == "logged out everywhere"]
    assert (ended["by"], ended["ip_address"]) == ("administration", None)
    assert "susan" in user(app, "export", "david")  # whom he administered
    assert susan.get("/").status_code == 200


def test_an_operator_exports_a_visitor_as_well(app: Flask) -> None:
    visitor(app).say("john")
    document = copy_of(app, "john")
    assert document["account"]["has_account"] is False
    assert document["account"]["visits"] == 1
    assert [event["by"] for event in document["activity"]] == ["operator"]
    assert document["emails"] == document["sessions"] == []
    assert user(app, "export", "nobody", succeeds=False).startswith("Error: Nobody has the name")


def test_it_is_complete_however_long_it_is(
    app: Flask, susan: CheckingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(personal_data, "ROWS_AT_ONCE", 7)
    with app.app_context():
        number = db.session.scalars(select(User.id)).one()
        rows = [{"action": Action.LOGGED_OUT, "subject_id": number} for _ in range(30)]
        db.session.execute(insert(AuditEvent), rows)
        db.session.commit()
        kept = db.session.scalars(select(AuditEvent.id).order_by(AuditEvent.id)).all()
    listed = [event["id"] for event in submit(susan, DATA).get_json()["activity"]]
    assert listed[:-1] == list(kept)


def test_one_may_do_so_five_times_a_day(sqlite_app: Flask) -> None:
    add_account(sqlite_app, "susan")
    susan = log_in(sqlite_app, "susan")
    assert [submit(susan, DATA).status_code for _ in range(6)] == [200] * 5 + [429]


def test_every_table_that_refers_to_people_is_in_it(app: Flask) -> None:
    """A new table of a room fails here until its section is registered."""
    with app.app_context():
        add_account(app, "susan")
        found = find_by_name("susan")
        assert found
        selected = {
            table.name
            for section in personal_data._sections.values()  # noqa: SLF001
            for table in find_tables(section(found), check_columns=True, include_joins=True)
            if isinstance(table, Table)
        }
        referring = {reference.column.table.name for reference in find_references()}
    assert referring <= selected
