"""Visitors wait for a migration no longer than they are meant to: it is stopped before.

PostgreSQL and MariaDB tell who waits for whom; so does no other. On SQLite, where there is one
writer at a time, it is the time that a transaction takes which counts, and only if that is asked.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from alembic.util import CommandError
from sqlalchemy import Connection, event, text
from sqlalchemy.exc import DBAPIError

from safe_schema.dialects import is_known, is_mariadb
from safe_schema.operations.sqlite import driver_connection

if TYPE_CHECKING:
    from safe_schema.runs.own_transactions import Run

log = logging.getLogger("alembic.runtime.migration")

OPTION = "longest-wait"
LONGEST_WAIT = 5.0  # seconds
SECONDS_BETWEEN_LOOKS = 0.25  # MariaDB looks anew who waits for rows if nobody asked for 0.1 s
WAY_OUT = (
    "Fill columns with op.update_in_batches, in a revision of its own; make an index of PostgreSQL "
    "with postgresql_concurrently in an autocommit_block; or run this in a quiet hour with "
    f"-x {OPTION}=SECONDS."
)
# Each query gives what names a wait, so that two short ones are not taken for a long one.
BLOCKED = (
    "SELECT pid, query_start FROM pg_stat_activity WHERE CASE WHEN wait_event_type = 'Lock' "
    "AND datname = current_database() THEN :migration = ANY(pg_blocking_pids(pid)) END"
)
# Who holds the lock of a table's definition is not told; whoever waits for one while a migration
# runs waits for it, or for whom it waits as well.
WAITS_FOR_TABLE = (
    "SELECT id, {query_id} FROM information_schema.processlist WHERE db = database() "
    "AND state = 'Waiting for table metadata lock' AND id <> :migration AND EXISTS (SELECT 1 "
    "FROM information_schema.processlist WHERE id = :migration AND command = 'Query')"
)
WAITS_FOR_ROW = (
    "SELECT waiting.trx_mysql_thread_id, waiting.trx_wait_started "
    "FROM information_schema.innodb_lock_waits w "
    "JOIN information_schema.innodb_trx waiting ON waiting.trx_id = w.requesting_trx_id "
    "JOIN information_schema.innodb_trx holding ON holding.trx_id = w.blocking_trx_id "
    "WHERE holding.trx_mysql_thread_id = :migration"
)
WAITS_FOR_ROW_IN_MYSQL = (
    "SELECT waiting_pid, wait_started FROM sys.innodb_lock_waits WHERE blocking_pid = :migration"
)
WHO_WAITS = {
    "postgresql": [BLOCKED],
    "mariadb": [WAITS_FOR_TABLE.format(query_id="query_id"), WAITS_FOR_ROW],
    "mysql": [WAITS_FOR_TABLE.format(query_id="0"), WAITS_FOR_ROW_IN_MYSQL],
}
OWN_ID = {"postgresql": "SELECT pg_backend_pid()", "mariadb": "SELECT connection_id()"}
CANCEL = {"postgresql": "SELECT pg_cancel_backend(:migration)", "mariadb": "KILL QUERY :migration"}


class Watcher:
    """Looks every now and then how long others have waited, and stops the migration."""

    def __init__(self, connection: Connection, limit: float) -> None:
        self.connection = connection
        self.limit = limit
        self.waited = 0.0  # longer than the limit, as soon as it has stopped the migration
        self.is_over = threading.Event()
        self.thread = threading.Thread(target=self._watch, daemon=True)

    def _watch(self) -> None:
        raise NotImplementedError

    def start(self) -> None:
        """Begin to look."""
        self.thread.start()

    def end(self) -> None:
        """Look no more."""
        self.is_over.set()
        if self.thread.is_alive():
            self.thread.join()


class WatcherOfLocks(Watcher):
    """Asks the database, over a connection of its own, who waits for the migration."""

    def __init__(self, connection: Connection, limit: float) -> None:
        super().__init__(connection, limit)
        dialect = connection.dialect
        self.kind = "mysql" if is_mariadb(dialect) else dialect.name
        if getattr(dialect, "is_mariadb", False):
            self.kind = "mariadb"
        self.words = "mariadb" if is_mariadb(dialect) else dialect.name
        self.queries = list(WHO_WAITS[self.kind])
        self.migration = connection.scalar(text(OWN_ID[self.words]))
        connection.commit()
        self.since: dict[tuple[Any, ...], float] = {}

    def _watch(self) -> None:
        try:
            with self.connection.engine.connect() as own:
                own = own.execution_options(isolation_level="AUTOCOMMIT")  # noqa: PLW2901
                own.detach()
                while not self.is_over.wait(SECONDS_BETWEEN_LOOKS):
                    self._look(own)
        except DBAPIError as error:
            log.warning("Nobody looks how long others wait for this migration: %s", error.orig)

    def _look(self, own: Connection) -> None:
        now = time.monotonic()
        waits = {wait for query in list(self.queries) for wait in self._ask(own, query)}
        self.since = {wait: self.since.get(wait, now) for wait in waits}
        longest = now - min(self.since.values(), default=now)
        if longest > self.limit and not self.is_over.is_set():
            self.waited = max(longest, self.waited)
            own.execute(text(CANCEL[self.words]), {"migration": self.migration})

    def _ask(self, own: Connection, query: str) -> list[tuple[Any, ...]]:
        """Return the waits that a query finds; none from a view that this user may not see."""
        try:
            rows = own.execute(text(query), {"migration": self.migration}).all()
        except DBAPIError:
            if own.invalidated or query == WHO_WAITS[self.kind][0]:
                raise
            self.queries.remove(query)
            return []
        return [tuple(row) for row in rows]


class WatcherOfTime(Watcher):
    """Stops a transaction of SQLite's that takes too long, if there is a limit; else, tells it."""

    def __init__(self, connection: Connection, limit: float, *, stops: bool) -> None:
        super().__init__(connection, limit)
        self.driver = driver_connection(connection)
        self.stops = stops
        self.began: float | None = None

    def start(self) -> None:
        """Follow the transactions of the connection."""
        event.listen(self.connection, "begin", self._begin)
        for end in ("commit", "rollback"):
            event.listen(self.connection, end, self._end)
        if self.stops:
            super().start()

    def end(self) -> None:
        """Follow them no more."""
        super().end()
        event.remove(self.connection, "begin", self._begin)
        for end in ("commit", "rollback"):
            event.remove(self.connection, end, self._end)

    def _begin(self, _connection: Connection) -> None:
        self.began = time.monotonic()

    def _end(self, _connection: Connection) -> None:
        seconds = time.monotonic() - (self.began or time.monotonic())
        self.began = None
        if seconds > self.limit and not self.waited:
            log.warning(
                "Whoever wrote meanwhile has waited for up to %.0f seconds. %s", seconds, WAY_OUT
            )

    def _watch(self) -> None:
        while not self.is_over.wait(SECONDS_BETWEEN_LOOKS):
            began = self.began
            if began is not None and time.monotonic() - began > self.limit:
                self.waited = time.monotonic() - began
                self.driver.interrupt()


@contextmanager
def limited(run: Run, asked: str | None) -> Iterator[None]:
    """Stop a migration that lets others wait for too long. Raises CommandError then."""
    limit = parse(asked)
    connection = run.connection
    watcher: Watcher
    if connection.dialect.name == "sqlite":
        watcher = WatcherOfTime(connection, limit, stops=asked is not None)
    elif is_known(connection.dialect):
        watcher = WatcherOfLocks(connection, limit)
    else:
        yield
        return
    watcher.start()
    try:
        yield
    except DBAPIError as error:
        if not watcher.waited:
            raise
        raise CommandError(
            f"{run.step_name} was stopped, for it kept others waiting for {watcher.waited:.1f} "
            f"seconds, and {limit:g} are allowed. {run.state} {WAY_OUT}"
        ) from error
    finally:
        watcher.end()


def parse(asked: str | None) -> float:
    """Return the seconds of the option. Raise CommandError if it is no number of them."""
    if asked is None:
        return LONGEST_WAIT
    try:
        seconds = float(asked)
    except ValueError:
        seconds = 0
    if not 0 < seconds < threading.TIMEOUT_MAX:
        raise CommandError(f"-x {OPTION}={asked}: write a number of seconds, like 60.")
    return seconds
