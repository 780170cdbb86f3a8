"""Which rows an UPDATE would change: `Ann` is not `ann`, whatever a collation says."""

from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    ColumnElement,
    Dialect,
    Enum,
    LargeBinary,
    String,
    Text,
    cast,
    or_,
    type_coerce,
)
from sqlalchemy.dialects.mysql import CHAR
from sqlalchemy.dialects.postgresql import JSONB

from safe_schema.dialects import is_mariadb


def differs(dialect: Dialect, values: dict[Column[Any], ColumnElement[Any]]) -> ColumnElement[bool]:
    """Return the condition for rows in which one of the columns has another value."""
    compare = {"sqlite": on_sqlite, "postgresql": on_postgresql}.get(dialect.name, plainly)
    if is_mariadb(dialect):
        compare = on_mariadb
    return or_(*[compare(column, value) for column, value in values.items()])


def plainly(column: ColumnElement[Any], value: ColumnElement[Any]) -> ColumnElement[bool]:
    """Compare as the database does."""
    return column.is_distinct_from(value)


def on_sqlite(column: ColumnElement[Any], value: ColumnElement[Any]) -> ColumnElement[bool]:
    """Compare without a collation like NOCASE; numbers have none, and stay what they are."""
    return type_coerce(column, String()).collate("BINARY").is_distinct_from(value)


def on_postgresql(column: ColumnElement[Any], value: ColumnElement[Any]) -> ColumnElement[bool]:
    """Compare with what the column would hold: rounded, for one; json has no comparison."""
    will_be = cast(value, column.type)
    if isinstance(column.type, JSON) and not isinstance(column.type, JSONB):
        return cast(column, Text).is_distinct_from(cast(will_be, Text))
    if isinstance(column.type, String) and not isinstance(column.type, Enum):
        return cast(column, Text).collate("C").is_distinct_from(cast(will_be, Text))
    return column.is_distinct_from(will_be)


def on_mariadb(column: ColumnElement[Any], value: ColumnElement[Any]) -> ColumnElement[bool]:
    """Compare texts by their bytes, in one character set."""
    if not isinstance(column.type, String | JSON):
        return column.is_distinct_from(value)
    return as_bytes(column).is_distinct_from(as_bytes(value))


def as_bytes(value: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return the bytes of a text in UTF-8; of a number, those of its digits."""
    return cast(cast(value, CHAR(charset="utf8mb4")), LargeBinary)
