"""Users of another database, as the book's: each name under the rule that a greeting keeps.

Two names may be one by that rule, and some are none. Both are told, with their rows.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import insert, select

from app.accounts.book import OldUser
from app.extensions import db
from app.models import Role, User
from app.models.nickname import InvalidNameError, parse_nickname
from app.retry import retry

ROWS_AT_ONCE = 500
LONGEST_SHOWN = 80  # characters of a name that is none


class NewUser(NamedTuple):
    """A user to take over: where from, as what it was written there, and as what it is here."""

    id: int
    typed: str
    shown: str
    key: str
    role: str | None


@dataclass
class Import:
    """What there is to take over, and what was done with it. `lines` names each special case."""

    lines: list[str] = field(default_factory=list)
    read: int = 0
    same: int = 0
    invalid: int = 0
    known: int = 0
    added: int = 0
    users: dict[str, NewUser] = field(default_factory=dict)  # by their keys
    roles: Counter[str] = field(default_factory=Counter)  # of those that were added


def plan(old: Iterable[OldUser], report: Callable[[int], None]) -> Import:
    """Sort users by the rule about names; of two that are the same, the first is taken.

    Nothing is asked of the database. `report` is told of each.
    """
    planned = Import()
    for each in old:
        planned.read += 1
        sort_in(planned, each)
        report(1)
    return planned


def sort_in(planned: Import, old: OldUser) -> None:
    """Add a user to those to take over, or a line that says why not."""
    try:
        name = parse_nickname(old.name)
    except InvalidNameError as error:
        fault = error if isinstance(old.name, str) else "It is no text."
        planned.lines.append(f"Row {old.id}: {quote(old.name)} cannot be a name. {fault}")
        planned.invalid += 1
        return
    if first := planned.users.get(name.key):
        planned.lines.append(
            f"Row {old.id}: {old.name!r} is the same name as {first.typed!r} of row {first.id}."
        )
        planned.same += 1
        return
    planned.users[name.key] = NewUser(old.id, old.name, name.shown, name.key, old.role)


def quote(name: object) -> str:
    """Return something that is no name, so that it fits into a line."""
    text = "NULL" if name is None else repr(name)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}..."


def carry_out(planned: Import, *, is_dry_run: bool) -> Import:
    """Add the users who are not here yet, and commit all of them at once, or none.

    Who is here stays as they are, with visits and role. A dry run adds nothing in the end.
    """

    def work() -> Import:
        done = Import([*planned.lines], planned.read, planned.same, planned.invalid)
        new = list(leave_out_known(planned, done))
        roles = {name: find_role(name, done) for name in sorted({u.role for u in new if u.role})}
        now = datetime.now(UTC)
        rows = [make_row(each, roles, now) for each in new]
        for chunk in in_chunks(rows):
            db.session.connection().execute(insert(User), chunk)
        done.added = len(rows)
        done.roles = Counter(each.role for each in new if each.role and roles[each.role])
        if is_dry_run:
            db.session.rollback()
        else:
            db.session.commit()
        return done

    # Somebody else may say one of the names in the meantime: it is known then.
    return retry(work)


def leave_out_known(planned: Import, done: Import) -> Iterator[NewUser]:
    """Yield the users who are not here yet."""
    for chunk in in_chunks(planned.users.values()):
        keys = [each.key for each in chunk]
        here = select(User.username_key, User.username).where(User.username_key.in_(keys))
        known = {row.username_key: row.username for row in db.session.execute(here)}
        for each in chunk:
            shown = known.get(each.key)
            if shown is None:
                if each.typed != each.shown:
                    done.lines.append(f"Row {each.id}: {each.typed!r} becomes {each.shown!r}.")
                yield each
            elif shown == each.shown:
                done.known += 1
            else:
                done.lines.append(
                    f"Row {each.id}: {each.typed!r} is the same name as {shown!r}, who is here."
                )
                done.same += 1


def find_role(name: str, done: Import) -> int | None:
    """Return the id of the role of that name, which may be new. There are names that none has."""
    if name in Role.PERMISSIONS:
        return Role.get_or_insert(name).id
    role = db.session.scalar(select(Role).where(Role.name == name))
    if role is None:
        try:
            role = Role(name=name)
        except ValueError as error:
            done.lines.append(f"A role is left out: {error}.")
            return None
        db.session.add(role)
        db.session.flush()
        done.lines.append(f"The role {name!r} is new here, and may do nothing.")
    return role.id


def make_row(user: NewUser, roles: dict[str, int | None], now: datetime) -> dict[str, Any]:
    """Return the row of a user who has not been here: the old table knows no visits."""
    return {
        "username": user.shown,
        "username_key": user.key,
        "role_id": roles[user.role] if user.role else None,
        "first_seen": now,
        "last_seen": now,
        "visits": 0,
    }


def in_chunks(items: Iterable[Any]) -> Iterator[list[Any]]:
    """Yield lists of as many as a statement may hold."""
    rest = iter(items)
    while chunk := list(islice(rest, ROWS_AT_ONCE)):
        yield chunk
