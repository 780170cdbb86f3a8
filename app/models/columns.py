"""Column types that hold the same values on SQLite, PostgreSQL and MariaDB."""

from datetime import UTC, datetime

from sqlalchemy import CheckConstraint, DateTime, Dialect, LargeBinary, String
from sqlalchemy.dialects import mysql
from sqlalchemy.types import TypeDecorator, TypeEngine

LARGEST_INTEGER = 2**31 - 1  # on PostgreSQL and MariaDB; SQLite's are longer


def utc_now() -> datetime:
    """Return this moment, as UtcDateTime keeps it: the default of a column."""
    return datetime.now(UTC)


def text_type(length: int) -> String:
    """Return the type of a text of that many characters at most.

    Texts are equal, and sorted, by their code points: the default collations would take
    José for Jose on MariaDB, and sort by the server's language on PostgreSQL.
    SQLite does not count characters: see `max_length_check` for that.
    """
    return (
        String(length)
        .with_variant(String(length, collation="C"), "postgresql")
        .with_variant(
            mysql.VARCHAR(length, charset="utf8mb4", collation="utf8mb4_bin"), "mysql", "mariadb"
        )
    )


def bytes_type(length: int) -> LargeBinary:
    """Return the type of that many bytes at most, which can be unique on MariaDB, too."""
    return LargeBinary(length).with_variant(mysql.VARBINARY(length), "mysql", "mariadb")


def max_length_check(length: int, column: str) -> CheckConstraint:
    """Return the rule that a text is not longer than its column: SQLite does not count by itself.

    `substr` counts characters on all three, and bytes of what is none; what `length` counts is
    always bytes on MariaDB.
    """
    return CheckConstraint(f"substr({column}, 1, {length}) = {column}", name=f"{column}_length")


def non_negative_check(column: str) -> CheckConstraint:
    """Return the rule that a number is not below 0, nor above what all three databases keep."""
    return CheckConstraint(f"{column} BETWEEN 0 AND {LARGEST_INTEGER}", name=f"{column}_range")


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC, to the microsecond: aware in Python, whatever the database keeps."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[datetime]:
        """Choose the type that keeps microseconds."""
        if dialect.name in {"mysql", "mariadb"}:
            return dialect.type_descriptor(mysql.DATETIME(fsp=6))
        return dialect.type_descriptor(DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn an aware moment into UTC. Raise ValueError for a naive one."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} names no time zone; use datetime.now(UTC)")
        moment = value.astimezone(UTC)
        return moment if dialect.name == "postgresql" else moment.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Name the zone that SQLite and MariaDB leave out; PostgreSQL answers in the session's."""
        if value is None:
            return None
        return value.astimezone(UTC) if dialect.name == "postgresql" else value.replace(tzinfo=UTC)
