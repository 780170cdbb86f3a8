"""When somebody with an account was last seen: whoever reads pages is here."""

from datetime import UTC, datetime, timedelta

from flask import Flask
from sqlalchemy import select, update

from app import db
from app.models import LoginSession, User
from tests.auth.people import add_account, log_in
from tests.clients import CheckingClient


def seen_before(app: Flask, time: timedelta) -> datetime:
    """Let everybody have been seen that long ago, and return when that was."""
    before = datetime.now(UTC) - time
    with app.app_context():
        for model in (LoginSession, User):
            db.session.execute(update(model).values(last_seen=before))
        db.session.commit()
    return before


def last_seen(app: Flask, name: str) -> datetime:
    with app.app_context():
        return db.session.scalars(select(User.last_seen).filter_by(username=name)).one()


def test_whoever_reads_pages_is_seen(app: Flask, susan: CheckingClient) -> None:
    add_account(app, "anna")
    log_in(app, "anna")
    before = seen_before(app, timedelta(minutes=11))
    moment = datetime.now(UTC)
    assert susan.get("/auth/settings").status_code == 200
    assert last_seen(app, "susan") >= moment
    assert last_seen(app, "anna") - before < timedelta(milliseconds=1)


def test_it_is_noted_every_ten_minutes(app: Flask, susan: CheckingClient) -> None:
    before = seen_before(app, timedelta(minutes=9))
    assert susan.get("/auth/settings").status_code == 200
    assert last_seen(app, "susan") - before < timedelta(milliseconds=1)


def test_whoever_logs_in_is_seen(app: Flask) -> None:
    add_account(app, "susan")
    seen_before(app, timedelta(days=100))
    moment = datetime.now(UTC)
    log_in(app, "susan")
    assert last_seen(app, "susan") >= moment
