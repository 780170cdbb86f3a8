"""Two who do something to one account at the same moment."""

import threading
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import delete, select

from app import db
from app.accounts import administration, changes
from app.models import User, passwords
from app.models.lookup import find_by_name
from tests.auth.people import OTHER_PASSWORD

Deed = Callable[[], int]


def meanwhile(
    app: Flask, monkeypatch: pytest.MonkeyPatch, deed: Callable[[], None], before: str = "lock"
) -> None:
    """Let somebody else do something, once: just before the next request holds a user's row."""
    real = getattr(administration, before)
    done: list[User] = []

    def hold(user: User, *others: User | None) -> None:
        if not done:
            done.append(user)
            other = threading.Thread(target=in_context)
            other.start()
            other.join()
        real(user, *others)

    def in_context() -> None:
        with app.app_context():
            deed()

    monkeypatch.setattr(administration, before, hold)


def susan_of(app: Flask) -> User:
    assert app
    return db.session.scalars(select(User).filter_by(username="susan")).one()


def delete_susan() -> None:
    db.session.execute(delete(User).filter_by(username="susan"))
    db.session.commit()


def set_another_password() -> None:
    user = find_by_name("susan")
    assert user
    changes.set_password(user, password_hash=passwords.hash_password(OTHER_PASSWORD))
    db.session.commit()


def log_susan_out() -> None:
    user = find_by_name("susan")
    assert user
    administration.end_sessions(user)
    db.session.commit()


def at_once(*deeds: Deed) -> set[int]:
    """Do these at once, and return their statuses."""
    start = threading.Barrier(len(deeds))
    statuses: set[int] = set()

    def run(deed: Deed) -> None:
        start.wait()
        statuses.add(deed())

    threads = [threading.Thread(target=run, args=[deed]) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return statuses
