"""Mails that nobody causes at a moment of their own, as a daily one: rooms decide when one is due.

The worker asks every few seconds, and so does `flask mail send`.
"""

import logging
from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError

from app.extensions import db

log = logging.getLogger(__name__)

Gather = Callable[[], None]
_gatherers: list[Gather] = []


def register(gather: Gather) -> Gather:
    """Let a function write the mails that are due, and commit each with what it tells of.

    Other workers may call it at the same moment.
    """
    _gatherers.append(gather)
    return gather


def gather_all() -> None:
    """Write the mails that are due. One room does not suffer from another one's bug."""
    for gather in _gatherers:
        try:
            gather()
        except SQLAlchemyError:
            raise
        except Exception:
            log.exception("%s.%s failed.", gather.__module__, gather.__name__)
        finally:
            db.session.rollback()
