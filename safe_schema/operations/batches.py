"""`op.update_in_batches`: fill a column of a large table while visitors use it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from alembic.operations import MigrateOperation, Operations
from alembic.util import CommandError
from sqlalchemy import (
    ClauseElement,
    ColumnClause,
    ColumnElement,
    func,
    literal_column,
    select,
    table,
    update,
)
from sqlalchemy import column as named_column
from sqlalchemy.exc import DBAPIError

from safe_schema.operations.changed import differs
from safe_schema.operations.keyset import Key, Keys, as_key
from safe_schema.operations.progress import Progress, showing
from safe_schema.protection import counting
from safe_schema.runs.journal import REPEATABLE
from safe_schema.runs.own_transactions import get_run

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection, Table, Update

    from safe_schema.runs.own_transactions import Run

SQL = str | ColumnElement[Any]

SECONDS = 0.1  # that a batch is to take, which is how long a visitor may wait for a row
FIRST_ROWS, FEWEST_ROWS, MOST_ROWS = 500, 20, 50_000
PAUSE = 0.1  # of the time of a batch
PAUSE_ON_SQLITE = 0.1  # seconds: whoever waits there asks again that often
TRIES = 10  # of a batch, while it comes into the way of others
LONGEST_PAUSE = 2.0  # seconds between them
# What databases say of two who wait for each other, or of a wait that was too long.
STATES_TO_TRY_AGAIN = {"40P01", "40001", "55P03"}  # PostgreSQL
NUMBERS_TO_TRY_AGAIN = {1205, 1213}  # MariaDB


@Operations.register_operation("update_in_batches")
class UpdateInBatchesOp(MigrateOperation):
    """Set columns of a table's rows, a few rows at a time."""

    def __init__(
        self, table_name: str, values: dict[str, SQL], where: SQL | None, schema: str | None
    ) -> None:
        self.table_name = table_name
        self.values = values
        self.where = where
        self.schema = schema

    @classmethod
    def update_in_batches(
        cls,
        operations: Operations,
        table_name: str,
        values: dict[str, SQL],
        where: SQL | None = None,
        *,
        schema: str | None = None,
    ) -> None:
        """Set columns of the rows that `where` is true of, in batches in order of the primary key.

        `values` has an expression for each column: SQL, or SQLAlchemy's. Each batch is a
        transaction of its own and takes some tenths of a second, so nobody waits longer for a
        row. What earlier revisions did is committed first, that none of their locks is held.

        It may be interrupted at any time (Ctrl+C, kill, a lost connection): what is done stays,
        and `flask db upgrade` goes on. So

        - it has to be the first operation of its revision: add the column in the one before
        - an expression has to give the same when it is used again: `lower(email)` does,
          `visits + 1` does not, and is refused. Rows that have the value already are not written.

        Rows that are inserted meanwhile are reached if their keys are greater than those before.
        """
        operations.invoke(cls(table_name, values, where, schema))


@Operations.implementation_for(UpdateInBatchesOp)
def carry_out(operations: Operations, operation: UpdateInBatchesOp) -> None:
    """Carry out the operation: as one UPDATE for `--sql` and in a scratch place."""
    migration = operations.migration_context
    run = get_run()
    if migration.as_sql:
        migration.impl.execute(write_update(operation))
        return
    connection = operations.get_bind()
    there = counting.reflect(connection, operation.table_name, operation.schema)
    if run is None:
        change = Change(connection, there, operation)
        connection.execute(change.update())
        return
    what = f"op.update_in_batches({operation.table_name}): {write_update(operation)}"
    if run.notes.was_done(what):
        return
    try:
        with run.own_transactions("op.update_in_batches"):
            Walk(run, Change(connection, there, operation)).go()
    except KeyboardInterrupt:
        raise CommandError(
            f"Interrupted. Nothing is lost: what was set in {operation.table_name} stays so. Run "
            f"`flask db {run.command}` again to go on."
        ) from None
    run.notes.note(what)


def as_sql(value: SQL) -> ColumnElement[Any]:
    """Return an expression that a revision gives, as SQLAlchemy has it."""
    if isinstance(value, str):
        return literal_column(f"({value})")
    if not isinstance(value, ClauseElement):
        raise CommandError(
            'op.update_in_batches takes SQL: write "name", "\'a text\'", "0" or "NULL", and no '
            f"{type(value).__name__}."
        )
    return value


