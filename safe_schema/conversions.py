"""Which values a column's new type would change, or refuse."""

from typing import Any

from sqlalchemy import Column, Connection, Dialect, cast, func, literal, or_
from sqlalchemy.types import (
    BigInteger,
    Boolean,
    Date,
    DateTime,
    Enum,
    Float,
    Integer,
    LargeBinary,
    Numeric,
    SmallInteger,
    String,
    TypeDecorator,
    TypeEngine,
)

from safe_schema.counting import Rows, is_no_number, rows_that, rows_where

NONE = Rows(0, [])
NOISE_OF_FLOATS = 1e-9
NUMBERS = (Integer, Numeric, Boolean)


def resolve_type(
    kind: TypeEngine[Any] | type[TypeEngine[Any]], dialect: Dialect
) -> TypeEngine[Any]:
    """Return the type that a database knows, for one that a revision names."""
    made = kind() if isinstance(kind, type) else kind
    if isinstance(made, TypeDecorator):
        made = made.load_dialect_impl(dialect)
    return made.dialect_impl(dialect)


def find_misfits(
    connection: Connection, column: Column[Any], new: TypeEngine[Any]
) -> tuple[Rows, str]:
    """Return the rows whose value a type would change or refuse, and what is wrong with them."""
    old = column.type
    if isinstance(new, Enum):
        foreign = column.cast(String).not_in(new.enums)
        return rows_where(connection, column.table, foreign), "are none of its values"
    if isinstance(new, String) and not isinstance(old, LargeBinary):
        return find_too_long(connection, column, new.length), "are longer"
    if isinstance(new, Integer | Numeric) and isinstance(old, String):
        return rows_that(connection, column, is_no_number(new)), "are no such number"
    if isinstance(new, NUMBERS) and isinstance(old, NUMBERS):
        return find_unfit_numbers(connection, column, new), "do not fit"
    if is_lossless(old, new):
        return NONE, ""
    return rows_where(connection, column.table, column.is_not(None)), "could change"


def is_lossless(old: TypeEngine[Any], new: TypeEngine[Any]) -> bool:
    """Return whether a type keeps every value of another one."""
    if isinstance(old, Date) and isinstance(new, DateTime):
        return True
    alike = old._type_affinity is new._type_affinity  # noqa: SLF001
    return alike and digits_of_seconds(old) <= digits_of_seconds(new)


def digits_of_seconds(kind: TypeEngine[Any]) -> int:
    """Return how many digits of a second's fraction MariaDB keeps in a type."""
    return getattr(kind, "fsp", None) or 0


def find_too_long(connection: Connection, column: Column[Any], longest: int | None) -> Rows:
    """Return the rows whose text has more characters than that."""
    if longest is None or not isinstance(column.type, String):
        return NONE
    length = func.length if connection.dialect.name == "sqlite" else func.char_length
    return rows_where(connection, column.table, length(column) > longest)


def find_unfit_numbers(
    connection: Connection,
    column: Column[Any],
    new: Any,  # noqa: ANN401  # one of NUMBERS
) -> Rows:
    """Return the rows whose number another kind of number would change, or cannot hold."""
    if isinstance(new, Boolean):
        return rows_where(connection, column.table, column.not_in([0, 1]))
    if isinstance(new, Numeric):
        tolerance = NOISE_OF_FLOATS if isinstance(column.type, Float) else 0
        misfit = func.abs(cast(column, new) - column) > tolerance
        return rows_where(connection, column.table, misfit)
    old = column.type
    if isinstance(old, Boolean) or (
        isinstance(old, Integer) and get_largest(old) <= get_largest(new)
    ):
        return NONE
    limit = literal(get_largest(new), BigInteger)
    misfit = or_(column > limit, column < -limit - 1)
    if not isinstance(old, Integer):
        misfit = or_(misfit, column != func.round(column))
    return rows_where(connection, column.table, misfit)


def get_largest(kind: Integer) -> int:
    """Return the largest number of a kind of integer."""
    if isinstance(kind, SmallInteger):
        return 2**15 - 1
    return 2**63 - 1 if isinstance(kind, BigInteger) else 2**31 - 1
