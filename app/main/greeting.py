"""Greeting somebody who says a name: Flasky knows it, or learns it."""

from datetime import UTC, datetime
from typing import NamedTuple

from sqlalchemy import bindparam, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from app.database import gave_way
from app.extensions import db
from app.mail.notices import tell_admin
from app.models import User
from app.models.nickname import Nickname, nickname

ATTEMPTS = 5

# Built once, and run without the ORM: nobody needs the objects.
FIND = select(User.id, User.visits, User.last_seen).where(User.username_key == bindparam("key"))
COUNT_VISIT = (
    update(User)
    .where(User.id == bindparam("user_id"))
    .values(visits=User.visits + 1, last_seen=bindparam("now"))
)


class Greeting(NamedTuple):
    """Whom Flasky greets, and what it knew of them."""

    name: str
    known: bool
    last_seen: datetime | None  # the visit before this one, in UTC


def greet(typed: str) -> Greeting:
    """Count one visit of whoever says this name, and commit it.

    Raises InvalidNameError if the text is no name.
    """
    name = nickname(typed)
    attempts_left = ATTEMPTS
    while True:
        try:
            return _greet_known(name) or _greet_new(name)
        except DBAPIError as error:
            db.session.rollback()
            attempts_left -= 1
            # Of many who say one new name at once, the database lets one be first.
            # For the others it is a known name now.
            lost_race = isinstance(error, IntegrityError) or gave_way(error)
            if not (lost_race and attempts_left):
                raise


def _greet_known(name: Nickname) -> Greeting | None:
    """Count a visit of a known user. Return None if nobody has that name."""
    connection = db.session.connection()
    user = connection.execute(FIND, {"key": name.key}).one_or_none()
    if user is None:
        return None
    connection.execute(COUNT_VISIT, {"user_id": user.id, "now": datetime.now(UTC)})
    db.session.commit()
    return Greeting(name.shown, known=True, last_seen=user.last_seen if user.visits else None)


def _greet_new(name: Nickname) -> Greeting:
    """Learn a name. Raise IntegrityError if somebody else was first."""
    now = datetime.now(UTC)
    db.session.add(User(username=name.shown, first_seen=now, last_seen=now, visits=1))
    tell_admin("new_user", username=name.shown)
    db.session.commit()
    return Greeting(name.shown, known=False, last_seen=None)
