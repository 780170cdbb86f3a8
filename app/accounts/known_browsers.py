"""Browsers from which somebody has logged in before, by what the log and the sessions tell."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, select, union

from app.accounts.letters import tell_owner
from app.accounts.limits import NEW_BROWSERS
from app.client import networks_of
from app.extensions import db
from app.models import Action, AuditEvent, LoginSession, User
from app.web.user_agents import name_browser


def tell_of_new(user: User, agent: str, ip_address: str) -> None:
    """Mail a user that somebody logs in from a browser that is new, in the current transaction.

    Call it before the login is noted. Of many in a day, the first few are told.
    """
    if not is_known(user, agent, ip_address) and NEW_BROWSERS.allows(str(user.id)):
        tell_owner(user, "mail/new_browser", agent=agent, ip_address=ip_address)


def is_known(user: User, agent: str, ip_address: str) -> bool:
    """Return whether a user has come by such a browser from that network, or never came at all."""
    logins = select(AuditEvent.agent, AuditEvent.ip_address).where(
        AuditEvent.subject_id == user.id, AuditEvent.action == Action.LOGGED_IN
    )
    sessions = select(LoginSession.agent, LoginSession.ip_address).where(
        LoginSession.user_id == user.id
    )
    found: Sequence[Row[*tuple[Any, ...]]] = db.session.execute(union(logins, sessions)).all()
    known = {  # of a browser in an old log, only the network is known
        (name_browser(former or agent), networks_of(address)[0])
        for former, address in found
        if address is not None
    }
    return not found or (name_browser(agent), networks_of(ip_address)[0]) in known
