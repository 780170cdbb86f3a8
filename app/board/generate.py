"""Messages to try the board with, by readers who have no account."""

import random
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, select

from app.board.models import Message
from app.board.sentences import CHINESE, ENDINGS, ENGLISH, MIXED, RARE
from app.extensions import db
from app.models import User
from app.models.nickname import parse_nickname
from app.retry import retry

READERS = [f"{word} {number}" for number in range(1, 101) for word in ("reader", "读者")]
MESSAGES_AT_ONCE = 2000  # in one transaction
TIME_BETWEEN = timedelta(seconds=30)
LANGUAGES = (ENGLISH, CHINESE, MIXED)
SHARES = (50, 33, 17)  # of the messages, in percent


def generate(total: int, report: Callable[[int], None] = lambda _count: None) -> int:
    """Write messages until the board has had so many, and commit some at a time. Return how many.

    The deleted ones are counted. `report` is told of how many, as it goes on. Nothing finds them
    until `search_index.fill` has been there. What is written depends on where it goes on alone.
    """
    readers = retry(_make_readers)
    missing = wanted = max(0, total - count_messages())
    while missing:
        rows = list(_make_rows(min(missing, MESSAGES_AT_ONCE), missing, readers))
        db.session.execute(insert(Message.__table__), rows)  # type: ignore[arg-type]
        db.session.commit()
        missing -= len(rows)
        report(len(rows))
    return wanted


def count_messages() -> int:
    """Return how many messages there are, with the deleted ones."""
    return db.session.scalar(select(func.count()).select_from(Message)) or 0


def _make_readers() -> Sequence[int]:
    """Return the users who write, and commit those who are not there yet."""
    keys = [parse_nickname(name).key for name in READERS]
    found = select(User.username_key).where(User.username_key.in_(keys))
    there = {*db.session.scalars(found)}
    new = [name for name, key in zip(READERS, keys, strict=True) if key not in there]
    db.session.add_all(User(username=name) for name in new)
    db.session.commit()
    ids = select(User.id).where(User.username_key.in_(keys), User.disabled_at.is_(None))
    return db.session.scalars(ids.order_by(User.id)).all()


def _make_rows(count: int, missing: int, readers: Sequence[int]) -> Iterator[dict[str, Any]]:
    """Give messages that come after those that are there, as far apart as leads up to now."""
    newest = db.session.execute(
        select(Message.id, Message.written_at).order_by(Message.id.desc()).limit(50)
    ).all()
    now = datetime.now(UTC)
    begin = min(newest[0].written_at, now) if newest else now - missing * TIME_BETWEEN
    choices = random.Random(newest[0].id if newest else 0)  # noqa: S311  # the same on each machine
    for number in range(1, count + 1):
        is_reply = bool(newest) and choices.random() < 1 / 8
        yield {
            "author_id": choices.choice(readers),
            "text": make_text(choices),
            "written_at": begin + (now - begin) * number / missing,
            "reply_to_id": choices.choice(newest).id if is_reply else None,
            "hidden_reason": "",
        }


def make_text(choices: random.Random) -> str:
    """Return a text of some sentences in one language, or in two."""
    [language] = choices.choices(LANGUAGES, SHARES)
    sentences = choices.choices(language, k=choices.choice((1, 1, 2, 2, 3, 5)))
    if choices.random() < 1 / 1000:
        sentences.append(choices.choice(RARE))
    if choices.random() < 1 / 10:
        sentences.append(choices.choice(ENDINGS))
    return choices.choice((" ", " ", "\n", "\n\n")).join(sentences)
