"""What open pages ask for every few seconds: what is new on the board, changed, or gone.

Each page asks, so an answer has to cost nearly nothing. A process reads the newest messages once a
second at most, for all who ask it, and remembers that: see `Memory`. What it remembers is what
anybody may see, and is no reader's in particular.

Transactions may end in another order than that in which their messages got their numbers: message 5
can come to be there after 6. So a page is not told the newest number alone, but the numbers of the
newest hundred, of which it asks for those that it lacks.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from datetime import datetime
from threading import Lock
from typing import Any, NamedTuple

from sqlalchemy import Select

from app.board import messages
from app.board.models import Message
from app.extensions import db

WINDOW = 100  # of the newest messages: in these, a page sees whatever changes
MOST_AT_ONCE = 50  # messages in one answer
SECONDS_TO_REMEMBER = 1.0
MOST_REMEMBERED = 1_000_000  # characters: pages that are up to date all ask for the same few

HIDDEN = "hidden"  # the version of what some still see; board_live.js knows it

Versions = list[tuple[int, str]]  # numbers of messages, and the version of each


class State(NamedTuple):
    """What anybody may see of the newest messages, and what was made of it."""

    versions: Versions
    digest: str
    answers: dict[Hashable, str]

    def get_answer(self, key: Hashable, make: Callable[[], str]) -> str:
        """Return an answer that was made before, or make it."""
        answer = self.answers.get(key)
        if answer is None:
            answer = make()
            if sum(map(len, self.answers.values())) + len(answer) <= MOST_REMEMBERED:
                self.answers[key] = answer
        return answer


def find_messages_after(number: int) -> list[Message]:
    """Return messages that anybody may see, with numbers above one: not all, the oldest first."""
    found = messages.visible_messages().where(Message.id > number)
    return list(db.session.scalars(found.order_by(Message.id).limit(MOST_AT_ONCE)))


def read_state() -> State:
    """Ask the database for the newest messages, the newest first."""
    newest = newest_rows(messages.visible_messages(), WINDOW, Message.id, Message.edited_at)
    rows = db.session.execute(newest)
    versions = [(number, format_version(edited_at)) for number, edited_at in rows]
    return State(versions, make_digest(versions), {})


def newest_rows(found: Select[Message], limit: int, *columns: Any) -> Select[Any]:  # noqa: ANN401
    """Return so many of the newest of some messages, but only these columns of them."""
    numbers = found.with_only_columns(*columns, maintain_column_froms=True)
    return numbers.order_by(Message.id.desc()).limit(limit)


def version_of(message: Message) -> str:
    """Return what tells a message from the same one after an edit, or while it is hidden."""
    return HIDDEN if message.hidden_at else format_version(message.edited_at)


def format_version(edited_at: datetime | None) -> str:
    """Return what tells one text of a message from the next: nothing for the first one."""
    return edited_at.isoformat() if edited_at else ""


def make_digest(what: object) -> str:
    """Return what no two things have alike, short enough for a header."""
    return hashlib.sha256(repr(what).encode()).hexdigest()[:32]


class Memory:
    """Remembers a state for a second, for all threads of a process.

    Who asks when nobody has for a second goes and looks; who asks meanwhile waits for that, and has
    the same state, or the same error: a database that is away is asked once a second, too.
    """

    def __init__(self, read: Callable[[], State]) -> None:
        self._read = read
        self._lock = Lock()
        self._until = 0.0  # by the monotonic clock
        self._state: Future[State] = Future()
        self._state.set_result(State([], "", {}))

    def get_state(self) -> State:
        """Return what the board was at most a second ago. Raise what the database did."""
        with self._lock:
            is_old = self._state.done() and time.monotonic() >= self._until
            if is_old:
                self._state, self._until = Future(), time.monotonic() + SECONDS_TO_REMEMBER
            state = self._state
        if is_old:
            self._look(state)
        return state.result()

    def _look(self, state: Future[State]) -> None:
        try:
            state.set_result(self._read())
        except BaseException as error:
            state.set_exception(error)
            raise
