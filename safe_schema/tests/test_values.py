"""A new type keeps the value that was there, or is refused: each old type with each new one.

The revision catches what is refused and goes on, so one migration tries all of them.
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from alembic import op
from alembic.util import CommandError
from sqlalchemy.dialects import mysql, postgresql
from sqlalchemy.exc import DBAPIError

from safe_schema.tests.small import Small

MOMENT = datetime(2026, 11, 22, 12, 30, 15, 123456)  # noqa: DTZ001
MIDNIGHT = datetime(2026, 11, 22)  # noqa: DTZ001
TEXTS = [
    *("", "a", "ab ", "OPEN", "open", "closed ", "é", "007", "1.5", "x" * 300, "日本" * 5000),
    *("7", "true", "300", "40000", "99999999999999999999", "12345678901234567890.12", "1e3"),
    *("0.123456789", "16777217", "3 ", "2026-11-22 12:30:15", "2026-1-2", "12:30:15", "{}"),
    "123e4567-e89b-12d3-a456-426614174000",
]
FLOATS = [0.1, 1.5, 1e-10, 1e20, 16777217.0, 1.23456789012345]
TYPES: list[tuple[sa.types.TypeEngine[Any], list[Any]]] = [
    (sa.SmallInteger(), [0, 1, -1, 300]),
    (sa.Integer(), [0, -1, 300, 40000, 1234567, 16777217, 2147483647]),
    (sa.BigInteger(), [7, 2**31, 2**53 + 1, 2**63 - 1, -(2**63)]),
    (sa.Numeric(10, 2), [Decimal(word) for word in ("0", "1", "1.50", "1.55", "12345678.91")]),
    (sa.Numeric(30, 10), [Decimal(word) for word in ("1", "1.556", "0.0000000001", "12345678901")]),
    (sa.Float(24), [1.5, 0.5, 0.1, 1234567.0]),
    (sa.Double(), FLOATS),
    (sa.Boolean(), [True, False]),
    (sa.String(3), ["", "a", "ab ", "7", "1.5"]),
    (sa.String(64), TEXTS[:9]),
    (sa.Text(), TEXTS),
    (sa.CHAR(5), ["abc", "12345"]),
    (sa.Enum("open", "closed", name="moods"), ["open", "closed"]),
    (sa.Enum("Open", "Closed", name="capitals"), ["Open"]),
    (sa.Date(), [date(2026, 11, 22)]),
    (sa.DateTime(), [MOMENT.replace(microsecond=0), MOMENT, MIDNIGHT]),
    (sa.DateTime(timezone=True), [MOMENT.replace(microsecond=0, tzinfo=UTC)]),
    (sa.Time(), [time(12, 30, 15), time(0, 0)]),
    (sa.Interval(), [timedelta(hours=1), timedelta(days=2, microseconds=5)]),
    (sa.Uuid(), [UUID(TEXTS[-1])]),
    (sa.LargeBinary(), [b"", b"abc", b"\x00\xff", b"7"]),
    (sa.BINARY(4), [b"abcd"]),
    (sa.VARBINARY(10), [b"abc", b"abcd"]),
    (sa.JSON(), [{"a": [1, 2.5, None]}, "text", 7]),
]
MORE_TYPES: dict[str, list[tuple[sa.types.TypeEngine[Any], list[Any]]]] = {
    "postgresql": [
        (postgresql.JSONB(), [{"a": 1, "bb": "é"}]),
        (postgresql.TIMESTAMP(precision=0), [MIDNIGHT]),
        (sa.Numeric(), [Decimal("1.50"), Decimal("1e30")]),
    ],
    "mysql": [
        (mysql.TINYINT(), [1, -128]),
        (mysql.INTEGER(unsigned=True), [0, 2**32 - 1]),
        (mysql.DATETIME(fsp=6), [MOMENT]),
        (mysql.DATETIME(fsp=3), [MOMENT.replace(microsecond=123000)]),
        (mysql.MEDIUMTEXT(), ["日本" * 15000, "x" * 70000]),
        (mysql.VARCHAR(64, charset="latin1"), ["José", "a"]),
        (mysql.VARCHAR(64, collation="utf8mb4_bin"), ["José", "日本"]),
        (mysql.TIME(fsp=6), [time(12, 30, 15, 5)]),
    ],
    "sqlite": [],
}
DATATYPE_MISMATCH = "42804"  # PostgreSQL wants a USING
PLAIN_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?")


def says_the_same(before: Any, after: Any) -> bool:  # noqa: PLR0911  # one for each kind
    """Return whether a value, read as another type, is what it was."""
    if bytes in {type(before), type(after)} or {type(before), type(after)} <= {str, type(None)}:
        return type(before) is type(after) and bool(before == after)
    try:
        if isinstance(before, date) or isinstance(after, date):
            return as_moment(before) == as_moment(after)
        if isinstance(before, UUID) or isinstance(after, UUID):
            return UUID(str(before)) == UUID(str(after))
        if isinstance(before, time) or isinstance(after, time):
            return as_time(before) == as_time(after)
        if isinstance(before, timedelta) or isinstance(after, timedelta):
            return True  # in each database's own words
        return is_same_number(before, after)
    except (TypeError, ValueError, ArithmeticError, AttributeError):
        return False


def is_same_number(before: Any, after: Any) -> bool:
    """Return whether two numbers are one, of which one may be a text, or true."""
    words = {True: "1", False: "0", "true": "1", "false": "0"}
    if isinstance(before, int) and isinstance(after, float):
        return before == after
    if bool in {type(before), type(after)}:
        return words.get(before, str(before)) == words.get(after, str(after))
    if isinstance(before, str) and not PLAIN_NUMBER.fullmatch(before):
        return False
    return Decimal(str(before)) == Decimal(str(after))


def as_moment(value: Any) -> datetime:
    """Return a day, a moment or the text of one as a moment without zone, in UTC."""
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day)  # noqa: DTZ001
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    return value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value  # type: ignore[no-any-return]


def as_time(value: Any) -> time:
    """Return a time of day, or the text of one, as that."""
    return value if isinstance(value, time) else time.fromisoformat(value)


def is_known(old: Any, new: Any, database: str) -> bool:
    """Return whether the database knows both types. Elsewhere, an interval is kept as a moment."""
    if database == "postgresql":
        return not {type(old), type(new)} & {sa.BINARY, sa.VARBINARY}
    return not (isinstance(old, sa.Interval) and isinstance(new, sa.Date | sa.DateTime))


class Trials:
    """What the revision tries, and what came of it."""

    def __init__(self) -> None:
        self.kept: list[str] = []
        self.refused: list[str] = []
        self.by_the_database: list[str] = []
        self.changed: list[str] = []

    def walk(self, only: int) -> None:
        """Try each new type on each value of an old one."""
        bind = op.get_bind()
        types = TYPES + MORE_TYPES[bind.dialect.name.replace("mariadb", "mysql")]
        for kind, _values in types:
            if isinstance(kind, sa.Enum):
                kind.create(bind, checkfirst=True)
        for number, (old, values) in enumerate(types):
            if number % 6 != only or not is_known(old, old, bind.dialect.name):
                continue
            hopeless: set[Any] = set()
            for value in values:
                self.begin(old, value)
                before = read(old)
                for new, _values in types:
                    if new in {old, *hopeless} or not is_known(old, new, bind.dialect.name):
                        continue
                    if self.attempt(old, value, before, new):
                        hopeless.add(new)
                op.execute("DROP TABLE t")

    def begin(self, old: sa.types.TypeEngine[Any], value: Any) -> None:
        if isinstance(old, sa.Enum) and op.get_bind().dialect.name == "postgresql":
            old = postgresql.ENUM(*old.enums, name=old.name, create_type=False)
        made = op.create_table(
            "t",
            sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
            sa.Column("v", old),
            mysql_charset="utf8mb4",
            mariadb_charset="utf8mb4",
        )
        op.bulk_insert(made, [{"id": 1, "v": value}])

    def attempt(self, old: Any, value: Any, before: Any, new: Any) -> bool:
        bind = op.get_bind()
        words = new.compile(bind.dialect)
        case = f"{old.compile(bind.dialect)} {str(value)[:40]!r} -> {words}"
        tries: list[dict[str, Any]] = [{}, {"postgresql_using": f"v::{words}"}]
        for options in tries if bind.dialect.name == "postgresql" else tries[:1]:
            with going_back(bind):
                try:
                    change(old, new, options)
                except CommandError as error:
                    self.refused.append(case)
                    if "could change" in str(error):  # whatever the value is
                        return True
                    continue
                except DBAPIError as error:
                    if getattr(error.orig, "sqlstate", "") != DATATYPE_MISMATCH:
                        self.by_the_database.append(f"{case}: {error.orig}")
                    continue
                after = read(new)
                was = before.rstrip() if isinstance(old, sa.CHAR) else before  # PostgreSQL pads it
                if isinstance(old, sa.JSON) and isinstance(new, sa.String | sa.JSON):
                    was = json.dumps(before)
                    after = json.dumps(json.loads(after) if isinstance(new, sa.String) else after)
                if says_the_same(was, after):
                    self.kept.append(case)
                else:
                    self.changed.append(f"{case}: {str(before)[:40]!r} is {str(after)[:40]!r}")
                if "mysql" in str(bind.dialect.name).replace("mariadb", "mysql"):
                    op.execute("DROP TABLE t")
                    self.begin(old, value)
            return False
        return False


def change(old: Any, new: Any, options: dict[str, Any]) -> None:
    with op.batch_alter_table("t") as batch:
        batch.alter_column("v", existing_type=old, type_=new, **options)


def read(kind: sa.types.TypeEngine[Any]) -> Any:
    try:
        return op.get_bind().scalar(sa.select(sa.column("v", kind)).select_from(sa.table("t")))
    except (ValueError, TypeError, LookupError) as error:
        return error


@contextmanager
def going_back(bind: sa.Connection) -> Iterator[None]:
    """Undo what was done, where the database can."""
    if bind.dialect.name in {"mysql", "mariadb"}:
        yield
        return
    savepoint = bind.begin_nested()
    yield
    savepoint.rollback()


trials = Trials()


@pytest.mark.timeout(600)
@pytest.mark.parametrize("only", range(6))
def test_a_value_is_kept_or_refused(small: Small, only: int) -> None:
    trials.__init__()  # type: ignore[misc]
    small.revision(1, f"from safe_schema.tests.test_values import trials\ntrials.walk({only})")
    small.db("upgrade")
    assert trials.changed == []
    assert trials.by_the_database == []
