"""MariaDB and MySQL commit each change of a table at once, so a migration can end in its middle.

A journal in the database notes each statement of a revision. When `flask db upgrade` runs again,
what has been done is passed over, and the rest follows. The journal is there only while a migration
runs, or after one that did not end.
"""

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from alembic.util import CommandError
from sqlalchemy import Connection, event

TABLE = "alembic_progress"
CREATE = (
    f"CREATE TABLE IF NOT EXISTS {TABLE} (step VARCHAR(255) NOT NULL, number INTEGER NOT NULL, "
    "digest CHAR(32) NOT NULL, done BOOLEAN NOT NULL, statement TEXT NOT NULL, "
    "PRIMARY KEY (step, number)) CHARACTER SET utf8mb4"
)
FIND = f"SELECT digest, done, statement FROM {TABLE} WHERE step = %s ORDER BY number"  # noqa: S608
NOTE = f"INSERT INTO {TABLE} VALUES (%s, %s, %s, %s, %s)"  # noqa: S608
FINISH = f"UPDATE {TABLE} SET done = TRUE WHERE step = %s AND number = %s"  # noqa: S608
FORGET = f"DELETE FROM {TABLE} WHERE step = %s"  # noqa: S608

DEFINITION = re.compile(r"\s*(CREATE|ALTER|DROP|RENAME|TRUNCATE)\b", re.IGNORECASE)
QUESTION = re.compile(r"\s*(SELECT|SHOW|DESCRIBE|SET|COMMIT|ROLLBACK)\b", re.IGNORECASE)
NOTHING = "DO 0"

# What the server says of a definition that it has carried out before, by MariaDB's error numbers.
ALREADY_DONE = {
    1050,  # ER_TABLE_EXISTS_ERROR
    1051,  # ER_BAD_TABLE_ERROR
    1054,  # ER_BAD_FIELD_ERROR
    1060,  # ER_DUP_FIELDNAME
    1061,  # ER_DUP_KEYNAME
    1068,  # ER_MULTIPLE_PRI_KEY
    1091,  # ER_CANT_DROP_FIELD_OR_KEY
    1146,  # ER_NO_SUCH_TABLE
    1826,  # ER_DUP_CONSTRAINT_NAME
}


class Journal:
    """The notes of one migration's statements, on the connection that runs them."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.used = False
        self.step = ""
        self.number = 0  # of the next statement
        self.notes: list[tuple[str, int, str]] = []  # digest, whether it is done, statement

    @contextmanager
    def recording(self, step: str) -> Iterator[None]:
        """Note the statements of a step; pass over those that were done before."""
        if self.connection.dialect.name not in {"mariadb", "mysql"}:
            yield
            return
        self._run(CREATE)
        self.used = True
        self.step, self.number = step, 0
        self.notes = self._run(FIND, step)
        event.listen(self.connection, "before_cursor_execute", self._before, retval=True)
        event.listen(self.connection, "after_cursor_execute", self._after)
        try:
            yield
        finally:
            event.remove(self.connection, "before_cursor_execute", self._before)
            event.remove(self.connection, "after_cursor_execute", self._after)

    def forget(self, **_what: object) -> None:
        """Delete a step's notes, in the transaction that writes the new version."""
        if self.used:
            self._run(FORGET, self.step)

    def finish(self) -> None:
        """Remove the journal: the migration has ended."""
        if self.used:
            self._run(f"DROP TABLE {TABLE}")

    def _before(  # what SQLAlchemy calls it with
        self,
        _connection: Connection,
        cursor: Any,  # noqa: ANN401
        statement: str,
        parameters: Any,  # noqa: ANN401
        _context: object,
        _many: bool,  # noqa: FBT001
    ) -> tuple[str, Any]:
        if QUESTION.match(statement):
            return statement, parameters
        digest = hashlib.md5(
            f"{statement} {parameters}".encode(), usedforsecurity=False
        ).hexdigest()
        is_definition = bool(DEFINITION.match(statement))
        if self.number < len(self.notes):
            noted_digest, done, noted = self.notes[self.number]
            if noted_digest != digest:
                self._refuse(noted, statement)
            if not done:
                _try(cursor, statement, parameters)
            return NOTHING, ()
        self._run(NOTE, self.step, self.number, digest, not is_definition, statement)
        if is_definition:
            self._run("COMMIT")
        return statement, parameters

    def _after(  # what SQLAlchemy calls it with
        self,
        _connection: Connection,
        _cursor: object,
        statement: str,
        _parameters: object,
        _context: object,
        _many: bool,  # noqa: FBT001
    ) -> None:
        if QUESTION.match(statement):
            return
        self._run(FINISH, self.step, self.number)
        if statement == NOTHING or DEFINITION.match(statement):
            self._run("COMMIT")
        self.number += 1

    def _run(self, statement: str, *values: object) -> list[Any]:
        """Run a statement of the journal's own, past those who listen to the connection."""
        driver = self.connection.connection.dbapi_connection
        assert driver  # noqa: S101
        cursor = driver.cursor()
        cursor.execute(statement, values)
        rows: list[Any] = list(cursor.fetchall() or ())
        cursor.close()
        return rows

    def _refuse(self, noted: str, statement: str) -> None:
        raise CommandError(
            f"Revision {self.step} was interrupted, and its file was changed since. Statement "
            f"{self.number + 1} was {one_line(noted)!r} and is now {one_line(statement)!r}. "
            "Restore the file and run this again; or finish by hand what the file says, run "
            f"`flask db stamp` with the revision, and `DROP TABLE {TABLE}`."
        )


def _try(cursor: Any, statement: str, parameters: Any) -> None:  # noqa: ANN401
    """Run a definition of which nobody knows whether it was carried out."""
    try:
        cursor.execute(statement, parameters)
    except Exception as error:
        if error.args[:1] and error.args[0] in ALREADY_DONE:
            return
        raise


def one_line(text: str) -> str:
    """Return a text with its blanks and line breaks as single blanks."""
    return " ".join(text.split())
