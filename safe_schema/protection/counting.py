"""What a table holds, counted in the database: the figures that `guard` decides by.

A row is named by its primary key. No message repeats a value, which may be somebody's name.
"""

import re
from collections.abc import Callable, Iterable
from decimal import Context, Decimal
from typing import Any, NamedTuple

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Dialect,
    MetaData,
    Table,
    and_,
    func,
    inspect,
    select,
    type_coerce,
)
from sqlalchemy.types import Boolean, Float, Integer, NullType, TypeEngine

from safe_schema.dialects import is_mariadb
from safe_schema.protection.column_types import get_digits, get_range

ROWS_TO_NAME = 5
EXACT = Context(prec=1000)
LONGEST_NUMBER = 30  # characters: far within the range of each type

# Texts that come back the same from a number: 007 and 1e3 do not.
NUMBER_AS_SHOWN = re.compile(r"-?[0-9]+(\.[0-9]+)?(e[-+]?[0-9]+)?")  # by Python
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
    return Rows(number, [name_row(keys, row) for row in connection.execute(first)])


def rows_that(
    connection: Connection,
    column: Column[Any],
    fail: Callable[[str], bool],
    shown: ColumnElement[Any] | None = None,
) -> Rows:
    """Return the rows for whose value in that column, which is not NULL, `fail` returns true.

    It gets the text of what the driver tells of the value, or of what is `shown` of it.
    """
    keys = list(column.table.primary_key.columns)
    value = type_coerce(column if shown is None else shown, NullType()).label("value")
    statement = select(*keys, value).select_from(column.table).where(column.is_not(None))
    number = 0
    named: list[str] = []
    for row in connection.execute(statement.execution_options(yield_per=1000)):
        if fail(str(row[-1])):
            number += 1
            if keys and len(named) < ROWS_TO_NAME:
                named.append(name_row(keys, row))
    return Rows(number, named)


def name_row(keys: Iterable[Any], row: Iterable[Any]) -> str:
    """Return a row's primary key for a message."""
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


def is_no_number(number_type: TypeEngine[Any], dialect: Dialect) -> Callable[[str], bool]:
    """Return a function that tells whether a text is none of the numbers of that type."""
    kind: Any = number_type
    if isinstance(kind, Boolean):
        words = {"true", "false"} if dialect.name == "postgresql" else set()
        return lambda text: text not in {"0", "1", *words}
    if isinstance(kind, Integer):
        smallest, largest = get_range(kind)
        return lambda text: (
            not WHOLE_NUMBER.fullmatch(text)
            or len(text) > LONGEST_NUMBER  # before it is worked on
            or not smallest <= int(text) <= largest
        )
    if isinstance(kind, Float):
        return lambda text: (
            not DECIMAL_NUMBER.fullmatch(text)
            or len(text) > LONGEST_NUMBER
            or count_digits(text) > get_digits(kind, dialect)
        )
    if dialect.name == "sqlite":
        return lambda text: not DECIMAL_NUMBER.fullmatch(text) or not comes_back(text, kind)
    return lambda text: not DECIMAL_NUMBER.fullmatch(text) or not fits(text, kind, dialect)


def count_digits(text: str) -> int:
    """Return how many digits of a decimal number count."""
    return len(Decimal(text).normalize(EXACT).as_tuple().digits)


def fits(text: str, kind: Any, dialect: Dialect) -> bool:  # noqa: ANN401  # Numeric
    """Return whether a decimal number has no more digits than a type."""
    precision, scale = kind.precision, kind.scale
    if precision is None:
        if not is_mariadb(dialect):
            return True
        precision, scale = 10, 0
    whole, _, fraction = text.lstrip("-").partition(".")
    return len(fraction) <= (scale or 0) and len(whole.lstrip("0")) <= precision - (scale or 0)


def changes_in_a_double(kind: Any) -> Callable[[str], bool]:  # noqa: ANN401  # Numeric
    """Return a function that tells whether SQLite, which keeps doubles, has no such decimal."""
    return lambda text: not NUMBER_AS_SHOWN.fullmatch(text) or not comes_back(text, kind)


def comes_back(text: str, kind: Any) -> bool:  # noqa: ANN401  # Numeric
    """Return whether a decimal number is read as such from the double that SQLite keeps."""
    scale = kind._effective_decimal_return_scale  # noqa: SLF001
    number = Decimal(text)
    too_large = kind.precision is not None and abs(number) >= 10 ** (
        kind.precision - (kind.scale or 0)
    )
    return not too_large and Decimal(f"{float(text):.{scale}f}") == number
