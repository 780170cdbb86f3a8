"""What is deleted once it is old, by `flask clean`, and what stays."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select, update

from app import create_app, db, retention
from app.mail import outbox
from app.models import Action, AuditEvent, LoginSession, OutgoingMail
from safe_schema.tests.databases import create_database
from tests.auth.people import add_account, log_in
from tests.mail.inbox import Inbox
from tests.mail.outbox import add_templates, enqueue, mails, run

LONG_AGO = datetime.now(UTC) - timedelta(days=400)


def clean(app: Flask) -> str:
    """Run `flask clean` in this process, and return what it printed."""
    result = app.test_cli_runner().invoke(args=["clean"])
    assert result.exit_code == 0, result.output
    return result.output.strip()


def give_up_long_ago(app: Flask, inbox: Inbox, *names: str) -> None:
    inbox.answers["RCPT"] = "550 no"
    enqueue(app, *names)
    run(app, "send")
    with app.app_context():
        db.session.execute(update(OutgoingMail).values(created_at=LONG_AGO))
        db.session.commit()


def test_what_is_old_is_deleted(app: Flask, inbox: Inbox) -> None:
    give_up_long_ago(app, inbox, "john", "jane")
    add_account(app, "susan")
    log_in(app, "susan")
    log_in(app, "susan")
    with app.app_context():
        first = select(LoginSession.id).order_by(LoginSession.id).limit(1)
        db.session.execute(
            update(LoginSession)
            .where(LoginSession.id == db.session.scalar(first))
            .values(last_seen=LONG_AGO)
        )
        db.session.add(AuditEvent(action=Action.LOGGED_OUT, at=LONG_AGO))
        db.session.commit()
    assert clean(app) == "Deleted: emails 2, logins 1, log events 1."
    assert clean(app) == "Deleted: emails 0, logins 0, log events 0."
    assert mails(app) == []
    with app.app_context():
        assert len(db.session.scalars(select(LoginSession)).all()) == 1
        actions = db.session.scalars(select(AuditEvent.action)).all()
        assert actions == [Action.LOGGED_IN, Action.LOGGED_IN]


def test_addresses_are_kept_for_less_long_than_what_was_done(app: Flask) -> None:
    now = datetime.now(UTC)
    with app.app_context():
        days = {1: "10.0.0.1", 89: "10.0.0.2", 91: "10.0.0.3", 300: "10.0.0.4", 301: ""}
        for age, address in days.items():
            at = now - timedelta(days=age)
            db.session.add(AuditEvent(action=Action.LOGGED_OUT, at=at, ip_address=address))
        db.session.commit()
    assert clean(app) == "Deleted: emails 0, logins 0, log events 0."
    with app.app_context():
        kept = db.session.scalars(select(AuditEvent.ip_address).order_by(AuditEvent.id)).all()
    assert kept == ["10.0.0.1", "10.0.0.2", None, None, ""]  # the last one was an operator


def test_many_addresses_are_forgotten_batch_after_batch(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "MOST_DELETED", 2)
    with app.app_context():
        at = datetime.now(UTC) - timedelta(days=100)
        event = {"action": Action.LOGGED_OUT, "at": at, "ip_address": "10.0.0.1"}
        db.session.add_all(AuditEvent(**event) for _ in range(5))
        db.session.commit()
    clean(app)
    with app.app_context():
        assert {*db.session.scalars(select(AuditEvent.ip_address))} == {None}


def test_a_site_without_a_mail_server_keeps_nothing_for_longer(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with create_database("sqlite", tmp_path) as url:
        monkeypatch.setenv("DATABASE_URL", url)
        monkeypatch.setenv("SECRET_KEY", "x" * 32)
        monkeypatch.setenv("TRUSTED_HOSTS", "localhost")
        app = create_app("production")
        with app.app_context():
            db.create_all()
            db.session.add(AuditEvent(action=Action.LOGGED_OUT, at=LONG_AGO))
            db.session.commit()
        assert clean(app) == "Deleted: emails 0, logins 0, log events 1."


def test_a_mail_that_is_tried_again_at_that_moment_stays(
    tmp_path: Path, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    with create_database("sqlite", tmp_path) as url:
        monkeypatch.setenv("TEST_DATABASE_URL", url)
        app = create_app("testing")
        add_templates(app)
        with app.app_context():
            db.create_all()
        give_up_long_ago(app, inbox, "john", "jane")
        done: list[int] = []

        def retry(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            if statement.startswith("DELETE") and not done:
                done.append(1)
                with app.app_context():
                    assert outbox.retry([1]) == 1

        with app.app_context():
            event.listen(db.engine, "before_cursor_execute", retry)
        assert clean(app) == "Deleted: emails 1, logins 0, log events 0."
        assert [(mail.id, mail.state) for mail in mails(app)] == [(1, "waiting")]


def test_no_table_is_told_in_one_line(sqlite_app: Flask) -> None:
    with sqlite_app.app_context():
        db.drop_all()
    result = sqlite_app.test_cli_runner().invoke(args=["clean"])
    assert result.exit_code == 1
    assert result.output.startswith("Error: The database lacks a table or a column; run `flask db ")
