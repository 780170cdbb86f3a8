"""Which values a column's new type would change, or refuse."""

from typing import Any

from sqlalchemy import Column, Connection, cast, func, literal, or_
from sqlalchemy.types import (
    BigInteger,
    Boolean,
    Date,
    DateTime,
    Enum,
    Integer,
    Numeric,
    SmallInteger,
    String,
    TypeDecorator,
    TypeEngine,
)

from app.schema.counting import Rows, is_no_number, rows_that, rows_where

NONE = Rows(0, [])


def plain(kind: TypeEngine[Any] | type[TypeEngine[Any]], connection: Connection) -> TypeEngine[Any]:
    """Return the type that a database knows, for one that a revision names."""
    made = kind() if isinstance(kind, type) else kind
    if isinstance(made, TypeDecorator):
        made = made.load_dialect_impl(connection.dialect)
    return made.dialect_impl(connection.dialect)


def misfits(connection: Connection, column: Column[Any], new: TypeEngine[Any]) -> tuple[Rows, str]:
    """Return the rows whose value a type would change or refuse, and what is wrong with them."""
    old = column.type
    if isinstance(new, Enum):
        foreign = column.cast(String).not_in(new.enums)
        return rows_where(connection, column.table, foreign), "are none of its values"
    if isinstance(new, String):  # everything can be written as a text, if it is long enough
        return too_long(connection, column, new.length), "are longer"
    if isinstance(new, Integer | Numeric):
        if isinstance(old, String):
            return rows_that(connection, column, is_no_number(new)), "are no such number"
        if isinstance(old, Integer | Numeric | Boolean):
            return no_such_number(connection, column, new), "do not fit"
    alike = old._type_affinity is new._type_affinity  # noqa: SLF001
    if alike or (isinstance(old, Date) and isinstance(new, DateTime)):
        return NONE, ""
    return rows_where(connection, column.table, column.is_not(None)), "could change"


def too_long(connection: Connection, column: Column[Any], longest: int | None) -> Rows:
    """Return the rows whose text has more characters than that."""
    if longest is None or not isinstance(column.type, String):
        return NONE
    length = func.length if connection.dialect.name == "sqlite" else func.char_length
    return rows_where(connection, column.table, length(column) > longest)


def no_such_number(
    connection: Connection, column: Column[Any], new: Integer | Numeric[Any]
) -> Rows:
    """Return the rows whose number another kind of number would change, or cannot hold."""
    if isinstance(new, Numeric):
        return rows_where(connection, column.table, cast(column, new) != column)
    old = column.type
    if isinstance(old, Boolean) or (isinstance(old, Integer) and largest(old) <= largest(new)):
        return NONE
    limit = literal(largest(new), BigInteger)
    misfit = or_(column > limit, column < -limit - 1)
    if not isinstance(old, Integer):
        misfit = or_(misfit, column != func.round(column))
    return rows_where(connection, column.table, misfit)


def largest(kind: Integer) -> int:
    """Return the largest number of a kind of integer."""
    if isinstance(kind, SmallInteger):
        return 2**15 - 1
    return 2**63 - 1 if isinstance(kind, BigInteger) else 2**31 - 1
