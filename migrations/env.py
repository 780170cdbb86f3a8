"""How `flask db` runs the revisions on the database of this configuration."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from alembic.util import CommandError
from flask import current_app
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from app.models.columns import UtcDateTime

migrate = current_app.extensions["migrate"]
metadata = migrate.db.metadata


def show_progress() -> None:
    """Show each revision as it runs, and leave the application's own logging as it is."""
    log = logging.getLogger("alembic")
    log.setLevel(logging.INFO)
    silent = all(isinstance(handler, logging.NullHandler) for handler in log.handlers)
    if silent and not logging.getLogger().handlers:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(logging.Formatter("%(levelname)-5s [%(name)s] %(message)s"))
        log.addHandler(handler)


def write_no_empty_revision(_context: object, _revision: object, directives: list[Any]) -> None:
    """Let `flask db migrate` write no file when the models have not changed."""
    options = context.config.cmd_opts
    if getattr(options, "autogenerate", False) and directives[0].upgrade_ops.is_empty():
        directives.clear()
        logging.getLogger("alembic.env").info("No changes in schema detected.")


def render_item(kind: str, item: object, autogen: AutogenContext) -> str | Literal[False]:
    """Write types into a revision that do not depend on the application's code of that day."""
    if kind == "type" and isinstance(item, UtcDateTime):
        autogen.imports.add("from sqlalchemy.dialects import mysql")
        precise = 'with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")'
        return f"sa.DateTime(timezone=True).{precise}"
    return False


@contextmanager
def foreign_keys_off(connection: Connection) -> Iterator[None]:
    """Let SQLite's tables be rebuilt without their rows' children being deleted with them.

    A batch migration drops the old table: with foreign keys on, that deletes what refers to it.
    The switch works outside a transaction only. What refers to nothing afterwards is an error.
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
    try:
        before = orphans(connection)
        yield
        if lost := orphans(connection) - before:
            rows = [f"{table} {row} to {parent}" for table, row, parent in sorted(lost)[:10]]
            raise CommandError(
                f"This migration leaves rows that refer to nothing: {'; '.join(rows)}"
            )
    finally:
        connection.rollback()
        connection.exec_driver_sql("PRAGMA foreign_keys = ON")


def orphans(connection: Connection) -> set[tuple[str, int, str]]:
    """Return the table, the row id and the missing parent's table of rows that refer to nothing."""
    rows = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    connection.rollback()  # ends what SQLAlchemy began for it: Alembic has to begin its own
    return {(table, row, parent) for table, row, parent, _number in rows}


def connect() -> Connection:
    """Return a connection to the database. Raise CommandError, in one line, if there is none."""
    engine: Engine = migrate.db.engine
    try:
        return engine.connect()
    except DBAPIError as error:
        reason = " ".join(str(error.orig).split())
        raise CommandError(f"{engine.url} cannot be used: {reason}") from None


def run_migrations_offline() -> None:
    """Print the SQL instead of running it, for `--sql`."""
    url = migrate.db.engine.url
    context.configure(
        url=url, dialect_name=url.get_backend_name(), target_metadata=metadata, literal_binds=True
    )
    with context.begin_transaction():
        context.run_migrations()


def run_migrations_online() -> None:
    """Run the revisions."""
    arguments = dict(migrate.configure_args)
    arguments.setdefault("process_revision_directives", write_no_empty_revision)
    arguments.setdefault("render_item", render_item)
    with connect() as connection, foreign_keys_off(connection):
        context.configure(connection=connection, target_metadata=metadata, **arguments)
        with context.begin_transaction():
            context.run_migrations()


show_progress()
if context.is_offline_mode():
    run_migrations_offline()
else:
    run_migrations_online()
