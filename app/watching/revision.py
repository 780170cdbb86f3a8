"""Which revision the database is at, and whether that is the one that this code needs."""

from functools import cache

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from app.extensions import db
from settings import BASEDIR


def read_revision() -> str | None:
    """Return the revision that the database is at, or None if it has no history."""
    context = MigrationContext.configure(db.session.connection())
    return ", ".join(context.get_current_heads()) or None


def is_behind(revision: str | None) -> bool:
    """Return whether somebody forgot `flask db upgrade`.

    A revision that this code does not know is a newer release's: while it is brought in, this code
    goes on to serve. A database without a history was made by `db.create_all()`.
    """
    heads, known = read_revisions()
    return revision in known and revision not in heads


@cache
def read_revisions() -> tuple[set[str], set[str]]:
    """Return the newest revisions, and all: once for a process, which reads some 15 files."""
    script = ScriptDirectory(str(BASEDIR / "migrations"))
    return set(script.get_heads()), {each.revision for each in script.walk_revisions()}
