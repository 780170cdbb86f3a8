"""Which values a column's new type would change, or refuse."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from sqlalchemy import Column, ColumnElement, Connection, Dialect, cast, func, literal, or_
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import (
    BINARY,
    BigInteger,
    Boolean,
    Date,
    DateTime,
    Enum,
    Float,
    Integer,
    String,
    TypeEngine,
)

from safe_schema.dialects import is_mariadb
from safe_schema.protection.column_types import (
    BYTES,
    DOCUMENT,
    MOMENT,
    NUMBER,
    TEXT,
    digits_of_seconds,
    get_kind,
    get_range,
    is_decimal,
    is_fixed,
)
from safe_schema.protection.counting import (
    Rows,
    changes_in_a_double,
    is_no_number,
    rows_that,
    rows_where,
)
from safe_schema.protection.trials import ZONE, find_changed

TOLD_AS_TEXT = {MOMENT, "time", "interval", "uuid"}
# What each database makes of a text, and refuses if it is none.
READ_FROM_TEXT = {
    "postgresql": TOLD_AS_TEXT,
    "mariadb": {MOMENT, "time", "uuid"},
    "mysql": {MOMENT, "time"},
}
UTC = {"UTC", "Etc/UTC", "GMT", "Zulu", "Universal", "UCT"}


class Misfits(NamedTuple):
    """Rows that a type would change or refuse, what is wrong with them, and what to do."""

    rows: Rows
    fault: str
    way_out: str = "Change them first."


NONE = Misfits(Rows(0, []), "")


class Change:
    """A column, and the type that it is to have. `using` is PostgreSQL's own conversion."""

    def __init__(
        self,
        connection: Connection,
        column: Column[Any],
        new: TypeEngine[Any],
        using: str | None = None,
    ) -> None:
        self.connection = connection
        self.dialect = connection.dialect
        self.column = column
        self.old: Any = column.type
        self.new: Any = new
        self.kinds = get_kind(self.old), get_kind(new)
        self.using = using

    def find_misfits(self) -> Misfits:
        """Return the rows whose value would not stay."""
        if self.using is None and keeps_all(self.old, self.new, self.dialect):
            return NONE
        return next((found for found in self._examine() if found.rows.number), NONE)

    def _where(self, condition: ColumnElement[bool]) -> Rows:
        return rows_where(self.connection, self.column.table, condition)

    def _examine(self) -> Iterator[Misfits]:
        """Look for what can be named first, and then for whatever else changes."""
        if not self._is_possible():
            yield Misfits(self._where(self.column.is_not(None)), "could change")
            return
        match self.kinds:
            case _, "text":
                yield from self._examine_texts()
            case "text", "number":
                fails = is_no_number(self.new, self.dialect)
                yield Misfits(rows_that(self.connection, self.column, fails), "are no such number")
            case "number", "number" if self.dialect.name == "sqlite" and is_decimal(self.new):
                fails = changes_in_a_double(self.new)
                yield Misfits(rows_that(self.connection, self.column, fails), "do not fit")
            case "number", "number" if (unfit := self._is_unfit_number()) is not None:
                yield Misfits(self._where(unfit), "do not fit")
            case "moment", "moment":
                yield from self._examine_moments()
            case "bytes", "bytes" if is_fixed(self.new) and is_mariadb(self.dialect):
                other = func.octet_length(self.column) != (self.new.length or 1)
                yield Misfits(self._where(other), "are shorter or longer, and would be padded")
            case "document", "document" if isinstance(self.new, postgresql.JSONB):
                twice = Misfits(
                    rows_that(
                        self.connection, self.column, has_key_twice, self.column.cast(String)
                    ),
                    "name a key twice, of which the last would stay",
                )
                yield twice
        if self._can_be_tried():
            fault = "do not fit" if self.kinds == (NUMBER, NUMBER) else "would change"
            rows = find_changed(self.connection, self.column, self.new, self.using)
            yield Misfits(rows, fault)

    def _is_possible(self) -> bool:
        """Return whether values of the one kind can be values of the other at all."""
        old, new = self.kinds
        if old == new:
            return True
        if new == TEXT:
            is_told = self.dialect.name != "sqlite" or old in {NUMBER, DOCUMENT, *TOLD_AS_TEXT}
            return old != BYTES and is_told
        return old == TEXT and new in {NUMBER, *READ_FROM_TEXT.get(self.dialect.name, ())}

    def _can_be_tried(self) -> bool:
        """Return whether the database has a conversion. SQLite copies values unless it casts."""
        is_cast = self.old._type_affinity is not self.new._type_affinity  # noqa: SLF001
        return self.dialect.name != "sqlite" or (is_cast and self.kinds in SQLITE_CASTS)

    def _examine_texts(self) -> Iterator[Misfits]:
        new: Any = self.new
        is_plain = self.kinds[0] == TEXT and not isinstance(self.old, Enum)
        value = self.column if is_plain else self.column.cast(String)
        if isinstance(new, Enum):
            yield Misfits(self._where(self._is_none_of(new.enums)), "are none of its values")
        elif self.using is None or self.kinds[0] == TEXT:
            length = func.length if self.dialect.name == "sqlite" else func.char_length
            longest = new.length or (1 if is_fixed(new) else None)
            if longest is not None:
                yield Misfits(self._where(length(value) > longest), "are longer")
            if is_fixed(new) and self.dialect.name == "postgresql":
                shorter = Misfits(
                    self._where(length(value) < longest), "are shorter, and would end in blanks"
                )
                yield shorter

    def _is_none_of(self, values: list[str]) -> ColumnElement[bool]:
        """Return the condition that a text is not exactly one of these."""
        if not is_mariadb(self.dialect):
            return self.column.cast(String).not_in(values)
        exact = [value.encode() for value in values]  # in the charset of the connection
        return cast(self.column.cast(String), BINARY).not_in(exact)

    def _is_unfit_number(self) -> ColumnElement[bool] | None:
        """Return the condition of what is known to be no such number."""
        if isinstance(self.new, Boolean):
            return None if isinstance(self.old, Boolean) else self.column.not_in([0, 1])
        if isinstance(self.old, Boolean):
            return None
        # What is too large becomes the largest number on the way back, which may be what it was.
        if isinstance(self.new, Float) and isinstance(self.old, Integer):
            limit = literal(EXACT_IN_A_DOUBLE, BigInteger)
            return or_(self.column > limit, self.column < -limit)
        if isinstance(self.old, Float) and is_decimal(self.new) and is_mariadb(self.dialect):
            whole = (self.new.precision or 10) - (self.new.scale or 0)
            return func.abs(self.column) >= 10.0**whole
        if not isinstance(self.new, Integer) or self.dialect.name != "sqlite":
            return None
        smallest, largest = get_range(self.new)
        beyond = or_(self.column < smallest, self.column > largest)
        return or_(beyond, self.column != func.round(self.column))

    def _examine_moments(self) -> Iterator[Misfits]:
        if self.dialect.name == "sqlite" and not isinstance(self.new, DateTime):
            time = func.rtrim(func.substr(self.column, 11), " T0:.")
            yield Misfits(self._where(time != ""), "have a time of day")
        changes_zone = bool(getattr(self.old, "timezone", False)) != bool(
            getattr(self.new, "timezone", False)
        )
        if (
            self.dialect.name == "postgresql"
            and changes_zone
            and not ZONE.fullmatch(self.using or "")
        ):
            zone = self.connection.exec_driver_sql("SHOW timezone").scalar_one()
            if zone not in UTC:
                name = self.column.name
                yield Misfits(
                    self._where(self.column.is_not(None)),
                    f"would be taken for times of {zone}, the session's time zone",
                    f"Say which it is: postgresql_using=\"{name} AT TIME ZONE 'UTC'\".",
                )


