"""Greeting somebody who says a name: Flasky knows it, or learns it."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple

from sqlalchemy import bindparam, insert, select, update

from app.database import rows_matched
from app.extensions import db
from app.mail.notices import register_topic, tell_admin
from app.models import User
from app.models.nickname import Nickname, parse_nickname
from app.retry import retry

# Without the ORM, whose objects nobody needs: with them, a greeting takes 1.5 times as long.
FIND = select(User.id, User.visits, User.last_seen).where(User.username_key == bindparam("key"))
COUNT_VISIT = (
    update(User)
    .where(User.id == bindparam("user_id"))
    .values(visits=User.visits + 1, last_seen=bindparam("now"))
)
LEARN = insert(User)
NEW_USER = register_topic("mail/new_user", interval="NEW_USER_MAIL_INTERVAL")


class Greeting(NamedTuple):
    """Whom Flasky greets, and what it knew of them."""

    name: str
    known: bool
    last_seen: datetime | None  # the visit before this one, in UTC


def greet(
    typed: str,
    before_learning: Callable[[], None] = lambda: None,
    before_commit: Callable[[Greeting], None] = lambda _greeting: None,
) -> Greeting:
    """Count one visit of whoever says this name, and commit it.

    `before_learning` is called before a new name is kept, and may raise instead; so may
    `before_commit`, right before anything is.
    Raises InvalidNameError if the text is no name.
    """
    name = parse_nickname(typed)

    def count_visit() -> Greeting:
        greeting = _greet_known(name)
        if greeting is None:
            before_learning()
            greeting = _greet_new(name)
        before_commit(greeting)
        db.session.commit()
        return greeting

    # Of many who say one new name at once, one is first. For the others it is known then.
    return retry(count_visit)


def _greet_known(name: Nickname) -> Greeting | None:
    """Count a visit of a known user. Return None if nobody has that name."""
    connection = db.session.connection()
    user = connection.execute(FIND, {"key": name.key}).one_or_none()
    if user is None:
        return None
    visit = {"user_id": user.id, "now": datetime.now(UTC)}
    if not rows_matched(connection.execute(COUNT_VISIT, visit)):
        return None  # just forgotten, or deleted
    return Greeting(name.shown, known=True, last_seen=user.last_seen if user.visits else None)


def _greet_new(name: Nickname) -> Greeting:
    """Learn a name. Raise IntegrityError if somebody else was first."""
    now = datetime.now(UTC)
    row = {"username": name.shown, "username_key": name.key, "first_seen": now, "last_seen": now}
    db.session.connection().execute(LEARN, row | {"visits": 1})
    tell_admin(NEW_USER, username=name.shown)
    return Greeting(name.shown, known=False, last_seen=None)
