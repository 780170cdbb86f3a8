"""A database that `db.create_all()` made has tables and no history: `upgrade` gives it one.

Every revision is carried out in a scratch place of the same kind of database, and what it makes is
compared with what is there. If exactly one is equal, the database is recorded as being at that
revision.
"""

import logging
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, StaticPool, create_engine, event, inspect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from safe_schema.dialects import is_known, is_mariadb
from safe_schema.protection import fingerprint
from safe_schema.protection.fingerprint import Fingerprint
from safe_schema.runs import journal
from safe_schema.runs.journal import strip_comments

log = logging.getLogger("alembic.runtime.migration")

DIFFERENCES_TO_NAME = 5
INSERT = re.compile(
    r"\s*(INSERT|REPLACE)\s+(\w+\s+)*?INTO\s+([\"`]?\w+[\"`]?\.)?[\"`]?(?P<table>\w+)",
    re.IGNORECASE,
)
BY_HAND = (
    "bring the schema to a revision by hand and run `flask db stamp` with it, or begin with an "
    "empty database"
)


def adopt(migration: MigrationContext, connection: Connection, chosen: str | None) -> None:
    """Record the revision that a database without a history is at. Raise CommandError if none is.

    `chosen` decides between revisions that make the same schema. A database that has a history, or
    none of the tables that revisions make, is left alone.
    """
    if heads := migration.get_current_heads():
        if chosen:
            log.info(
                "-x adopt=%s changes nothing: the database has a history, and is at %s.",
                chosen,
                ", ".join(heads),
            )
        return
    hidden = {migration.version_table, journal.TABLE}
    tables = set(inspect(connection).get_table_names()) - hidden
    script: ScriptDirectory = migration.opts["script"]
    if not tables or not is_known(connection.dialect):
        return
    if journal.TABLE in inspect(connection).get_table_names():
        return  # the first migration was interrupted: it goes on
    try:
        made, filled = replay(script, connection.engine, migration)
    except CommandError:
        if tables.isdisjoint(migration.opts["target_metadata"].tables):
            return  # they are somebody else's
        raise
    ever = set().union(*(schema.keys() for schema in made.values()))
    if not tables & ever:
        return
    present = fingerprint.take(connection, hidden)
    here = {name: words for name, words in present.items() if name in ever}
    revision = choose_revision(here, made, chosen)
    migration.stamp(script, revision)
    if is_mariadb(connection.dialect):
        connection.commit()
    log.info(
        "The database had no history; it equals revision %s, and is recorded as that.", revision
    )
    before = {each.revision for each in script.walk_revisions(head=revision)}
    if not_run := [
        f"{each} ({', '.join(sorted(tables))})"
        for each, tables in filled.items()
        if tables and each in before
    ]:
        log.info(
            "Rows that revisions insert were not: run by hand what is missing of %s.",
            "; ".join(not_run),
        )


def choose_revision(here: Fingerprint, made: dict[str, Fingerprint], chosen: str | None) -> str:
    """Return the revision that a schema equals. Raise CommandError if it is not exactly one."""
    equal = [revision for revision, schema in made.items() if schema == here]
    if chosen and chosen not in made:
        raise CommandError(f"-x adopt={chosen}: there is no such revision; see flask db history")
    if not equal:
        raise_no_match(here, made)
    if chosen and chosen not in equal:
        raise CommandError(
            f"The database does not equal revision {chosen}, but {', '.join(equal)}. Nothing was "
            "changed."
        )
    if len(equal) > 1 and not chosen:
        raise CommandError(
            f"The database has tables and no history, and equals revisions {', '.join(equal)} "
            "alike: they differ in data that db.create_all() did not change. Say which one it is "
            f"at: `flask db upgrade -x adopt={equal[-1]}`"
        )
    return chosen or equal[0]


def raise_no_match(here: Fingerprint, made: dict[str, Fingerprint]) -> None:
    """Raise CommandError, with the nearest revision and the differences."""
    found = {revision: fingerprint.differences(here, schema) for revision, schema in made.items()}
    nearest = min(reversed(found), key=lambda revision: len(found[revision]))
    named = "; ".join(found[nearest][:DIFFERENCES_TO_NAME])
    more = "; ..." if len(found[nearest]) > DIFFERENCES_TO_NAME else ""
    raise CommandError(
        "The database has tables and no history, and equals no revision. Nearest is "
        f"{nearest}; {len(found[nearest])} difference(s): {named}{more}. Nothing was changed. "
        f"To go on, {BY_HAND}."
    )


