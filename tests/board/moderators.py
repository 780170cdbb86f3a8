"""What people report, and moderators decide."""

from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from app import db
from app.board.models import ModerationEvent, Notification, Report
from tests.auth.people import add_account, log_in, submit
from tests.clients import CheckingClient
from tests.pages import form_token, parse, text_of

QUEUE = "/board/reports"
REASON = "Please stay friendly."


def join(app: Flask, name: str, *, role: str = "User") -> CheckingClient:
    """Return the browser of somebody new."""
    add_account(app, name, role=role)
    return log_in(app, name)


def report(client: CheckingClient, address: str, reason: str = "Rude") -> None:
    """Report a message."""
    answer = submit(client, f"{address}/report", reason=reason)
    assert answer.status_code == 303, answer.text


def hide(client: CheckingClient, address: str) -> None:
    """Hide a message."""
    assert submit(client, f"{address}/hide", reason=REASON).location == address


def press_show(client: CheckingClient, address: str) -> int:
    """Press the button that shows a message again."""
    token = form_token(client.get("/board/").text)
    return client.post(f"{address}/show", data={"csrf_token": token}).status_code


def cards(page: TestResponse) -> list[str]:
    """Return what a page says of each message."""
    html = parse(page.text)
    return [text_of(found) for found in html.findall(".//*[@class='message']")]


def reports(app: Flask) -> list[tuple[str, str, bool]]:
    """Return all reports: reason, text, and whether it is settled."""
    with app.app_context():
        rows = db.session.scalars(select(Report).order_by(Report.id))
        return [(row.reason, row.text, row.settled_at is not None) for row in rows]


def log_of(app: Flask) -> list[tuple[str, str]]:
    """Return the public log: what was decided, and why."""
    with app.app_context():
        rows = db.session.scalars(select(ModerationEvent).order_by(ModerationEvent.id))
        return [(row.action, row.reason) for row in rows]


def told(app: Flask, name: str) -> list[str]:
    """Return what somebody has been told, the newest first."""
    with app.app_context():
        rows = select(Notification).join(Notification.user).filter_by(username=name)
        newest = rows.order_by(Notification.created_at.desc())
        return [row.kind for row in db.session.scalars(newest)]
