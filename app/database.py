"""How Flasky talks to SQLite, PostgreSQL and MariaDB, so that all three behave alike."""

import re
import sqlite3
import time
from typing import Any, cast

from flask import Flask
from flask_sqlalchemy.query import Query as FlaskQuery
from sqlalchemy import LABEL_STYLE_TABLENAME_PLUS_COL, CursorResult, MetaData, Result, event
from sqlalchemy.engine import Connection, Engine, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection, ExceptionContext
from sqlalchemy.exc import IntegrityError, InterfaceError, InvalidRequestError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.pool import ConnectionPoolEntry

from app.sqlite_file import prepare_file

SECONDS_TO_CONNECT = 5
SECONDS_TO_WAIT_FOR_A_LOCK = 30


class Base(DeclarativeBase):
    """The base of `db.Model`. Every constraint gets a name, so that a migration can change it."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Query(FlaskQuery):
    """What `User.query` is: the book's, without what SQLAlchemy has since come to warn of."""

    def __str__(self) -> str:
        """Return the SELECT, for every database alike, with parameters such as `:param_1`."""
        return str(self.set_label_style(LABEL_STYLE_TABLENAME_PLUS_COL).statement)

    def get(self, ident: Any) -> Any | None:  # noqa: ANN401  # as in the base class
        if self.whereclause is not None:
            raise InvalidRequestError("get() looks at the primary key alone: leave out the filter")
        model: type[Any] = self.column_descriptions[0]["entity"]  # type: ignore[assignment]
        return self.session.get(model, ident)


def init_app(app: Flask) -> None:
    """Choose how the engine of this application's database connects."""
    assert "sqlalchemy" not in app.extensions, "database.init_app comes before db.init_app"  # noqa: S101
    options = engine_options(app.config["SQLALCHEMY_DATABASE_URI"])
    # The values of a statement that fails stay out of a site's log.
    options["hide_parameters"] = app.config["CONFIGURATION"] == "production"
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = options


def engine_options(url: str) -> dict[str, Any]:
    """Return the arguments of `create_engine` for the database at that address."""
    match make_url(url).get_backend_name():
        case "sqlite":
            # The driver begins a transaction at its first write, and as a writer: one that began
            # by reading could find that another has written since, and would have to be undone.
            arguments = {"timeout": SECONDS_TO_WAIT_FOR_A_LOCK, "isolation_level": "IMMEDIATE"}
            return {"connect_args": arguments}
        case "postgresql":
            arguments = {
                "connect_timeout": SECONDS_TO_CONNECT,
                "tcp_user_timeout": SECONDS_TO_WAIT_FOR_A_LOCK
                * 1000,  # for a wire that went silent
            }
            return {"connect_args": arguments, "pool_pre_ping": True}
        case _:
            # Strict: what does not fit into a column is an error, never cut to size.
            arguments = {
                "connect_timeout": SECONDS_TO_CONNECT,
                "init_command": "SET SESSION sql_mode = CONCAT(@@sql_mode, ',STRICT_ALL_TABLES'), "
                f"SESSION innodb_lock_wait_timeout = {SECONDS_TO_WAIT_FOR_A_LOCK}",
            }
            # As PostgreSQL does: a statement sees what was committed before it.
            return {
                "connect_args": arguments,
                "pool_pre_ping": True,
                "isolation_level": "READ COMMITTED",
            }


event.listen(Engine, "do_connect", prepare_file)


