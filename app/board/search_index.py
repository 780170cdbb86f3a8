"""Keeps the terms of every message beside it, where `app.board.search` looks them up.

What changes a message calls `add`, `update` or `remove` in the transaction that does it. Messages
that came otherwise, as from the shell or from before there was a search, are added by `fill`:
those that lack the term EVERY. Until then, nothing finds them.
"""

from collections.abc import Callable, Collection, Sequence

from sqlalchemy import Row, delete, insert, select, text

from app.board.models import Message, SearchTerm
from app.board.terms import EVERY, make_terms
from app.extensions import db
from app.retry import retry

MESSAGES_AT_ONCE = 500  # in one transaction
ROWS_AT_ONCE = 10_000
NOTHING = SearchTerm.term == EVERY, SearchTerm.message_id == 0  # no message has that number


def add(message: Message) -> None:
    """Let a new message be found. The caller commits."""
    db.session.flush()  # which gives it its number
    _insert({message.id: make_terms(message.text)})


def update(message: Message, new_text: str) -> None:
    """Let a message be found by a new text, before it has it. The caller commits."""
    if _find_indexed([message.id]):
        before, after = make_terms(message.text), make_terms(new_text)
        _delete(message, before - after)
        _insert({message.id: after - before})


def remove(message: Message) -> None:
    """Let a message be found no more, while it still has its text. The caller commits."""
    _delete(message, make_terms(message.text))


def fill(report: Callable[[int], None] = lambda _count: None) -> int:
    """Add what is not there yet, the newest first, and commit some at a time. Return how many.

    `report` is told, as it goes on, how many messages it has looked at since the last time.
    Whoever is stopped begins again: what is committed stays. Two of them at once do no harm.
    """
    added, below = 0, None
    while ids := _list_ids(below):
        added += retry(lambda ids=ids: _fill(ids))  # type: ignore[misc]
        below = ids[-1]
        report(len(ids))
    return added


def clear() -> None:
    """Delete all terms, and commit it: nothing is found until `fill` has added the messages anew.

    It takes no time, however many there are. Row by row it would, and of messages that are added or
    edited meanwhile, some terms would go and others stay.
    """
    is_sqlite = db.engine.dialect.name == "sqlite"
    db.session.execute(delete(SearchTerm) if is_sqlite else text("TRUNCATE TABLE search_terms"))
    db.session.commit()


def _list_ids(below: int | None) -> Sequence[int]:
    ids = select(Message.id).order_by(Message.id.desc()).limit(MESSAGES_AT_ONCE)
    return db.session.scalars(ids if below is None else ids.where(Message.id < below)).all()


def _fill(ids: Sequence[int]) -> int:
    """Add those of some messages that lack their terms, and commit them. Return how many."""
    lacking = {*ids} - _find_indexed(ids)
    if lacking:
        texts = {row.id: row.text for row in _hold(lacking)}
        lacking = texts.keys() - _find_indexed(ids)  # by who has held them before
        _insert({number: make_terms(texts[number]) for number in lacking})
    db.session.commit()
    return len(lacking)


def _hold(ids: Collection[int]) -> Sequence[Row[int, str]]:
    """Lock messages, so that nobody edits or deletes them meanwhile, and read their texts.

    SQLite locks all that there is, from the first write on; this one changes nothing.
    """
    db.session.execute(delete(SearchTerm).where(*NOTHING))
    rows = select(Message.id, Message.text).where(Message.id.in_(ids), Message.deleted_at.is_(None))
    return db.session.execute(rows.order_by(Message.id).with_for_update()).all()


def _find_indexed(ids: Collection[int]) -> set[int]:
    """Return whose terms are there, of the messages between the first and the last of some."""
    are_near = SearchTerm.message_id.between(min(ids), max(ids))
    found = select(SearchTerm.message_id).where(SearchTerm.term == EVERY, are_near)
    return {*db.session.scalars(found)}


def _insert(terms_of: dict[int, set[int]]) -> None:
    """Insert terms in their order, in which the table is: so neighbours are written together."""
    rows = sorted((term, number) for number, terms in terms_of.items() for term in terms)
    for start in range(0, len(rows), ROWS_AT_ONCE):
        part = rows[start : start + ROWS_AT_ONCE]
        db.session.execute(
            insert(SearchTerm.__table__),  # type: ignore[arg-type]
            [{"term": term, "message_id": number} for term, number in part],
        )


def _delete(message: Message, terms: set[int]) -> None:
    """Delete terms by the primary key: a message's number alone has no index."""
    if terms:
        mine = SearchTerm.message_id == message.id
        db.session.execute(
            delete(SearchTerm).where(SearchTerm.term.in_(sorted(terms)), mine),
            execution_options={"synchronize_session": False},
        )
