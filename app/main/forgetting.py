"""Visitors whom nobody has seen for long: a site may forget them, see VISITORS_KEPT_DAYS."""

from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import ColumnElement, and_, exists, false

from app.accounts.references import find_references
from app.models import User
from app.retention import register_table


def find_forgotten(now: datetime) -> ColumnElement[bool]:
    """Tell of which visitors nobody need know any more that they were here.

    Neither an account is among them, nor a row that an operator gave an address or a role, nor one
    that another row refers to.
    """
    days: int = current_app.config["VISITORS_KEPT_DAYS"]
    if not days:
        return false()
    is_plain = and_(*(each.is_(None) for each in (User.password_hash, User.email, User.role_id)))
    is_referred_to = [exists().where(each.column == User.id) for each in find_references()]
    return and_(
        is_plain,
        User.last_seen < now - timedelta(days=days),
        *(~each for each in is_referred_to),
    )


register_table(User, find_forgotten)
