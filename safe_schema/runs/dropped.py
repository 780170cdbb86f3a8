"""A database whose tables `db.drop_all()` dropped, while its history says that they are there."""

import logging

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, inspect

from safe_schema.dialects import is_mariadb

log = logging.getLogger("alembic.runtime.migration")


def reset_history(migration: MigrationContext, connection: Connection) -> None:
    """Forget the history of a database that holds nothing else: there is nothing to lose.

    Raises CommandError if it holds tables, and none of the models', though it is up to date.
    """
    heads = migration.get_current_heads()
    inspector = inspect(connection)
    models = migration.opts["target_metadata"].tables.values()
    if not heads or any(inspector.has_table(each.name, schema=each.schema) for each in models):
        return
    script: ScriptDirectory = migration.opts["script"]
    if models and inspector.get_table_names() == [migration.version_table]:
        stamp_base(migration, connection, script)
    elif models and set(heads) == set(script.get_heads()):
        raise CommandError(
            f"The database is recorded as being at {', '.join(heads)}, and has no table of the "
            "models. If they were dropped, `flask db stamp base` and `flask db upgrade` make them "
            "anew."
        )


def stamp_base(
    migration: MigrationContext, connection: Connection, script: ScriptDirectory
) -> None:
    """Record that the database is at no revision."""
    log.info(
        "The database is recorded as being at %s, and holds no table; it begins anew.",
        ", ".join(migration.get_current_heads()),
    )
    migration.stamp(script, "base")
    if is_mariadb(connection.dialect):
        connection.commit()
