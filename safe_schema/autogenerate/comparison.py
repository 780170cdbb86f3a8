"""What `flask db migrate` and `check` compare of a column beyond Alembic, and how they write it.

Alembic takes a text for the same whatever its collation, a moment whatever its fractions of a
second, and on PostgreSQL an Enum whatever its values. And it writes what a column's type was as
this database has it, which knows less of it than the next one, or more.
"""

import re
from contextlib import suppress
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from alembic.autogenerate.api import AutogenContext
from alembic.operations import ops
from alembic.runtime.plugins import Plugin
from alembic.util import DispatchPriority, PriorityDispatchResult
from sqlalchemy import Column, Dialect, FetchedValue, TextClause
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import JSON, Enum, String, TypeEngine

from safe_schema.operations.postgresql import as_model
from safe_schema.protection.column_types import digits_of_seconds, resolve_type

PLUGIN = "safe_schema.comparison"

CAST = re.compile(r"::[\w ]+(\(\d+(,\s*\d+)?\))?$")  # PostgreSQL's, after a value


def compare_closely(  # what Alembic calls it with
    autogen: AutogenContext,
    operation: ops.AlterColumnOp,
    _schema: str | None,
    _table: str,
    _name: str,
    there: Column[Any],
    model: Column[Any],
) -> PriorityDispatchResult:
    """Find what Alembic takes for the same; write a type that is the same as the model does."""
    if operation.modify_type is None:
        if is_other(there, model, autogen.dialect):
            operation.modify_type = model.type
        else:
            operation.existing_type = model.type
    if is_other_default(there.server_default, model.server_default):
        operation.modify_server_default = model.server_default
    if operation.modify_type is not None and autogen.dialect is not None:
        present = with_collation(there, operation.modify_type, autogen.dialect)
        operation.existing_type = as_model(present, model.type)
    return PriorityDispatchResult.CONTINUE


def with_collation(there: Column[Any], new: TypeEngine[Any], dialect: Dialect) -> TypeEngine[Any]:
    """Return a column's type with its collation, if the new one has another, for the way back."""
    wanted = resolve_type(new, dialect)
    changes = isinstance(wanted, JSON) or getattr(wanted, "collation", None)
    of_table = (
        "BINARY" if dialect.name == "sqlite" else there.table.kwargs.get(f"{dialect.name}_collate")
    )
    if not (changes and of_table and isinstance(there.type, String)):
        return there.type
    if there.type.collation:
        return there.type
    kind = there.type.copy()
    kind.collation = of_table
    return there.type.with_variant(kind, dialect.name)  # which is no other database's


def is_other(there: Column[Any], model: Column[Any], dialect: Dialect | None) -> bool:
    """Return whether a column's collation, fractions of a second, or values are not the model's.

    A model that names no collation takes any.
    """
    if dialect is None:
        return False
    wanted = resolve_type(model.type, dialect)
    if isinstance(wanted, Enum) and isinstance(there.type, Enum):
        return there.type.enums != wanted.enums
    if digits_of_seconds(there.type) != digits_of_seconds(wanted):
        return True
    collation = getattr(wanted, "collation", None)
    # MariaDB does not tell a column's if it is the table's.
    present = getattr(there.type, "collation", None) or there.table.kwargs.get(
        f"{dialect.name}_collate"
    )
    is_told = present or dialect.name in {"sqlite", "postgresql"}
    return bool(collation and is_told and collation != present)


def is_other_default(there: FetchedValue | None, model: FetchedValue | None) -> bool:
    """Return whether a default is surely another one.

    Databases write an expression in words of their own, so only texts and numbers are compared.
    """
    with suppress(ValueError):
        return read_default(there) != read_default(model)
    return False


def read_default(default: FetchedValue | None) -> str | Decimal | None:
    """Return the text or the number that a default is. Raise ValueError if it is an expression."""
    if default is None:
        return None
    words = getattr(default, "arg", None)
    if isinstance(words, str):
        return as_number(words)
    if isinstance(words, TextClause):
        return read_literal(words.text)
    raise ValueError(default)


def read_literal(sql: str) -> str | Decimal | None:
    """Return the text or the number that SQL is. PostgreSQL tells a text with its type."""
    words = CAST.sub("", sql.strip()).strip("()")
    known = {"null": None, "false": Decimal(0), "true": Decimal(1)}
    if words.lower() in known:
        return known[words.lower()]
    if words.startswith("'") and words.endswith("'"):
        return as_number(words[1:-1].replace("''", "'"))
    number = as_number(words)
    if isinstance(number, str):
        raise ValueError(sql)  # noqa: TRY004  # it is an expression
    return number


def as_number(words: str) -> str | Decimal:
    """Return a number if it is one: MariaDB tells it with as many decimals as its column has."""
    with suppress(InvalidOperation):
        return Decimal(words)
    return words


def write_type(kind: str, item: object, autogen: AutogenContext) -> str | Literal[False]:
    """Return how PostgreSQL's JSON is written: as it can be read, on whichever database.

    Alembic writes a `Text` that no revision imports.
    """
    if kind != "type" or not isinstance(item, postgresql.JSON) or "Text()" not in repr(item):
        return False
    autogen.imports.add("from sqlalchemy.dialects import postgresql")
    return f"postgresql.{repr(item).replace('Text()', 'sa.Text()')}"


_plugin = Plugin(PLUGIN)
_plugin.add_autogenerate_comparator(
    compare_closely, "column", "closely", priority=DispatchPriority.LAST
)
