"""Transactions that are done again, because others were faster."""

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.exc import DBAPIError, IntegrityError

from app.database import is_transient_conflict
from app.extensions import db

ATTEMPTS = 5

Result = TypeVar("Result")


def retry(work: Callable[[], Result]) -> Result:
    """Do the work of a transaction, which commits it, and do it anew if another one interferes.

    Of many who insert one row at once, the database lets one be first: the others find it then.
    Of many who wait for each other's rows, it ends all but one.
    """
    attempts_left = ATTEMPTS
    while True:
        try:
            return work()
        except DBAPIError as error:
            db.session.rollback()
            attempts_left -= 1
            interfered = isinstance(error, IntegrityError) or is_transient_conflict(error)
            if not (interfered and attempts_left):
                raise
