"""What a table holds, counted in the database: the figures that `guard` decides by.

A row is named by its primary key. No message repeats a value, which may be somebody's name.
"""

import re
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    MetaData,
    Table,
    and_,
    func,
    inspect,
    select,
)
from sqlalchemy.types import Integer, TypeEngine

ROWS_TO_NAME = 5

# Texts that come back the same from a number: 007 and 1e3 do not.
WHOLE_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)")
DECIMAL_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.([0-9]+))?")


class Rows(NamedTuple):
    """How many rows there are of a kind, and the primary keys of the first ones."""

    number: int
    keys: list[str]

    def __str__(self) -> str:
        """Return the keys for a message: ` (id 3, 7)`, or nothing without a primary key."""
        more = ", ..." if self.number > len(self.keys) else ""
        return f" ({', '.join(self.keys)}{more})" if self.keys else ""


def reflect(connection: Connection, name: str, schema: str | None = None) -> Table | None:
    """Return a table as it is in the database, or None if there is none of that name."""
    if not inspect(connection).has_table(name, schema=schema):
        return None
    return Table(name, MetaData(), schema=schema, autoload_with=connection, resolve_fks=False)


def rows_where(connection: Connection, table: Table, condition: ColumnElement[bool]) -> Rows:
    """Return the rows that a condition is true of."""
    statement = select(func.count()).select_from(table).where(condition)
    number = connection.scalar(statement) or 0
    keys = list(table.primary_key.columns)
    if not (number and keys):
        return Rows(number, [])
    first = select(*keys).where(condition).order_by(*keys).limit(ROWS_TO_NAME)
    return Rows(number, [_name(keys, row) for row in connection.execute(first)])


def rows_that(connection: Connection, column: Column[Any], fail: Callable[[Any], bool]) -> Rows:
    """Return the rows for whose value in that column, which is not NULL, `fail` returns true."""
    keys = list(column.table.primary_key.columns)
    statement = select(*keys, column.label("value")).where(column.is_not(None))
    number = 0
    named: list[str] = []
    for row in connection.execute(statement.execution_options(yield_per=1000)):
        if fail(row[-1]):
            number += 1
            if keys and len(named) < ROWS_TO_NAME:
                named.append(_name(keys, row))
    return Rows(number, named)


def _name(keys: Iterable[Any], row: Iterable[Any]) -> str:
    return " and ".join(f"{key.name} {value}" for key, value in zip(keys, row, strict=False))


def count(connection: Connection, table: Table) -> int:
    """Return how many rows a table has."""
    return connection.scalar(select(func.count()).select_from(table)) or 0


def count_duplicates(connection: Connection, columns: list[Column[Any]]) -> int:
    """Return how many values (of several columns together) occur more than once; NULLs do not."""
    groups = (
        select(*columns)
        .where(and_(*[column.is_not(None) for column in columns]))
        .group_by(*columns)
        .having(func.count() > 1)
        .subquery()
    )
    return connection.scalar(select(func.count()).select_from(groups)) or 0


def find_orphans(
    connection: Connection, child: Table, columns: list[str], parent: Table, referred: list[str]
) -> Rows:
    """Return the rows of a child table whose parent is not there."""
    parent = parent.alias("parent")  # type: ignore[assignment]  # it has columns, as tables do
    pairs = zip(columns, referred, strict=True)
    same = and_(*[child.c[own] == parent.c[other] for own, other in pairs])
    filled = and_(*[child.c[own].is_not(None) for own in columns])
    return rows_where(connection, child, and_(filled, ~select(parent).where(same).exists()))


def is_no_number(number_type: TypeEngine[Any]) -> Callable[[Any], bool]:
    """Return a function that tells whether a text is none of the numbers of that type."""
    if isinstance(number_type, Integer):
        return lambda text: not WHOLE_NUMBER.fullmatch(str(text))
    scale = getattr(number_type, "scale", None)

    def is_none(text: object) -> bool:
        found = DECIMAL_NUMBER.fullmatch(str(text))
        return not found or (scale is not None and len(found[3] or "") > scale)

    return is_none
