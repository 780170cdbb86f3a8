"""Flasky's tables."""

from app.models.account_name import AccountName
from app.models.audit_event import Action, AuditEvent, Detail
from app.models.email_change import EmailChange
from app.models.login_session import LoginSession
from app.models.outgoing_mail import Notice, OutgoingMail
from app.models.refused_address import RefusedAddress
from app.models.role import Permission, Role
from app.models.used_link import UsedLink
from app.models.user import AnonymousUser, User

__all__ = [
    "AccountName",
    "Action",
    "AnonymousUser",
    "AuditEvent",
    "Detail",
    "EmailChange",
    "LoginSession",
    "Notice",
    "OutgoingMail",
    "Permission",
    "RefusedAddress",
    "Role",
    "UsedLink",
    "User",
]
