"""Types of columns as a database knows them: of which kind they are, and what fits into them."""

import re
from typing import Any

from sqlalchemy import Dialect
from sqlalchemy.types import (
    JSON,
    BigInteger,
    Boolean,
    Date,
    DateTime,
    Float,
    Integer,
    Interval,
    LargeBinary,
    Numeric,
    SmallInteger,
    String,
    Time,
    TypeDecorator,
    TypeEngine,
    Uuid,
)

NUMBER, TEXT, MOMENT, BYTES, DOCUMENT = "number", "text", "moment", "bytes", "document"
KINDS: list[tuple[str, tuple[type[TypeEngine[Any]], ...]]] = [
    (NUMBER, (Integer, Numeric, Float, Boolean)),
    (TEXT, (String,)),
    (MOMENT, (Date, DateTime)),
    (BYTES, (LargeBinary,)),
    (DOCUMENT, (JSON,)),
    ("time", (Time,)),
    ("interval", (Interval,)),
    ("uuid", (Uuid,)),
]
BYTES_OF_INTEGERS = {"TINYINT": 1, "MEDIUMINT": 3}  # MariaDB's; the others are everybody's
SAY_COLLATION = ("collation", "ascii", "binary", "unicode")  # beside a charset, in MySQL's types
TEXT_ON_MARIADB = re.compile(r"(VAR)?CHAR|\w*TEXT|ENUM|SET")


def resolve_type(
    kind: TypeEngine[Any] | type[TypeEngine[Any]], dialect: Dialect
) -> TypeEngine[Any]:
    """Return the type that a database knows, for one that a revision names."""
    made = kind() if isinstance(kind, type) else kind
    made = made._variant_mapping.get(dialect.name, made)  # noqa: SLF001
    if isinstance(made, TypeDecorator) and not isinstance(made, Interval):
        return resolve_type(made.load_dialect_impl(dialect), dialect)
    return made


def get_kind(of: TypeEngine[Any]) -> str:
    """Return of which kind the values of a type are, or the type's name if of none of these."""
    if type(of).__name__ == "INTERVAL":  # PostgreSQL's, which is no Interval
        return "interval"
    if of._type_affinity is LargeBinary()._type_affinity:  # noqa: SLF001  # BINARY is no LargeBinary
        return BYTES
    found = [kind for kind, types in KINDS if isinstance(of, types)]
    return found[0] if found else type(of).__name__


def is_fixed(kind: TypeEngine[Any]) -> bool:
    """Return whether all values of a type are equally long: CHAR and BINARY."""
    return kind.__visit_name__ in {"CHAR", "NCHAR", "BINARY"}


def is_decimal(kind: TypeEngine[Any]) -> bool:
    """Return whether the numbers of a type are decimal ones of so many digits."""
    return isinstance(kind, Numeric) and not isinstance(kind, Float)


def digits_of_seconds(kind: TypeEngine[Any]) -> int:
    """Return how many digits of a second's fraction MariaDB keeps in a type."""
    return getattr(kind, "fsp", None) or 0


def get_range(kind: Integer) -> tuple[int, int]:
    """Return the smallest and the largest number of a kind of integer."""
    usual = 2 if isinstance(kind, SmallInteger) else 8 if isinstance(kind, BigInteger) else 4
    values = 2 ** (8 * BYTES_OF_INTEGERS.get(kind.__visit_name__, usual))
    if getattr(kind, "unsigned", False):
        return 0, values - 1
    return -values // 2, values // 2 - 1


def get_digits(kind: Any, dialect: Dialect) -> int:  # noqa: ANN401  # Numeric or Float
    """Return how many digits of a decimal number are sure to come back from a type.

    SQLite keeps a decimal as a double. A single is of 24 bits, and MariaDB's FLOAT is one.
    """
    if dialect.name == "sqlite":
        return 15
    if is_decimal(kind):
        return kind.precision or 1000
    is_double = "DOUBLE" in kind.compile(dialect).upper() or (kind.precision or 0) > 24  # noqa: PLR2004
    is_float = kind.__visit_name__.lower() == "float" and dialect.name == "postgresql"
    return 15 if is_double or (is_float and kind.precision is None) else 6


def describe_type(
    new: TypeEngine[Any] | type[TypeEngine[Any]], collation: str | None, dialect: Dialect
) -> tuple[str, str]:
    """Return MariaDB's words for a new type, and for its collation if that stays.

    A text that names no collation keeps the one it has.
    """
    kind = resolve_type(new, dialect)
    words = dialect.type_compiler_instance.process(kind)
    charset = getattr(kind, "charset", None)
    says_more = any(getattr(kind, word, None) for word in SAY_COLLATION)
    stays = TEXT_ON_MARIADB.match(words) and (collation or "").startswith(
        f"{charset}_" if charset else ""
    )
    return words, f"COLLATE {collation}" if collation and stays and not says_more else ""
