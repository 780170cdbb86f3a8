"""Visitors whom nobody has seen for long: kept, unless a site wants to forget them."""

from datetime import UTC, datetime, timedelta

from flask import Flask
from sqlalchemy import Connection, event, select, update

from app import db
from app.models import Action, AuditEvent, Role, User
from tests.auth.people import add_account
from tests.conftest import visitor

LONG_AGO = datetime.now(UTC) - timedelta(days=4000)


def clean(app: Flask) -> str:
    result = app.test_cli_runner().invoke(args=["clean"])
    assert result.exit_code == 0, result.output
    return result.output.strip()


def let_all_be_long_ago(app: Flask) -> None:
    with app.app_context():
        db.session.execute(update(User).values(last_seen=LONG_AGO, first_seen=LONG_AGO))
        db.session.commit()


def names(app: Flask) -> list[str]:
    with app.app_context():
        return list(db.session.scalars(select(User.username).order_by(User.username)))


def test_a_name_is_kept_for_ever_unless_a_site_wants_otherwise(app: Flask) -> None:
    visitor(app).say("john")
    let_all_be_long_ago(app)
    assert clean(app) == "Deleted: emails 0, logins 0, log events 0."
    assert names(app) == ["john"]


def test_a_visitor_whom_nobody_has_seen_is_forgotten(app: Flask) -> None:
    app.config["VISITORS_KEPT_DAYS"] = 365
    for name in ("john", "jane"):
        visitor(app).say(name)
    let_all_be_long_ago(app)
    visitor(app).say("jane")
    assert clean(app) == "Deleted: emails 0, logins 0, log events 0, visitors 1."
    assert clean(app) == "Deleted: emails 0, logins 0, log events 0."
    assert names(app) == ["jane"]
    assert "Pleased to meet you" in visitor(app).say("john").text


def test_accounts_and_whoever_something_refers_to_stay(app: Flask) -> None:
    app.config["VISITORS_KEPT_DAYS"] = 1
    add_account(app, "susan")
    with app.app_context():
        db.session.add(User(username="addressed", email="a@example.com"))
        db.session.add(User(username="prepared", role=Role.get_or_insert("Moderator")))
        tried = User(username="tried")
        db.session.add(tried)
        db.session.flush()
        refused = AuditEvent(action=Action.LOGIN_REFUSED, subject_id=tried.id, subject="tried")
        db.session.add(refused)
        db.session.commit()
    visitor(app).say("john")
    let_all_be_long_ago(app)
    clean(app)
    assert names(app) == ["addressed", "prepared", "susan", "tried"]


def test_who_comes_back_while_they_are_forgotten_is_met_anew(app: Flask) -> None:
    visitor(app).say("john")
    with app.app_context():
        engine = db.engine
    forgotten: list[str] = []

    @event.listens_for(engine, "before_cursor_execute")
    def forget(connection: Connection, _cursor: object, statement: str, *_: object) -> None:
        """Let the name be forgotten between the look and the visit."""
        if statement.startswith("UPDATE users") and not forgotten:
            forgotten.append("john")
            connection.exec_driver_sql("DELETE FROM users")

    assert "Pleased to meet you" in visitor(app).say("john").text
    event.remove(engine, "before_cursor_execute", forget)
    assert forgotten == ["john"]
    with app.app_context():
        assert [it.visits for it in db.session.scalars(select(User))] == [1]
