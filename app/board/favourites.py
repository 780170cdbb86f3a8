"""Favourites: the messages that somebody keeps. Nobody else learns which, nor how many."""

from sqlalchemy import Select, delete, insert, select

from app.accounts import administration
from app.board.messages import visible_messages
from app.board.models import Message, favourites
from app.extensions import db
from app.models import User
from app.retry import retry


def add(user: User, message: Message) -> None:
    """Keep a message, and commit it. One that is kept already stays so."""
    row = {"user_id": user.id, "message_id": message.id}

    def keep() -> None:
        administration.lock(user)
        if not is_favourite(user, message):
            db.session.execute(insert(favourites).values(row))
        db.session.commit()

    retry(keep)


def remove(user: User, message: Message) -> None:
    """Keep a message no more, and commit it."""
    mine = (favourites.c.user_id == user.id) & (favourites.c.message_id == message.id)

    def forget() -> None:
        db.session.execute(delete(favourites).where(mine))
        db.session.commit()

    retry(forget)


def is_favourite(user: User | None, message: Message) -> bool:
    """Return whether somebody keeps a message."""
    if user is None:
        return False
    mine = favourites.select().where(favourites.c.user_id == user.id)
    return db.session.execute(mine.where(favourites.c.message_id == message.id)).first() is not None


def favourite_messages(user: User) -> Select[Message]:
    """Return the messages that somebody keeps, and may still see, with their authors."""
    mine = select(favourites.c.message_id).where(favourites.c.user_id == user.id)
    return visible_messages(user).where(Message.id.in_(mine))
