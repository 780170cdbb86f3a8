"""What waits for moderators: reports and appeals that nobody has decided about."""

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, Subquery, and_, func, or_, select, true, union
from sqlalchemy.orm import contains_eager, joinedload

from app.board.models import Appeal, Message, Report
from app.extensions import db
from app.models import Role, User
from app.models.role import IS_HIGHEST

REPORTS_SHOWN = 10  # of one message: as many as a moderator reads
MOST_COUNTED = 99  # messages that wait: more are not counted


class Case(NamedTuple):
    """A message that waits for a decision: its first reports, how many there are, its appeal."""

    message: Message
    reports: Sequence[Report]
    reports_in_all: int
    appeal: Appeal | None

    @property
    def reported_texts(self) -> list[str]:
        """The texts that were reported and are not there any more: edited since, or deleted."""
        texts = dict.fromkeys(report.text for report in self.reports)
        return [text for text in texts if text != self.message.text]


class _Reported(NamedTuple):
    reports: list[Report]
    in_all: int


def waiting_messages(moderator: User) -> Select[Message]:
    """Return the messages that somebody may decide about, and has to, with their authors.

    A deleted one is there for what was said in it. One of a disabled author is not, as nobody sees
    it, and is back with the account. Who may not decide does not see who reported: nobody reads
    who reported them.
    """
    waiting = _numbers_of_waiting()
    return (
        select(Message)
        .join(waiting, waiting.c.message_id == Message.id)
        .outerjoin(Message.author)
        .options(contains_eager(Message.author))
        .where(User.disabled_at.is_(None), _is_decided_by(moderator))
    )


def count_waiting(moderator: User) -> int:
    """Return how many messages wait for somebody, or MOST_COUNTED + 1 for all that is more."""
    waiting = waiting_messages(moderator).with_only_columns(Message.id).limit(MOST_COUNTED + 1)
    return db.session.scalars(select(func.count()).select_from(waiting.subquery())).one()


def find_case(number: int, moderator: User) -> Case | None:
    """Return what waits about a message for somebody, or None if nothing does."""
    found = db.session.scalar(waiting_messages(moderator).where(Message.id == number))
    return make_cases([found])[0] if found else None


def make_cases(found: Sequence[Message]) -> list[Case]:
    """Return messages with what waits about each. It takes two queries, however many they are."""
    numbers = [message.id for message in found]
    reported, appeals = _find_reports(numbers), _find_appeals(numbers)
    return [
        Case(message, *reported[message.id], appeal=appeals.get(message.id)) for message in found
    ]


def _numbers_of_waiting() -> Subquery:
    """Return a table of what waits: joined, and not asked with IN, for which MariaDB reads all."""
    reported = select(Report.message_id).where(Report.settled_at.is_(None))
    is_waiting = and_(Appeal.settled_at.is_(None), Message.deleted_at.is_(None))
    appealed = select(Appeal.message_id).join(Appeal.message).where(is_waiting)
    return union(reported, appealed).subquery("waiting")


def _is_decided_by(moderator: User) -> ColumnElement[bool]:
    """Return `moderation.may_decide` as a database asks it, of somebody who may moderate."""
    if moderator.is_administrator():
        return true()
    administering = select(Role.id).where(IS_HIGHEST)
    is_others = or_(Message.author_id.is_(None), Message.author_id != moderator.id)
    return is_others & or_(User.role_id.is_(None), User.role_id.not_in(administering))


def _find_reports(numbers: Sequence[int]) -> dict[int, _Reported]:
    """Return by message the first unsettled reports, with who wrote them, and how many there are.

    However many report one message, the page stays short.
    """
    message = Report.message_id
    numbered = (
        select(
            Report.id,
            func.row_number().over(partition_by=message, order_by=Report.id).label("place"),
            func.count().over(partition_by=message).label("in_all"),
        )
        .where(message.in_(numbers), Report.settled_at.is_(None))
        .subquery()
    )
    first = (
        select(Report, numbered.c.in_all)
        .join(numbered, numbered.c.id == Report.id)
        .where(numbered.c.place <= REPORTS_SHOWN)
        .options(joinedload(Report.reporter))
        .order_by(Report.id)
    )
    found: dict[int, _Reported] = defaultdict(lambda: _Reported([], 0))
    for report, in_all in db.session.execute(first):
        others = found[report.message_id].reports
        found[report.message_id] = _Reported([*others, report], in_all)
    return found


def _find_appeals(numbers: Sequence[int]) -> dict[int, Appeal]:
    waiting = select(Appeal).where(Appeal.message_id.in_(numbers), Appeal.settled_at.is_(None))
    return {appeal.message_id: appeal for appeal in db.session.scalars(waiting)}