@event.listens_for(Engine, "connect")
def _prepare(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    """Settle what a connection's address cannot say."""
    if isinstance(connection, sqlite3.Connection):
        _enable_wal(connection)
        connection.execute("PRAGMA foreign_keys = ON")
    elif type(connection).__module__.startswith("psycopg"):
        cursor = connection.cursor()
        cursor.execute(f"SET lock_timeout = '{SECONDS_TO_WAIT_FOR_A_LOCK}s'")
        cursor.close()
        connection.commit()


def _enable_wal(connection: sqlite3.Connection) -> None:
    """Let readers and a writer work at once, with SQLite's write-ahead log.

    Of those who open a new file together, SQLite refuses some at once, whatever their timeout.
    """
    end = time.monotonic() + SECONDS_TO_WAIT_FOR_A_LOCK
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                raise
            time.sleep(0.01)
        else:
            return


@event.listens_for(Engine, "savepoint")
def _begin_before_savepoint(connection: Connection, _name: str) -> None:
    """Begin SQLite's transaction before a savepoint: the driver does so before writes only."""
    if connection.dialect.name == "sqlite" and not connection.connection.in_transaction:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


@event.listens_for(Engine, "handle_error")
def _leave_values_out(context: ExceptionContext) -> None:
    """Keep the values of rows out of a site's log: drivers quote those that a database refuses."""
    error, cause = context.sqlalchemy_exception, context.original_exception
    if error is None or context.engine is None or not context.engine.hide_parameters:
        return
    message = str(cause)
    primary = getattr(getattr(cause, "diag", None), "message_primary", None)  # psycopg's
    words = cause.args if primary is None else (primary,)
    cause.args = tuple(
        QUOTED_VALUE.sub("...", word) if isinstance(word, str) else word for word in words
    )
    error.args = tuple(str(word).replace(message, str(cause)) for word in error.args)


def rows_matched(result: Result[Any]) -> int:
    """Return how many rows an UPDATE or a DELETE has met."""
    return cast("CursorResult[Any]", result).rowcount


# Where PostgreSQL and MariaDB quote a value. They quote names of columns and rules elsewhere.
QUOTED_VALUE = re.compile(
    r"""(?<=entry[ ])'.*'(?=[ ]for[ ]key) | (?<=value:[ ])'.*' |
        (?<=value[ ])".*" | (?<=:[ ])".*"$""",
    re.DOTALL | re.VERBOSE,
)

# SQLSTATEs as in PostgreSQL's manual, appendix A, and MariaDB's own numbers, with their names.
GAVE_WAY = {
    "40001",  # serialization_failure, and MariaDB's deadlock
    "40P01",  # deadlock_detected
    1020,  # ER_CHECKREAD
}
SCHEMA_MISSING = {
    "42P01",  # undefined_table
    "42703",  # undefined_column
    1054,  # ER_BAD_FIELD_ERROR
    1146,  # ER_NO_SUCH_TABLE
}
# PyMySQL calls every error operational that it has no other name for; these are MariaDB's state.
MARIADB_UNAVAILABLE = {
    1021,  # ER_DISK_FULL
    1040,  # ER_CON_COUNT_ERROR
    1044,  # ER_DBACCESS_DENIED_ERROR
    1045,  # ER_ACCESS_DENIED_ERROR
    1049,  # ER_BAD_DB_ERROR
    1053,  # ER_SERVER_SHUTDOWN
    1203,  # ER_TOO_MANY_USER_CONNECTIONS
    1205,  # ER_LOCK_WAIT_TIMEOUT
    1213,  # ER_LOCK_DEADLOCK
    1226,  # ER_USER_LIMIT_REACHED
    1290,  # ER_OPTION_PREVENTS_STATEMENT, as a server that is read-only says
    1927,  # ER_CONNECTION_KILLED
    2002,  # CR_CONNECTION_ERROR
    2003,  # CR_CONN_HOST_ERROR
    2006,  # CR_SERVER_GONE_ERROR
    2013,  # CR_SERVER_LOST
}


def is_transient_conflict(error: Exception) -> bool:
    """Return whether the database ended a transaction that would do well if tried again.

    Two of them waited for each other, or wrote the same row, and it let the other one win.
    """
    return not GAVE_WAY.isdisjoint(_codes(error))


def lacks_schema(error: Exception) -> bool:
    """Return whether a table or a column is missing: somebody forgot `flask db upgrade`."""
    message = str(getattr(error, "orig", ""))
    missing_in_sqlite = ("no such table", "no such column", "has no column")
    return not SCHEMA_MISSING.isdisjoint(_codes(error)) or message.startswith(missing_in_sqlite)


def violated_constraint(error: IntegrityError) -> str:
    """Return the name of the constraint that a row violates; in SQLite, the `table.column`.

    It is another text where none is named, as of a column that must not be NULL.
    """
    cause: Any = error.orig
    if hasattr(cause, "diag"):  # PostgreSQL's
        return cause.diag.constraint_name or ""
    message = str(cause.args[-1])
    if isinstance(cause, sqlite3.Error):
        return message.removeprefix("UNIQUE constraint failed: ")
    key = message.rpartition(" for key ")[2].strip("'")
    return key.rpartition(".")[2]  # MySQL names the table as well


def is_unavailable(error: Exception) -> bool:
    """Return whether the database cannot do its work right now, whatever it is asked."""
    if isinstance(error, OperationalError):
        if isinstance(error.orig, sqlite3.Error):
            return error.orig.sqlite_errorcode != sqlite3.SQLITE_ERROR  # SQL that it cannot read
        if type(error.orig).__module__.startswith("pymysql"):
            return not MARIADB_UNAVAILABLE.isdisjoint(_codes(error))
        return True
    return isinstance(error, InterfaceError | PoolTimeoutError)


def describe_outage(error: Exception) -> str | None:
    """Return what an operator has to know of an error of the database's, unless it is our fault."""
    if lacks_schema(error):
        return "the database lacks a table or a column; run `flask db upgrade`"
    if is_unavailable(error):
        cause = getattr(error, "orig", error)
        is_pair = type(cause).__module__.startswith("pymysql")  # of a number and a text
        message = cause.args[-1] if is_pair and cause.args else cause
        return f"the database cannot be used: {' '.join(str(message).split())}"
    return None


def _codes(error: Exception) -> set[str | int | None]:
    """Return the SQLSTATE, and the number, that a server gave with an error."""
    cause = getattr(error, "orig", None)
    return {getattr(cause, "sqlstate", None), next(iter(getattr(cause, "args", ())), None)}