EXACT_IN_A_DOUBLE = 2**53
SQLITE_CASTS = {(NUMBER, NUMBER), (NUMBER, TEXT), (TEXT, NUMBER), (BYTES, BYTES)}


def has_key_twice(document: object) -> bool:
    """Return whether some object of a JSON document names a key twice."""

    def look(pairs: list[tuple[str, object]]) -> dict[str, object]:
        if len(dict(pairs)) < len(pairs):
            raise KeyError
        return dict(pairs)

    try:
        json.loads(str(document), object_pairs_hook=look)
    except KeyError:
        return True
    return False


def keeps_all(old: TypeEngine[Any], new: TypeEngine[Any], dialect: Dialect) -> bool:
    """Return whether a type is known to keep every value of another one: the usual widenings."""
    if isinstance(old, Date) and isinstance(new, DateTime):
        return not new.timezone
    if type(old) is type(new) and old.compile(dialect) == new.compile(dialect):
        return not is_mariadb(dialect) or not getattr(new, "collation", None)
    if isinstance(old, Integer) and isinstance(new, Integer):
        return get_range(new)[0] <= get_range(old)[0] and get_range(old)[1] <= get_range(new)[1]
    if isinstance(old, DateTime) and isinstance(new, DateTime) and is_mariadb(dialect):
        return type(old) is type(new) and digits_of_seconds(old) <= digits_of_seconds(new)
    return is_wider_text(old, new, dialect)


def is_wider_text(old: TypeEngine[Any], new: TypeEngine[Any], dialect: Dialect) -> bool:
    """Return whether both are texts, and what fits into the one fits into the other."""
    is_usual = all(
        isinstance(each, String) and not isinstance(each, Enum) and not is_fixed(each)
        for each in (old, new)
    )
    if not is_usual or getattr(new, "collation", None) or getattr(new, "charset", None):
        return False
    present, wanted = getattr(old, "length", None), getattr(new, "length", None)
    if wanted is None:  # MariaDB's texts without a length have a limit in bytes, by their names
        return not is_mariadb(dialect)
    return present is not None and present <= wanted
