"""What people do on the board."""

from datetime import UTC, datetime, timedelta

from flask import Flask
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from app import db
from app.board.models import Message
from app.models import User
from tests.auth.people import submit
from tests.clients import CheckingClient
from tests.pages import parse, text_of

NEW = "/board/new"


def write(client: CheckingClient, text: str, reply_to: str = "") -> str:
    """Write a message, and return its address."""
    path = f"{NEW}?reply_to={reply_to.rpartition('/')[2]}" if reply_to else NEW
    answer = submit(client, path, text=text)
    assert answer.status_code == 303, answer.text
    assert answer.location.startswith("/board/")
    return answer.location


def texts_on(page: TestResponse) -> list[str]:
    """Return the texts of the messages on a page."""
    html = parse(page.text)
    return [text_of(found) for found in html.findall(".//*[@class='message-text']")]


def user_of(app: Flask, name: str) -> User:
    """Return a user, in the context of the application."""
    assert app
    return db.session.scalars(select(User).filter_by(username=name)).one()


def make_older(app: Flask, **by: float) -> None:
    """Let all messages have been written earlier."""
    with app.app_context():
        for message in db.session.scalars(select(Message)):
            message.written_at -= timedelta(**by)
        db.session.commit()


def disable(app: Flask, name: str) -> None:
    """Disable an account."""
    with app.app_context():
        disabled = update(User).filter_by(username=name).values(disabled_at=datetime.now(UTC))
        db.session.execute(disabled)
        db.session.commit()
