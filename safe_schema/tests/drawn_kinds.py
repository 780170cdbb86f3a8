"""Kinds of columns that are drawn: their type, values that are hard to keep, and defaults."""

import datetime as dt
import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import (
    CHAR,
    JSON,
    BigInteger,
    Boolean,
    Date,
    DateTime,
    Double,
    Enum,
    Float,
    Integer,
    LargeBinary,
    Numeric,
    SmallInteger,
    String,
    Text,
    Time,
    Uuid,
)
from sqlalchemy.dialects import mysql, postgresql
from sqlalchemy.types import TypeEngine

MARIADB = ("mysql", "mariadb")


class Kind(NamedTuple):
    """A kind of column. `make` is given the name that a type of PostgreSQL's own would have."""

    make: Callable[[str], TypeEngine[Any]]
    values: tuple[Any, ...]
    defaults: tuple[str, ...] = ()
    rule: str = ""  # a CHECK that all values pass


TEXTS = (
    "",
    "a",
    "ab",
    "ab ",
    " ab",
    "AB",
    "7",
    "007",
    "-1",
    "0.10",
    "1e3",
    "99999999999999999999",
    "12345678901234567.89",
    "José",
    "Jose\u0301",
    "Jose",
    "Straße",
    "李",
    "😀",
    "a\x00b",
    "it's 100 %",
    '{"a": 1, "a": 2}',
    "Open",
    "open ",
    "CLOSED",
    "true",
    "2026-10-25",
    "2026-10-25 02:30:00",
    "f47ac10b-58cc-4372-a567-0e02b2c3d479",
    "line\nbreak",
    "x" * 30,
    "y" * 64,
)
SMALL = (0, 1, -1, 7, 32767, -32768)
WHOLE = (*SMALL, 32768, 2147483647, -2147483648)
LONG = (*WHOLE, 2147483648, 2**53 + 1, 2**63 - 1, -(2**63))
PRICES = tuple(map(Decimal, ("0", "1.50", "-0.01", "99999999.99", "7")))
FINE = tuple(map(Decimal, ("0", "1.5565", "-0.0001", "999999.9999", "2147483648")))
MANY_DIGITS = (*FINE, Decimal("12345678901234567.8901234567"), Decimal("0.0000000001"))
FLOATS = (0.0, 1.5, -2.25, 1.1, 1e-10, 1e15, 123456.789, 7.0)
DATES = (dt.date(2026, 10, 25), dt.date(1, 1, 1), dt.date(9999, 12, 31), dt.date(2024, 2, 29))
MOMENTS = (
    dt.datetime(2026, 10, 25, 2, 30),  # noqa: DTZ001  # twice in Berlin
    dt.datetime(2026, 3, 29, 2, 30),  # noqa: DTZ001  # never there
    dt.datetime(2026, 11, 21, 12, 0, 0, 123456),  # noqa: DTZ001
    dt.datetime(1970, 1, 1),  # noqa: DTZ001
)
EXACT_MOMENTS = tuple(moment.replace(tzinfo=dt.UTC) for moment in MOMENTS)
TIMES = (dt.time(2, 30), dt.time(23, 59, 59, 999999), dt.time())
BYTES = (b"", b"a", b"\x00\xff", b"abc\x00", b"x" * 16)
DATA: tuple[Any, ...] = ({}, {"a": 1, "b": [None, 1.5]}, [], "text", 7)
UUIDS = (uuid.UUID("f47ac10b-58cc-4372-a567-0e02b2c3d479"), uuid.UUID(int=0))
STATES = ("Open", "Closed")
POSITIVE = "{} > -99999999999999999999"


def exactly(length: int) -> TypeEngine[Any]:
    """Return a text in which capitals and blanks count."""
    return (
        String(length)
        .with_variant(String(length, collation="C"), "postgresql")
        .with_variant(mysql.VARCHAR(length, collation="utf8mb4_bin"), *MARIADB)
    )


def regardless(length: int) -> TypeEngine[Any]:
    """Return a text in which capitals do not count, where a database has such a collation."""
    return (
        String(length)
        .with_variant(String(length, collation="NOCASE"), "sqlite")
        .with_variant(mysql.VARCHAR(length, collation="utf8mb4_general_ci"), *MARIADB)
    )


def text(make: Callable[[str], TypeEngine[Any]]) -> Kind:
    return Kind(make, TEXTS, ("'7'", "'it''s'", "''"), "{} <> 'forbidden'")


def enum(*values: str) -> Kind:
    return Kind(lambda name: Enum(*values, name=name), values, (f"'{values[0]}'",))


KINDS = {
    "small": Kind(lambda _: SmallInteger(), SMALL, ("7", "0"), POSITIVE),
    "integer": Kind(lambda _: Integer(), WHOLE, ("7", "0"), POSITIVE),
    "big": Kind(lambda _: BigInteger(), LONG, ("7", "0"), POSITIVE),
    "price": Kind(lambda _: Numeric(10, 2), PRICES, ("0.5", "7"), POSITIVE),
    "fine": Kind(lambda _: Numeric(10, 4), FINE, ("0.5",), POSITIVE),
    "digits": Kind(lambda _: Numeric(30, 10), MANY_DIGITS, ("0.5",)),
    "float": Kind(lambda _: Float(), FLOATS, ("1.5",)),
    "double": Kind(lambda _: Double(), FLOATS, ("1.5",)),
    "boolean": Kind(lambda _: Boolean(), (True, False)),
    "short": text(lambda _: String(5)),
    "string": text(lambda _: String(20)),
    "long": text(lambda _: String(64)),
    "exact": text(lambda _: exactly(20)),
    "regardless": text(lambda _: regardless(20)),
    "char": text(lambda _: CHAR(20)),
    "text": Kind(lambda _: Text(), TEXTS, (), "{} <> 'forbidden'"),
    "state": enum(*STATES),
    "more states": enum(*STATES, "Draft"),
    "small states": enum("open", "closed"),
    "date": Kind(lambda _: Date(), DATES, ("'2026-10-25'",)),
    "moment": Kind(lambda _: DateTime(), MOMENTS, ("'2026-10-25 02:30:00'",)),
    "exact moment": Kind(
        lambda _: DateTime().with_variant(mysql.DATETIME(fsp=6), *MARIADB), MOMENTS
    ),
    "zoned": Kind(lambda _: DateTime(timezone=True), EXACT_MOMENTS),
    "time": Kind(lambda _: Time(), TIMES),
    "bytes": Kind(lambda _: LargeBinary(), BYTES),
    "sixteen": Kind(
        lambda _: (
            LargeBinary()
            .with_variant(mysql.VARBINARY(16), *MARIADB)
            .with_variant(postgresql.BYTEA(), "postgresql")
        ),
        BYTES,
    ),
    "json": Kind(lambda _: JSON(), DATA),
    "jsonb": Kind(lambda _: JSON().with_variant(postgresql.JSONB(), "postgresql"), DATA),
    "uuid": Kind(lambda _: Uuid(), UUIDS),
}
TYPICAL = ("integer", "string", "text", "big", "price", "boolean", "moment", "state", "exact")