def replay(
    script: ScriptDirectory, engine: Engine, migration: MigrationContext
) -> tuple[dict[str, Fingerprint], dict[str, set[str]]]:
    """Return the schema that each revision makes, and the tables that it inserts rows into."""
    made = {}
    filled: dict[str, set[str]] = {}
    with silence_alembic_log(), open_scratch(engine) as connection:
        for each in reversed(list(script.walk_revisions())):
            options = {
                "script": script,
                "target_metadata": migration.opts["target_metadata"],
                "fn": partial(plan_upgrade, script, each.revision),
            }
            context = MigrationContext.configure(connection, opts=options)
            filled[each.revision] = set()
            with Operations.context(context), noting_inserts(connection, filled[each.revision]):
                try:
                    context.run_migrations()
                except Exception as error:
                    raise CommandError(
                        "The database has tables and no history, and revision "
                        f"{each.revision} cannot be tried out to compare it: "
                        f"{str(error) or type(error).__name__}. To go on, {BY_HAND}."
                    ) from error
            if connection.dialect.name != "postgresql":
                connection.commit()
            made[each.revision] = fingerprint.take(connection, {context.version_table})
            filled[each.revision].discard(context.version_table)
    return made, filled


@contextmanager
def noting_inserts(connection: Connection, tables: set[str]) -> Iterator[None]:
    """Note into which tables rows come meanwhile."""

    def note(
        _connection: Connection,
        cursor: Any,  # noqa: ANN401
        statement: str,
        _parameters: object,
        _context: object,
        _many: bool,  # noqa: FBT001
    ) -> None:
        found = INSERT.match(strip_comments(statement))
        if found and cursor.rowcount:  # which is 0 where rows of empty tables are copied
            tables.add(found["table"])

    event.listen(connection, "after_cursor_execute", note)
    try:
        yield
    finally:
        event.remove(connection, "after_cursor_execute", note)


def plan_upgrade(
    script: ScriptDirectory, revision: str, heads: tuple[str, ...], _context: object
) -> list[Any]:
    """Return the steps of `flask db upgrade` to a revision; Alembic has no public name for it."""
    steps: list[Any] = script._upgrade_revs(revision, heads)  # type: ignore[arg-type]  # noqa: SLF001
    return steps


@contextmanager
def silence_alembic_log() -> Iterator[None]:
    """Let Alembic run revisions without telling so: it is not the real database."""
    before = log.level
    log.setLevel(logging.WARNING)
    try:
        yield
    finally:
        log.setLevel(before)


@contextmanager
def open_scratch(engine: Engine) -> Iterator[Connection]:
    """Give an empty place on the same kind of database, and remove it afterwards."""
    name = f"alembic_scratch_{uuid.uuid4().hex[:8]}"
    match engine.dialect.name:
        case "sqlite":
            with create_engine("sqlite://", poolclass=StaticPool).connect() as connection:
                connection.exec_driver_sql("PRAGMA foreign_keys = OFF")  # as while migrating
                connection.commit()
                yield connection
        case "postgresql":
            with engine.connect() as connection:
                create_scratch(connection, f"CREATE SCHEMA {name}", "GRANT CREATE ON DATABASE")
                # Not for this transaction alone: a revision that commits must stay in here.
                connection.exec_driver_sql(f"SET search_path TO {name}")
                connection.commit()
                try:
                    yield connection
                finally:
                    connection.rollback()
                    connection.exec_driver_sql(f"DROP SCHEMA {name} CASCADE")
                    connection.commit()
                    connection.invalidate()
        case _:
            with engine.connect() as owner:
                create_scratch(owner, f"CREATE DATABASE {name}", "GRANT CREATE, DROP ON *.*")
                try:
                    place = create_engine(engine.url.set(database=name), poolclass=NullPool)
                    with place.connect() as connection:
                        yield connection
                finally:
                    owner.exec_driver_sql(f"DROP DATABASE {name}")


def create_scratch(connection: Connection, statement: str, privilege: str) -> None:
    """Make the scratch place. Raise CommandError, with what to grant, if that is not allowed."""
    try:
        connection.exec_driver_sql(statement)
    except DBAPIError as error:
        raise CommandError(
            "The database has tables and no history. To find out its revision, it needs a "
            f"scratch place, and may not make one: {' '.join(str(error.orig).split())}. Allow it "
            f"for once ({privilege} ...), or {BY_HAND}."
        ) from error
