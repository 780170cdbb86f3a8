"""A place to try things out: nothing that is written into the database stays there."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NoReturn

from flask import current_app
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import InvalidRequestError

from app.extensions import db

# What a transaction of a server's can undo, and takes no lock of a whole table.
UNDOABLE = {
    *("DELETE", "DESCRIBE", "EXPLAIN", "INSERT", "RELEASE", "REPLACE", "ROLLBACK"),
    *("SAVEPOINT", "SELECT", "SHOW", "UPDATE", "VALUES", "WITH"),
}


@contextmanager
def sandbox() -> Iterator[str]:
    """Let this application's sessions commit into what is thrown away. Give where that is.

    On a server it is a transaction around theirs, which is rolled back. In SQLite such a
    transaction would let nobody else write, so there it is a copy.
    """
    engine = db.engine
    engines: Any = db.engines  # of which sessions take a Connection as well
    db.session.remove()
    open_bind = copied if engine.dialect.name == "sqlite" else rolled_back
    with open_bind(engine) as (bind, where):
        engines[None] = bind
        db.session.configure(join_transaction_mode="create_savepoint")
        try:
            yield where
        finally:
            db.session.remove()
            db.session.configure(join_transaction_mode="conditional_savepoint")  # SQLAlchemy's own
            engines[None] = engine


@contextmanager
def copied(engine: Engine) -> Iterator[tuple[Engine, str]]:
    """Give an engine for a copy of an SQLite database, which its owner alone can read."""
    with TemporaryDirectory(prefix="flasky-sandbox-") as folder:
        options = current_app.config["SQLALCHEMY_ENGINE_OPTIONS"]
        copy = create_engine(f"sqlite:///{Path(folder, 'data.sqlite')}", **options)
        with engine.connect() as source, copy.connect() as target:
            from_driver: Any = source.connection.driver_connection
            from_driver.backup(target.connection.driver_connection)
        try:
            yield copy, f"You work on a copy of {engine.url}."
        finally:
            copy.dispose()


@contextmanager
def rolled_back(engine: Engine) -> Iterator[tuple[Connection, str]]:
    """Give a connection in a transaction that cannot be committed."""
    with engine.connect() as connection, connection.begin():
        event.listen(connection, "commit", refuse_commit)
        event.listen(connection, "before_cursor_execute", refuse_what_stays)
        connection.url = engine.url  # type: ignore[attr-defined]  # `db` shows it
        try:
            yield connection, "Rows that you change are locked for the site until then."
        finally:
            connection.rollback()


def refuse_commit(_connection: Connection) -> NoReturn:
    """Refuse what goes around the session, as `db.engine.commit()`."""
    raise InvalidRequestError("In a sandbox, only db.session can commit.")


def refuse_what_stays(_connection: Connection, _cursor: object, sql: str, *_: object) -> None:
    """Refuse a COMMIT that is typed, and what MariaDB commits with itself, as CREATE TABLE."""
    word = sql.lstrip("( \n\t").partition(" ")[0].partition("\n")[0].upper()
    if word not in UNDOABLE:
        raise InvalidRequestError(f"In a sandbox, rows can be changed, and {word} is refused.")