def write_update(operation: UpdateInBatchesOp) -> Update:
    """Return the operation as one statement, without looking at the database."""
    columns: list[ColumnClause[Any]] = [named_column(name) for name in operation.values]
    statement = update(table(operation.table_name, *columns, schema=operation.schema))
    if operation.where is not None:
        statement = statement.where(as_sql(operation.where))
    return statement.values({name: as_sql(value) for name, value in operation.values.items()})


class Change:
    """What is to become of the rows of a table."""

    def __init__(
        self, connection: Connection, there: Table | None, operation: UpdateInBatchesOp
    ) -> None:
        if there is None:
            raise CommandError(f"There is no table {operation.table_name} to be updated.")
        for name in operation.values:
            if name not in there.c:
                raise CommandError(f"There is no column {there.name}.{name} to be set.")
        self.table = there
        self.values = {name: as_sql(value) for name, value in operation.values.items()}
        dialect = connection.dialect
        self.needed = differs(dialect, {there.c[name]: sql for name, sql in self.values.items()})
        if operation.where is not None:
            self.needed = as_sql(operation.where) & self.needed

    def update(self, *conditions: ColumnElement[bool]) -> Update:
        """Return the statement for the rows that need it and that the conditions are true of."""
        statement = update(self.table).where(*conditions, self.needed).values(self.values)
        return statement.execution_options(**{REPEATABLE: True})


class Walk:
    """The way through a table, batch after batch."""

    def __init__(self, run: Run, change: Change) -> None:
        self.run = run
        self.connection = run.connection
        self.change = change
        self.keys = Keys(run.connection, change.table)
        self.size = FIRST_ROWS
        self.is_tried = False  # whether the expressions give the same when used again

    def go(self) -> None:
        """Update all rows."""
        name = self.change.table.name
        with self.connection.begin():
            total = counting.count(self.connection, self.change.table)
        key: Key | None = None
        with showing(name, total) as progress:
            self._batch(lambda: self._update(self.keys.are_null()), progress)
            while (found := self._next(key, progress)) is not None:
                key = found

    def _next(self, after: Key | None, progress: Progress) -> Key | None:
        """Update the next batch, and return its last key; None if there are no more rows."""
        size, found = self.size, None

        def update_them() -> int:
            nonlocal found
            found = as_key(self.connection.execute(self.keys.last_of(after, size)).first())
            if found is None:
                return 0
            return self._update(self.keys.after(after), self.keys.up_to(found))

        began = time.monotonic()
        self._batch(update_them, progress)
        seconds = time.monotonic() - began
        if found is not None:
            progress.advance(size)
            self._fit_size(seconds)
            is_sqlite = self.connection.dialect.name == "sqlite"
            time.sleep(PAUSE_ON_SQLITE if is_sqlite else seconds * PAUSE)
        if found is not None and found == after:
            raise CommandError(f"The primary key of {self.change.table.name} has no exact order.")
        return found

    def _fit_size(self, seconds: float) -> None:
        """Let the next batch take as long as it should."""
        factor = min(max(SECONDS / max(seconds, 0.001), 0.25), 2)
        self.size = min(max(int(self.size * factor), FEWEST_ROWS), MOST_ROWS)

    def _batch(self, update_them: Callable[[], int], progress: Progress) -> None:
        """Run a batch in a transaction; again, if it came into the way of others."""
        for tries_left in reversed(range(TRIES)):
            try:
                with self.connection.begin():
                    progress.changed += update_them()
            except DBAPIError as error:
                if not (tries_left and is_passing(error)):
                    raise
                time.sleep(min(0.1 * 2 ** (TRIES - tries_left), LONGEST_PAUSE))
                self.size = max(self.size // 2, FEWEST_ROWS)
            else:
                return

    def _update(self, *conditions: ColumnElement[bool]) -> int:
        """Update rows, and return how many. Refuse what would never come to an end."""
        changed = self.connection.execute(self.change.update(*conditions)).rowcount
        if changed and not self.is_tried:
            self.is_tried = True
            still = select(func.count()).select_from(self.change.table)
            left = self.connection.scalar(still.where(*conditions, self.change.needed)) or 0
            if left >= changed:
                raise CommandError(
                    f"op.update_in_batches of {self.change.table.name}: a row that was set would "
                    "be set to something else the next time, so that an interruption could not be "
                    "mended. Nothing was set. Write expressions that give the same when they are "
                    "used again, or write one UPDATE with op.execute."
                )
        return changed


def is_passing(error: DBAPIError) -> bool:
    """Return whether a batch only came into the way of others."""
    state = getattr(error.orig, "sqlstate", None)
    number = (*getattr(error.orig, "args", ()), None)[0]
    return state in STATES_TO_TRY_AGAIN or number in NUMBERS_TO_TRY_AGAIN
