"""Whether a migration kept what was there: each row, and each value, as its new type says it."""

import datetime as dt
import json
import re
import struct
import uuid
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Dialect,
    Enum,
    MetaData,
    String,
    select,
    type_coerce,
)

from safe_schema.protection import fingerprint
from safe_schema.tests.drawn_models import DrawnColumn, DrawnTable, Pair

NOISE_OF_FLOATS = 1e-9  # that the guard lets pass

Values = dict[str, dict[int, Any]]  # of each column, by id


class State(NamedTuple):
    """What a database holds."""

    schema: fingerprint.Fingerprint
    columns: fingerprint.Columns
    rows: dict[str, Values]  # of each table
    version: str | None

    def describe_difference(self, other: "State") -> str:
        """Return in words what is not the same in another state, or nothing."""
        if self.version != other.version:
            return f"version {self.version} is {other.version}"
        words = describe_schemas(self, other)
        if self.rows != other.rows:
            words.append(f"rows were {self.rows} and are {other.rows}")
        return "; ".join(words)


def describe_schemas(was: State, now: State) -> list[str]:
    """Return in words what is not the same in two schemas."""
    return [
        *fingerprint.differences(*(strip_words(state.schema) for state in (now, was))),
        *describe_columns(was.columns, now.columns),
    ]


def strip_words(schema: fingerprint.Fingerprint) -> fingerprint.Fingerprint:
    """Return a schema without what is compared otherwise, and what is not to be compared.

    MariaDB makes an index for a foreign key, under its name, which a rename leaves behind.
    """
    return {
        table: {
            " ".join(each.split()[:2]) if each.startswith("column ") else each
            for each in words
            if not each.startswith("index fk_")
        }
        for table, words in schema.items()
    }


JSON = {"json", "jsonb"}
HIDDEN = {"alembic_version", "alembic_progress"}


def look(connection: Connection, metadata: MetaData) -> State:
    """Return what a database holds, read with models that it has the tables of."""
    schema = fingerprint.take(connection, set())
    columns = fingerprint.columns(connection)
    rows: dict[str, Values] = {}
    for table in metadata.tables.values():
        if table.name not in schema:
            continue
        found = connection.execute(select(*map(as_kept, table.c))).all()
        rows[table.name] = {
            column.name: {row[0]: as_said(row[number], connection.dialect) for row in found}
            for number, column in enumerate(table.c)
        }
    return State(
        {name: words for name, words in schema.items() if name not in HIDDEN},
        {name: words for name, words in columns.items() if name not in HIDDEN},
        rows,
        read_version(connection) if "alembic_version" in schema else None,
    )


def as_kept(column: Column[Any]) -> ColumnElement[Any]:
    """Return a column as it is read. SQLite has no Enums: it keeps values that a model has not."""
    return type_coerce(column, String) if isinstance(column.type, Enum) else column


def as_said(value: Any, dialect: Dialect) -> Any:
    """Return a value as it was said. SQLite keeps a decimal as a double, and SQLAlchemy reads
    999999.9999000001 of the one for 999999.9999.
    """
    is_double = dialect.name == "sqlite" and isinstance(value, Decimal)
    return Decimal(repr(float(value))) if is_double else value


def read_version(connection: Connection) -> str | None:
    version: str | None = connection.exec_driver_sql(
        "SELECT version_num FROM alembic_version"
    ).scalar()
    return version


def describe_columns(was: fingerprint.Columns, now: fingerprint.Columns) -> list[str]:
    """Return in words which columns are not the same."""
    words = []
    for table in was.keys() & now.keys():
        for name in was[table].keys() & now[table].keys():
            for aspect in was[table][name].keys() | now[table][name].keys():
                one, other = (say(each[table][name].get(aspect, "")) for each in (was, now))
                if one != other:
                    words.append(f"{table}.{name}: {aspect} {one!r} is {other!r}")
    return words


def say(words: str) -> str:
    return "" if words == "COLLATE BINARY" else words  # which is what SQLite calls none


COLLATION = re.compile(r"( CHARACTER SET \w+)?( COLLATE \S+)?$|^COLLATE \S+$")


def without_free_collations(state: State, wanted: State) -> State:
    """Return a state without the collations that the wanted one does not name: any will do."""
    columns = {
        table: {
            name: {
                aspect: COLLATION.sub("", words)
                if COLLATION.sub("", words) == find_words(wanted, table, name, aspect)
                else words
                for aspect, words in aspects.items()
            }
            for name, aspects in of_table.items()
        }
        for table, of_table in state.columns.items()
    }
    return state._replace(columns=columns)


