"""Steps whose transactions are their own: what came before them is checked and committed.

Else the locks of an earlier ALTER TABLE would be held until a long filling of columns has ended.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

from alembic.util import CommandError
from sqlalchemy import ExecutionContext, event

from safe_schema.dialects import is_mariadb
from safe_schema.operations.sqlite import driver_connection, no_new_orphans, nothing_forgotten
from safe_schema.runs.journal import QUESTION, REPEATABLE, Journal, strip_comments

if TYPE_CHECKING:
    from collections.abc import Callable

    from alembic.runtime.migration import MigrationContext

PRAGMA = re.compile(r"\s*PRAGMA\b", re.IGNORECASE)


class Run:
    """A `flask db upgrade` or `downgrade` of one database."""

    def __init__(self, migration: MigrationContext, notes: Journal) -> None:
        assert migration.connection  # noqa: S101
        self.migration = migration
        self.connection = migration.connection
        self.notes = notes
        self.on_commit: Callable[[], None] = lambda: None
        self.checks = ExitStack()  # of what is open, which end before a commit
        self.has_written = False  # the present step has
        self.command = ""  # that goes on with the present step
        self.step_name = "The migration"  # or the step that began last
        self.committed = False

    @property
    def state(self) -> str:
        """What an error leaves, and what to do: a sentence for a message."""
        if is_mariadb(self.connection.dialect):
            return "What was done is noted; run the same again to go on from there."
        if self.committed:
            return (
                "Earlier revisions are done, and what was set in batches stays; the rest was "
                "rolled back. Run the same again to go on."
            )
        return "What was begun was rolled back."

    @contextmanager
    def checking(self) -> Iterator[None]:
        """Look at the whole database before and after, and around each commit between."""
        with self.checks:
            self._begin_checks()
            yield

    def _begin_checks(self) -> None:
        self.checks.enter_context(no_new_orphans(self.connection))
        self.checks.enter_context(nothing_forgotten(self.connection))

    @contextmanager
    def step(self, command: str, name: str) -> Iterator[None]:
        """Notice whether the step writes anything."""
        self.has_written, self.command, self.step_name = False, command, f"The {name}"
        token = _run.set(self)
        event.listen(self.connection, "before_cursor_execute", self._hear)
        try:
            yield
        finally:
            event.remove(self.connection, "before_cursor_execute", self._hear)
            _run.reset(token)

    def _hear(
        self,
        _connection: object,
        _cursor: object,
        statement: str,
        _parameters: object,
        context: ExecutionContext,
        _many: bool,  # noqa: FBT001
    ) -> None:
        bare = strip_comments(statement)
        is_question = QUESTION.match(bare) or PRAGMA.match(bare)
        if not is_question and REPEATABLE not in context.execution_options:
            self.has_written = True

    @contextmanager
    def own_transactions(self, what: str) -> Iterator[None]:
        """Commit what steps before this one did, and begin anew afterwards.

        An error in between leaves no transaction. Raises CommandError if the step itself has
        written something before: if it were interrupted, that could not be done again.
        """
        if self.has_written:
            raise CommandError(
                f"{what} commits, and so has to be the first operation of its revision. Nothing of "
                "this revision was done. Move what comes before it into a revision before."
            )
        self.checks.close()
        transaction = self.migration._transaction  # noqa: SLF001  # as its autocommit_block does
        assert transaction  # noqa: S101
        transaction.commit()
        self.migration._transaction = None  # noqa: SLF001
        self.committed = True
        self.on_commit()
        with foreign_keys_enforced(self):
            yield
        self.migration._transaction = self.connection.begin()  # noqa: SLF001
        self._begin_checks()


@contextmanager
def foreign_keys_enforced(run: Run) -> Iterator[None]:
    """Let SQLite check the parents of rows, as it does not while a table is rebuilt."""
    if run.connection.dialect.name != "sqlite":
        yield
        return
    driver = driver_connection(run.connection)
    driver.execute("PRAGMA foreign_keys = ON")
    yield
    driver.execute("PRAGMA foreign_keys = OFF")


_run: ContextVar[Run | None] = ContextVar("present run", default=None)


def get_run() -> Run | None:
    """Return the run that a step belongs to; there is none for SQL, and in a scratch place."""
    return _run.get()
