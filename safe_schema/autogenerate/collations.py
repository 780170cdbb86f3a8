"""`flask db migrate` and `check` see the collations of SQLite's columns, which SQLAlchemy does not.

Without them, a table that is dropped would come back on the way back as another one.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from alembic.autogenerate.api import AutogenContext
from alembic.operations import ops
from alembic.runtime.plugins import Plugin
from alembic.util import DispatchPriority, PriorityDispatchResult
from sqlalchemy import Connection
from sqlalchemy.types import String

from safe_schema.operations.sqlite import find_unreflected_aspects

PLUGIN = "safe_schema.collations"


def tell_collations(autogen: AutogenContext, _upgrade: ops.UpgradeOps) -> PriorityDispatchResult:
    """Let the inspector that Alembic asks tell them."""
    connection, inspector = autogen.connection, autogen.inspector
    if connection is not None and connection.dialect.name == "sqlite":
        ask = telling(inspector.get_multi_columns, connection)
        inspector.get_multi_columns = ask  # type: ignore[method-assign]
    return PriorityDispatchResult.CONTINUE


def telling(ask: Callable[..., Any], connection: Connection) -> Callable[..., Any]:
    """Return a function that answers as another one does, with collations."""
    collations = {
        (table, column): words.removeprefix("COLLATE ")
        for table, column, aspect, words in find_unreflected_aspects(connection)
        if aspect == "collation" and words != "COLLATE BINARY"  # which is any column's
    }

    @wraps(ask)
    def get_multi_columns(*arguments: Any, **options: Any) -> Any:  # noqa: ANN401
        answers = ask(*arguments, **options)
        for (_schema, table), columns in answers.items():
            for column in columns:
                if isinstance(column["type"], String):
                    column["type"].collation = collations.get((table, column["name"]))
        return answers

    return get_multi_columns


_plugin = Plugin(PLUGIN)
_plugin.add_autogenerate_comparator(
    tell_collations, "autogenerate", "collations", priority=DispatchPriority.FIRST
)
