"""MariaDB and MySQL commit each change of a table at once, so a migration can end in its middle.

A journal in the database notes each statement of a revision. When `flask db upgrade` runs again,
what has been done is passed over, and the rest follows. The journal is there only while a migration
runs, or after one that did not end.
"""

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from alembic.util import CommandError
from sqlalchemy import Connection, ExecutionContext, event

from safe_schema.dialects import is_mariadb
from safe_schema.reasons import hide_values

TABLE = "alembic_progress"
CREATE = (
    f"CREATE TABLE IF NOT EXISTS {TABLE} (step VARCHAR(255) NOT NULL, number INTEGER NOT NULL, "
    "digest CHAR(32) NOT NULL, done BOOLEAN NOT NULL, statement TEXT NOT NULL, "
    "PRIMARY KEY (step, number)) CHARACTER SET utf8mb4"
)
FIND = f"SELECT digest, done, statement FROM {TABLE} WHERE step = %s ORDER BY number"  # noqa: S608
NOTE = f"INSERT INTO {TABLE} VALUES (%s, %s, %s, %s, %s)"  # noqa: S608
FINISH = f"UPDATE {TABLE} SET done = TRUE WHERE step = %s AND number = %s"  # noqa: S608
TAKE_BACK = f"DELETE FROM {TABLE} WHERE step = %s AND number = %s"  # noqa: S608
FORGET = f"DELETE FROM {TABLE} WHERE step = %s"  # noqa: S608

COMMENT = re.compile(r"\s*(/\*.*?\*/|(--|#)[^\n]*\n)", re.DOTALL)
CHANGE_OF_ROWS = re.compile(r"\s*(INSERT|UPDATE|DELETE|REPLACE)\b", re.IGNORECASE)
QUESTION = re.compile(
    r"\s*(SELECT|SHOW|DESCRIBE|EXPLAIN|WITH|SET|USE|DO|COMMIT|ROLLBACK|SAVEPOINT|RELEASE)\b",
    re.IGNORECASE,
)
LONGEST_STATEMENT = 500  # characters that a note keeps
LONGEST_SHOWN = 200  # and that a message shows
BY_HAND = (
    "finish by hand what the file says, run `flask db stamp` with the revision, and "
    f"`DROP TABLE {TABLE}`"
)
NOTHING = "DO 0"
NOTED_AS = "safe_schema_noted_as"  # execution option: what stands for a statement that may differ
REPEATABLE = "safe_schema_repeatable"  # execution option: of what is run again, not noted

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
    1304,  # ER_SP_ALREADY_EXISTS
    1305,  # ER_SP_DOES_NOT_EXIST
    1359,  # ER_TRG_ALREADY_EXISTS
    1360,  # ER_TRG_DOES_NOT_EXIST
    1826,  # ER_DUP_CONSTRAINT_NAME
    4092,  # ER_UNKNOWN_VIEW
}
CANT_CREATE_TABLE = 1005  # which a foreign key of the same name says with errno 121