def find_words(wanted: State, table: str, name: str, aspect: str) -> str:
    return say(wanted.columns.get(table, {}).get(name, {}).get(aspect, ""))


def describe_losses(pair: Pair, before: State, after: State) -> str:
    """Return in words what the way to the second model lost of rows and values, or nothing."""
    words: list[str] = []
    for old, new in pair.tables():
        values = before.rows[old.name]
        if new is None or new.name not in after.rows:
            if values["id"] and pair.is_answered and new is not None:
                words.append(f"table {old.name} is gone")
            continue
        now = after.rows[new.name]
        if now["id"] != values["id"]:
            words.append(f"{old.name}: rows {list(values['id'])} are {list(now['id'])}")
            continue
        for column in old.columns:
            kept = new.get_column(column.key)
            if kept and (pair.is_answered or column.name == kept.name or has_any(values, column)):
                words += describe_lost_values(old, column, new, values, now)
    return "; ".join(words)


def has_any(values: Values, column: DrawnColumn) -> bool:
    """Return whether a column has a value: one of NULLs alone can be dropped, and not renamed."""
    return any(value is not None for value in values[column.name].values())


def describe_lost_values(
    old: DrawnTable, column: DrawnColumn, new: DrawnTable, values: Values, now: Values
) -> list[str]:
    """Return in words which values of a column are others in another table."""
    after = new.get_column(column.key)
    if after is None:
        return []
    return [
        f"{old.name}.{column.name} ({column.kind}) {value!r} is {new.name}.{after.name} "
        f"({after.kind}) {now[after.name][number]!r}"
        for number, value in values[column.name].items()
        if not is_same(value, now[after.name][number])
        and not (column.kind in JSON and is_same_json(value, now[after.name][number]))
    ]


def is_same_json(value: Any, now: Any) -> bool:
    """Return whether a text is the JSON of a value, which may be a text itself."""
    with suppress(ValueError):
        return isinstance(now, str) and bool(json.loads(now) == value)
    return False


def is_same(value: Any, now: Any) -> bool:
    """Return whether a value says what another one says, whose type may not be the same."""
    if value is None or now is None:  # as JSON's null is read
        return value is now or "null" in (value, now)
    if type(value) is type(now) and not isinstance(value, float):
        return bool(value == now)
    with suppress(ValueError, InvalidOperation, TypeError, KeyError):
        return is_same_number(value, now) or is_same_text(value, now) or is_same_moment(value, now)
    return False


def is_same_number(value: Any, now: Any) -> bool:
    numbers = (int, float, Decimal, bool)
    if not (isinstance(value, numbers) and isinstance(now, numbers)):
        return False
    if isinstance(value, float) or isinstance(now, float):
        return (
            float(value) == float(now)
            or abs(float(value) - float(now)) <= NOISE_OF_FLOATS
            or struct.pack("f", value) == struct.pack("f", now)  # a Float has but these digits
        )
    return Decimal(value) == Decimal(now)


def is_same_text(value: Any, now: Any) -> bool:
    """Return whether a text says what is of another type."""
    words, other = (value, now) if isinstance(value, str) else (now, value)
    if not isinstance(words, str):
        return False
    read = next((read for kind, read in READ_TEXT.items() if isinstance(other, kind)), json.loads)
    said = read(words)
    return is_same_number(said, other) if isinstance(other, float) else bool(said == other)


def read_boolean(words: str) -> bool:
    return {"true": True, "t": True, "1": True, "false": False, "f": False, "0": False}[words]


READ_TEXT: dict[type, Callable[[str], Any]] = {  # a boolean is an int, and a moment a date
    bool: read_boolean,
    int: Decimal,
    Decimal: Decimal,
    float: float,
    bytes: str.encode,
    dt.datetime: dt.datetime.fromisoformat,
    dt.date: dt.date.fromisoformat,
    dt.time: dt.time.fromisoformat,
    uuid.UUID: uuid.UUID,
}


def is_same_moment(value: Any, now: Any) -> bool:
    if isinstance(value, dt.datetime) or not isinstance(value, dt.date):
        return False
    return isinstance(now, dt.datetime) and dt.datetime.combine(value, dt.time()) == now
