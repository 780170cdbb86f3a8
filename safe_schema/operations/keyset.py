"""Batches of a table's rows in the order of its primary key, each beginning after the last one."""

from collections.abc import Sequence
from typing import Any

from alembic.util import CommandError
from sqlalchemy import (
    ColumnElement,
    Connection,
    Enum,
    Select,
    Table,
    and_,
    bindparam,
    false,
    or_,
    select,
    true,
    tuple_,
    type_coerce,
)
from sqlalchemy.types import NullType

from safe_schema.dialects import is_mariadb

Key = tuple[Any, ...]  # of a row, as the driver has it: nothing is converted on the way


class Keys:
    """The primary key of a table."""

    def __init__(self, connection: Connection, table: Table) -> None:
        columns = list(table.primary_key.columns)
        if not columns:
            raise CommandError(
                f"The table {table.name} has no primary key, and so no order to go through it in "
                "batches. Give it one, or write one UPDATE with op.execute for a quiet hour."
            )
        if any(isinstance(column.type, Enum) for column in columns):
            raise CommandError(
                f"The primary key of {table.name} has a column of the type Enum, which databases "
                "sort by another order than they compare it. Write the UPDATE with op.execute."
            )
        self.table = table
        self.columns = [type_coerce(column, NullType()) for column in columns]
        self.has_pairs = not is_mariadb(connection.dialect)  # (a, b) > (1, 2), and an index for it

    def after(self, key: Key | None) -> ColumnElement[bool]:
        """Return the condition for the rows whose keys are greater."""
        if key is None:
            return true()
        if len(self.columns) == 1 or self.has_pairs:
            return self._compare(key, "__gt__")
        greater: ColumnElement[bool] = false()
        for column, value in reversed(list(zip(self.columns, key, strict=True))):
            here = raw(value)
            greater = or_(column > here, and_(column == here, greater))
        return greater

    def up_to(self, key: Key) -> ColumnElement[bool]:
        """Return the condition for the rows whose keys are not greater."""
        if len(self.columns) == 1 or self.has_pairs:
            return self._compare(key, "__le__")
        return ~self.after(key)

    def _compare(self, key: Key, operator: str) -> ColumnElement[bool]:
        left: Any = self.columns[0] if len(key) == 1 else tuple_(*self.columns)
        right: Any = raw(key[0]) if len(key) == 1 else tuple_(*map(raw, key))
        condition: ColumnElement[bool] = getattr(left, operator)(right)
        return condition

    def last_of(self, after: Key | None, number: int) -> Select[Any]:
        """Return the query for the last key of the next batch of so many rows."""
        named = [column.label(f"k{place}") for place, column in enumerate(self.columns)]
        # SQLite lets a key be NULL; see `are_null`.
        rows = (
            select(*named)
            .where(self.after(after), ~self.are_null())
            .order_by(*self.columns)
            .limit(number)
            .subquery()
        )
        return select(*rows.c).order_by(*[column.desc() for column in rows.c]).limit(1)

    def are_null(self) -> ColumnElement[bool]:
        """Return the condition for rows that have no key, which only SQLite lets be."""
        nullable = [c for c in self.table.primary_key.columns if c.nullable]
        return or_(false(), *[column.is_(None) for column in nullable])


def raw(value: object) -> Any:  # noqa: ANN401  # SQLAlchemy's element
    """Return a value that came from the driver as a parameter that goes back as it is."""
    return bindparam(None, value, type_=NullType(), unique=True)


def as_key(row: Sequence[Any] | None) -> Key | None:
    """Return the key that a row is."""
    return None if row is None else tuple(row)
