"""All that is kept of somebody, as one JSON document: for a copy of one's data, or to move on.

It holds what its owner said and did, and what Flasky knows of them: no password, key, or digest of
one, which would be of use to nobody but a thief. docs/personal-data.md lists what is in it.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from flask import current_app
from sqlalchemy import Row, Select, case, null, or_, select

from app import audit
from app.extensions import db
from app.models import AccountName, AuditEvent, EmailChange, LoginSession, OutgoingMail, User

ROWS_AT_ONCE = 500
# Of a user's row: secrets, and what is made of other columns.
NOT_SAID = {
    "breached_state",
    "email_key",
    "links_epoch",
    "password_hash",
    "role_id",
    "username_key",
}

Rows = Select[*tuple[Any, ...]]
# Returns the rows of a section. Its first column tells them apart, and they come in its order.
Section = Callable[[User], Rows]
_sections: dict[str, Section] = {}


def register_section(name: str) -> Callable[[Section], Section]:
    """Let a function select what a room keeps of a user, for a section of that name."""

    def register(section: Section) -> Section:
        _sections[name] = section
        return section

    return register


def write(user: User) -> Iterator[str]:
    """Give the document piece by piece, a row in each, however many there are."""
    head = {
        "site": current_app.config["PUBLIC_URL"],
        "exported_at": datetime.now(UTC),
        "account": _describe(user),
    }
    yield "{" + ",".join(f"\n{_to_json(name)}: {_to_json(value)}" for name, value in head.items())
    for name, section in _sections.items():
        yield f",\n{_to_json(name)}: ["
        for number, row in enumerate(_read(section(user))):
            yield f"{',' if number else ''}\n  {_to_json(dict(row._mapping))}"  # noqa: SLF001
        yield "\n]"
    yield "\n}\n"


def _read(rows: Rows) -> Iterator[Row[*tuple[Any, ...]]]:
    """Give rows, of which some are in memory at a time."""
    key = rows.selected_columns[0]
    some = rows.order_by(key).limit(ROWS_AT_ONCE)
    found: Sequence[Row[*tuple[Any, ...]]] = db.session.execute(some).all()
    yield from found
    while len(found) == ROWS_AT_ONCE:
        found = db.session.execute(some.where(key > found[-1][0])).all()
        yield from found


def _to_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=datetime.isoformat)


def _describe(user: User) -> dict[str, Any]:
    """Return all columns of a row, those that a copy of Flasky adds among them, but for secrets."""
    names = [column.key for column in User.__table__.columns if column.key not in NOT_SAID]
    said = {name: getattr(user, name) for name in names}
    role = user.role.name if user.role else None
    derived = {"role": role, "has_breached_password": user.has_breached_password}
    return said | derived | {"has_account": user.has_account}


@register_section("names")
def _select_names(user: User) -> Rows:
    """Select the names that no other account gets, those that were given up among them."""
    columns = AccountName.id, AccountName.skeleton.label("looks_like"), AccountName.given_up_at
    return select(*columns).where(AccountName.user_id == user.id)


@register_section("email_changes")
def _select_email_changes(user: User) -> Rows:
    change = EmailChange
    columns = change.id, change.former, change.email, change.at, change.is_done
    return select(*columns).where(change.user_id == user.id)


@register_section("sessions")
def _select_sessions(user: User) -> Rows:
    login = LoginSession
    times = login.created_at, login.last_seen, login.proved_at
    return select(login.id, *times, login.is_kept, login.ip_address, login.agent).where(
        login.user_id == user.id
    )


@register_section("activity")
def _select_activity(user: User) -> Rows:
    """Select what was done with the account, and by its owner. Where others were is theirs."""
    event = AuditEvent
    is_others = (event.actor != "") & or_(event.actor_id.is_(None), event.actor_id != user.id)
    by = case(
        (is_others, "administration"),
        (event.actor != "", "owner"),
        (event.ip_address == "", "operator"),
        else_="not logged in",
    )
    return select(
        event.id,
        event.at,
        event.action,
        event.detail,
        event.subject.label("account"),
        by.label("by"),
        case((is_others, null()), else_=event.ip_address).label("ip_address"),
        case((is_others, null()), else_=event.agent).label("agent"),
    ).where(audit.is_part(user))


@register_section("emails")
def _select_emails(user: User) -> Rows:
    """Select the mails to the account's address: about what, and when."""
    mail = OutgoingMail
    about = mail.template.label("about")
    columns = mail.id, mail.recipient, about, mail.locale, mail.created_at, mail.sent_at
    return select(*columns).where(mail.recipient == user.email)
