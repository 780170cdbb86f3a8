"""Limits of the whole site: the administrator is told once an hour that it has come to one."""

from typing import NoReturn

from app.extensions import db
from app.mail.notices import register_topic, tell_admin
from app.web.limits import Allowance, Limit

FLOOD = register_topic("mail/flood", interval="FLOOD_MAIL_INTERVAL")
NOTICES = Allowance("flood notices", "1 per hour")  # about one limit


def refuse(limit: Limit, who: str = "") -> NoReturn:
    """Raise TooManyRequests. A notice is committed, and nothing else."""
    if NOTICES.allows(limit.name):
        db.session.rollback()
        tell_admin(FLOOD, limit.name, limit=limit.name)
        db.session.commit()
    limit.refuse(who)
