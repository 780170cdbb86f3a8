"""The database, of any kind: whether it answers, and where its migrations stand."""

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import current_app
from sqlalchemy import inspect

from app.doctor.checks import Finding, check, fail, ok, warn
from app.extensions import db
from safe_schema.copies.sqlite import get_path
from safe_schema.dialects import is_mariadb
from safe_schema.runs import contracts, journal, locks

IT_ANSWERS = "F020"
UPGRADE = "run: flask db upgrade"


@check(IT_ANSWERS)
def answers() -> Finding:
    """Connect. An SQLite file that is not there is not made."""
    path = get_path(db.engine.url)
    if path and not path.exists():
        return fail(f"there is no file {path}", UPGRADE)
    with db.engine.connect() as connection:
        connection.exec_driver_sql("SELECT 1")
    return ok(f"the database answers: {db.engine.url.render_as_string(hide_password=True)}")


@check("F021", needs=[IT_ANSWERS])
def is_at_newest_revision() -> Finding:
    """Compare the database's revision with those of migrations/."""
    script = ScriptDirectory.from_config(current_app.extensions["migrate"].migrate.get_config())
    newest = set(script.get_heads())
    with db.engine.connect() as connection:
        present = set(MigrationContext.configure(connection).get_current_heads())
    if present == newest:
        return ok(f"the database is at the newest revision, {', '.join(sorted(present))}")
    if not present:
        return fail("the database has no revision", UPGRADE)
    known = {each.revision for each in script.walk_revisions()}
    if unknown := present - known:
        seen = f"the database is at revision {', '.join(unknown)}, which this code does not know"
        return fail(seen, "run the code that is as new as the database")
    pending = list(script.iterate_revisions("heads", tuple(present)))
    if any(contracts.get_contracts(each) for each in pending[-1:]):
        return warn(f"the database waits before {contracts.describe(pending[-1])}", contracts.GO_ON)
    return fail(f"revisions that have not been carried out: {len(pending)}", UPGRADE)


@check("F022", needs=[IT_ANSWERS])
def no_migration_was_interrupted() -> Finding | None:
    """Look for the journal of a migration, which is there while one runs, or if it did not end."""
    if not is_mariadb(db.engine.dialect):
        return None  # others undo what was interrupted
    if not inspect(db.engine).has_table(journal.TABLE) or locks.is_held(db.engine):
        return ok("no migration was interrupted")
    return fail(f"a migration was interrupted: there is a table {journal.TABLE}", UPGRADE)


@check("F023", needs=[IT_ANSWERS])
def nobody_holds_its_lock() -> Finding:
    """Ask for the lock of migrations and copies, and let go of it at once."""
    if locks.is_held(db.engine):
        return warn("a migration or a copy of the database is running", "wait for its end")
    return ok("no migration is running")
