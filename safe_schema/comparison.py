"""What `flask db migrate` and `check` compare of a type beyond Alembic, and how they write it.

Alembic takes a text for the same whatever its collation, and a moment whatever its fractions of a
second. And it writes what a column's type was as this database has it, which knows less of it than
the next one, or more.
"""

from typing import Any

from alembic.autogenerate.api import AutogenContext
from alembic.operations import ops
from alembic.runtime.plugins import Plugin
from alembic.util import DispatchPriority, PriorityDispatchResult
from sqlalchemy import Column, Dialect

from safe_schema.conversions import digits_of_seconds, resolve_type

PLUGIN = "flasky.schema.comparison"


def compare_closely(  # what Alembic calls it with
    autogen: AutogenContext,
    operation: ops.AlterColumnOp,
    _schema: str | None,
    _table: str,
    _name: str,
    there: Column[Any],
    model: Column[Any],
) -> PriorityDispatchResult:
    """Find a type that Alembic takes for the same; write one that is the same as the model does."""
    if operation.modify_type is None:
        if is_other(there, model, autogen.dialect):
            operation.modify_type = model.type
        else:
            operation.existing_type = model.type
    return PriorityDispatchResult.CONTINUE


def is_other(there: Column[Any], model: Column[Any], dialect: Dialect | None) -> bool:
    """Return whether a column's collation, or its fractions of a second, are not the model's.

    A model that names no collation takes any.
    """
    if dialect is None or dialect.name == "sqlite":  # which tells no collations
        return False
    wanted = resolve_type(model.type, dialect)
    if digits_of_seconds(there.type) != digits_of_seconds(wanted):
        return True
    collation = getattr(wanted, "collation", None)
    # MariaDB does not tell a column's if it is the table's.
    present = getattr(there.type, "collation", None) or there.table.kwargs.get(
        f"{dialect.name}_collate"
    )
    is_told = present or dialect.name == "postgresql"
    return bool(collation and is_told and collation != present)


_plugin = Plugin(PLUGIN)
_plugin.add_autogenerate_comparator(
    compare_closely, "column", "closely", priority=DispatchPriority.LAST
)