class Journal:
    """The notes of one migration's statements, on the connection that runs them."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.used = False
        self.has_begun = False  # whether a migration was interrupted before this one
        self.step = ""
        self.number = 0  # of the next statement
        self.notes: list[tuple[str, int, str]] = []  # digest, whether it is done, statement
        self.runs = False  # whether a definition has begun, and has not ended

    @contextmanager
    def recording(self, step: str) -> Iterator[None]:
        """Note the statements of a step; pass over those that were done before."""
        if not is_mariadb(self.connection.dialect):
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
            if self.number < len(self.notes):
                self._refuse(self.notes[self.number][2], "no more")
        except Exception:
            self._take_back()
            raise
        finally:
            event.remove(self.connection, "before_cursor_execute", self._before)
            event.remove(self.connection, "after_cursor_execute", self._after)

    def is_replaying(self) -> bool:
        """Return whether the next statement was carried out before."""
        return self.number < len(self.notes)

    def was_done(self, what: str) -> bool:
        """Return whether that, which is more than a statement, was done before; pass over it."""
        if not (self.used and self.is_replaying()):
            return False
        noted_digest, _done, noted = self.notes[self.number]
        if noted_digest != make_digest(what, ()):
            self._refuse(noted, what)
        self.number += 1
        return True

    def note(self, what: str) -> None:
        """Note that as done."""
        if self.used:
            digest = make_digest(what, ())
            note = (self.step, self.number, digest, True)
            self._run(NOTE, *note, hide_values(what, is_mariadb=True)[:LONGEST_STATEMENT])
            self._run("COMMIT")
            self.number += 1

    def check(self, first: str | None) -> None:
        """Raise CommandError if another step than the first one of a plan was interrupted."""
        if not is_mariadb(self.connection.dialect):
            return
        if not self._run(f"SHOW TABLES LIKE '{TABLE}'"):
            return
        for (step,) in self._run(f"SELECT DISTINCT step FROM {TABLE}"):  # noqa: S608
            self.has_begun = True
            if step != first:
                direction = step.partition(" ")[0]
                raise CommandError(
                    f"The {step} was interrupted. Finish it first: flask db {direction}; or "
                    f"{BY_HAND}."
                )

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
        context: ExecutionContext,
        _many: bool,  # noqa: FBT001
    ) -> tuple[str, Any]:
        if QUESTION.match(strip_comments(statement)) or REPEATABLE in context.execution_options:
            return statement, parameters
        to_note = context.execution_options.get(NOTED_AS, statement)
        digest = make_digest(to_note, parameters)
        # Rows change in a transaction, with the note of it. Whatever else there is may commit.
        commits = (
            not CHANGE_OF_ROWS.match(strip_comments(statement)) or self._driver().get_autocommit()
        )
        if self.number < len(self.notes):
            noted_digest, done, noted = self.notes[self.number]
            if noted_digest != digest:
                self._refuse(noted, to_note)
            if not done and CHANGE_OF_ROWS.match(strip_comments(statement)):
                raise CommandError(
                    f"The {self.step} was interrupted in statement {self.number + 1}, and nobody "
                    f"knows whether it was done: {shorten(statement)!r}. Look, and {BY_HAND}."
                )
            if not done:
                self.runs = True
                _try(cursor, statement, parameters)
            return NOTHING, ()
        note = (self.step, self.number, digest, not commits)
        self._run(NOTE, *note, hide_values(to_note, is_mariadb=True)[:LONGEST_STATEMENT])
        if commits:
            self._run("COMMIT")
            self.runs = True
        return statement, parameters

    def _after(  # what SQLAlchemy calls it with
        self,
        _connection: Connection,
        _cursor: object,
        statement: str,
        _parameters: object,
        context: ExecutionContext,
        _many: bool,  # noqa: FBT001
    ) -> None:
        if REPEATABLE in context.execution_options:
            return
        if statement != NOTHING and QUESTION.match(strip_comments(statement)):
            return
        self._run(FINISH, self.step, self.number)
        if self.runs or statement == NOTHING:
            self._run("COMMIT")
        self.runs = False
        self.number += 1

    def _take_back(self) -> None:
        """Delete the note of a definition that the server has refused: it was not carried out."""
        if self.runs:
            with suppress(Exception):  # the server may be gone, and nobody knows what it did
                self._run(TAKE_BACK, self.step, self.number)
                self._run("COMMIT")

    def _run(self, statement: str, *values: object) -> list[Any]:
        """Run a statement of the journal's own, past those who listen to the connection."""
        cursor = self._driver().cursor()
        cursor.execute(statement, values)
        rows: list[Any] = list(cursor.fetchall() or ())
        cursor.close()
        return rows

    def _driver(self) -> Any:  # noqa: ANN401  # PyMySQL's connection
        return self.connection.connection.dbapi_connection

    def _refuse(self, noted: str, statement: str) -> None:
        raise CommandError(
            f"The {self.step} was interrupted, and its file or a value in it changed since. "
            f"Statement {self.number + 1} was {shorten(noted)!r} and is {shorten(statement)!r}. "
            f"Restore the file and run this again; or {BY_HAND}."
        )


def make_digest(statement: str, parameters: object) -> str:
    """Return what a statement is known by, with its values."""
    return hashlib.md5(f"{statement} {parameters}".encode(), usedforsecurity=False).hexdigest()


def _try(cursor: Any, statement: str, parameters: Any) -> None:  # noqa: ANN401
    """Run a definition of which nobody knows whether it was carried out."""
    try:
        cursor.execute(statement, parameters)
    except Exception as error:
        code, message = (*error.args, "", "")[:2]
        is_same_key = code == CANT_CREATE_TABLE and "errno: 121" in str(message)
        if not (code in ALREADY_DONE or is_same_key):
            raise


def strip_comments(statement: str) -> str:
    """Return a statement without the comments before it."""
    while found := COMMENT.match(statement):
        statement = statement[found.end() :]
    return statement


def shorten(statement: str, *, is_mariadb: bool = True) -> str:
    """Return the beginning of a statement, in one line, without values."""
    line = join_lines(hide_values(statement, is_mariadb=is_mariadb))
    return line if len(line) <= LONGEST_SHOWN else f"{line[:LONGEST_SHOWN]} ..."


def join_lines(text: str) -> str:
    """Return a text with its blanks and line breaks as single blanks."""
    return " ".join(text.split())
