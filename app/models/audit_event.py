"""What was done to accounts and by administrators: a log that is only added to."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Model
from app.models.columns import UtcDateTime, max_length_check, text_type, utc_now
from app.models.login_session import LONGEST_AGENT, LONGEST_IP_ADDRESS
from app.models.nickname import LONGEST_NAME

LONGEST_DETAIL = 200  # characters
LONGEST_OPERATOR = 64


class Action(StrEnum):
    """What can have been done. The values are what the table keeps."""

    LOGGED_IN = "logged in"
    LOGIN_REFUSED = "login refused"
    LOGGED_OUT = "logged out"
    PROVED = "proved"
    TOO_MANY_TRIES = "too many tries"
    ACCESS_REFUSED = "access refused"
    REGISTER_ASKED = "registering asked for"
    REGISTERED = "registered"
    LINK_MADE = "link made"
    PASSWORD_REFUSED = "password refused"  # noqa: S105
    PASSWORD_CHANGED = "password changed"  # noqa: S105
    PASSWORD_RESET = "password reset"  # noqa: S105
    RESET_ASKED = "reset asked for"
    CODE_ASKED = "code asked for"
    CODE_REFUSED = "code refused"
    FACTOR_SET_UP = "second factor set up"
    FACTOR_REMOVED = "second factor removed"
    RECOVERY_CODES_MADE = "recovery codes made"
    PASSKEY_ADDED = "passkey added"
    PASSKEY_REMOVED = "passkey removed"
    PASSKEY_REFUSED = "passkey refused"
    EMAIL_ASKED = "new address asked for"
    EMAIL_CANCELLED = "new address cancelled"
    EMAIL_CHANGED = "address changed"
    NAME_CHANGED = "name changed"
    ROLE_CHANGED = "role changed"
    SESSIONS_ENDED = "logged out everywhere"
    SECURED = "account secured"
    DISABLED = "disabled"
    ENABLED = "enabled"
    LET_IN = "let in"
    DELETED = "deleted"
    EXPORTED = "data exported"
    MAIL_RETRIED = "mail retried"
    MESSAGE_HIDDEN = "message hidden"
    MESSAGE_SHOWN = "message shown"
    REPORTS_DISMISSED = "reports dismissed"
    APPEAL_REJECTED = "appeal rejected"
    TOKEN_CREATED = "token created"  # noqa: S105
    TOKEN_REVOKED = "token revoked"  # noqa: S105


class Detail(StrEnum):
    """What else there can be to say, besides the names of pages, roles, people and mails.

    The values are what the table keeps.
    """

    WRONG_PASSWORD = "wrong password"  # noqa: S105
    UNKNOWN_NAME = "unknown name"
    NO_ACCOUNT = "no account"
    DISABLED = "disabled"
    ALL_GIVEN_UP = "all given up"
    CODE = "code"
    RECOVERY_CODE = "recovery code"
    PASSKEY = "passkey"
    UNKNOWN_PASSKEY = "unknown passkey"
    COPIED_PASSKEY = "copied passkey"
    ONE_BROWSER = "one browser"
    RESET = "reset"
    TAKEN_BACK = "taken back"
    VISITOR = "visitor"
    # The limits that somebody came to.
    LOGINS = "login"
    WRONG_PASSWORDS = "wrong passwords"
    WRONG_PASSWORDS_IN_ALL = "wrong passwords in all"
    FAILED_LOGINS = "failed logins on the site"
    OWN_PASSWORD = "own password"  # noqa: S105
    PROOFS = "own password, right or wrong"
    CODES = "codes"
    CODES_A_DAY = "codes a day"
    RECOVERY_CODE_TRIES = "recovery codes"
    PASSKEY_TRIES = "passkeys"
    NAMES = "names"
    CHANGES = "changes"
    EXPORTS = "exports"
    NEW_NAMES = "new names"
    MAILS = "mails"
    MAILS_TO_ONE = "mails to one"
    UNASKED_MAILS = "mails of the site"
    MESSAGES = "messages"
    FIRST_MESSAGES = "first messages"
    ADDRESS_MESSAGES = "messages from one address"
    ADDRESS_FIRST_MESSAGES = "first messages from one address"
    REPORTS = "reports"


class AuditEvent(Model):
    """Somebody did something, or tried to: who, to whom, when, from where. It holds no secrets.

    The names are kept as they were, so that a name that changes, or an account that ends, takes
    nothing out of the log.
    """

    __tablename__ = "audit_events"
    __table_args__ = (
        max_length_check(32, "action"),
        max_length_check(LONGEST_NAME, "actor"),
        max_length_check(LONGEST_NAME, "subject"),
        max_length_check(LONGEST_DETAIL, "detail"),
        max_length_check(LONGEST_IP_ADDRESS, "ip_address"),
        max_length_check(LONGEST_AGENT, "agent"),
        max_length_check(LONGEST_OPERATOR, "operator"),
        Index("ix_audit_events_action_id", "action", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now, index=True)
    action: Mapped[str] = mapped_column(text_type(32))
    # Who did it: empty for somebody who was not logged in, or an operator at a terminal.
    actor_id: Mapped[int | None] = mapped_column(
        ForeignKey("users.id", ondelete="SET NULL"), index=True
    )
    actor: Mapped[str] = mapped_column(text_type(LONGEST_NAME), default="", index=True)
    # Whose account it was about.
    subject_id: Mapped[int | None] = mapped_column(
        ForeignKey("users.id", ondelete="SET NULL"), index=True
    )
    subject: Mapped[str] = mapped_column(text_type(LONGEST_NAME), default="", index=True)
    detail: Mapped[str] = mapped_column(text_type(LONGEST_DETAIL), default="")
    # Where from: empty for an operator at a terminal, and NULL once it is kept no longer.
    ip_address: Mapped[str | None] = mapped_column(text_type(LONGEST_IP_ADDRESS), default="")
    agent: Mapped[str] = mapped_column(text_type(LONGEST_AGENT), default="", server_default="")
    # The system's name of who ran a command: empty for somebody at a browser.
    operator: Mapped[str] = mapped_column(
        text_type(LONGEST_OPERATOR), default="", server_default=""
    )

    def __repr__(self) -> str:
        """Return `<AuditEvent 7 'logged in'>`."""
        return f"<AuditEvent {self.id} {self.action!r}>"
