"""What a schema is, as far as it can be told from outside, so that two of them can be compared.

Alembic's own comparison overlooks primary keys, CHECKs and defaults; this one is exact. Left out
are the order of columns, and the names of primary and foreign keys, which a rename leaves behind.
"""

from typing import Any

from sqlalchemy import Connection, Dialect, inspect
from sqlalchemy.types import Enum, NullType

from safe_schema.operations import sqlite

Fingerprint = dict[str, set[str]]  # of each table, by its name: what it consists of, in words
Aspects = dict[str, str]  # of a column, in words: type, null, default ...
Columns = dict[str, dict[str, Aspects]]  # by the names of tables and of columns

# What an inspector tells of all tables at once: one by one takes a server many times as long.
ASPECTS_OF_TABLES = (
    *("columns", "pk_constraint", "foreign_keys"),
    *("unique_constraints", "indexes", "check_constraints"),
)


def take(connection: Connection, hidden: set[str]) -> Fingerprint:
    """Return the fingerprint of the default schema, without the hidden tables."""
    inspector = inspect(connection)
    inspector.clear_cache()
    found = {aspect: getattr(inspector, f"get_multi_{aspect}")() for aspect in ASPECTS_OF_TABLES}
    return {
        table: describe(
            {aspect: of_all[None, table] for aspect, of_all in found.items()}, inspector.dialect
        )
        for table in inspector.get_table_names()
        if table not in hidden
    }


def describe(found: dict[str, Any], dialect: Dialect) -> set[str]:
    """Return in words what a table consists of, of which an inspector found that."""
    primary_key = found["pk_constraint"]["constrained_columns"]
    words = {f"primary key ({', '.join(primary_key)})"}
    for column in found["columns"]:
        aspects = describe_column(column, dialect)
        words.add(f"column {column['name']} {format_aspects(aspects)}")
    for key in found["foreign_keys"]:
        options = {name: value for name, value in sorted(key["options"].items()) if value}
        words.add(
            f"foreign key ({', '.join(key['constrained_columns'])}) to {key['referred_table']} "
            f"({', '.join(key['referred_columns'])}) {options or ''}".strip()
        )
    constraints = found["unique_constraints"]
    for unique in constraints:
        words.add(f"unique {unique['name']} ({', '.join(unique['column_names'])})")
    names = {unique["name"] for unique in constraints}
    for index in found["indexes"]:
        if index["name"] not in names:  # of which PostgreSQL and MariaDB make an index as well
            kind = "unique index" if index["unique"] else "index"
            columns = [name or "an expression" for name in index["column_names"]]
            words.add(f"{kind} {index['name']} ({', '.join(columns)})")
    for check in found["check_constraints"]:
        words.add(f"check {check['name']} {' '.join(check['sqltext'].split())}")
    return words


def columns(connection: Connection) -> Columns:
    """Return what the columns of the default schema are."""
    reflected = inspect(connection).get_multi_columns()
    tables = {
        table: {column["name"]: describe_column(column, connection.dialect) for column in found}
        for (_schema, table), found in reflected.items()
    }
    if connection.dialect.name == "sqlite":
        for table, column, aspect, words in sqlite.find_unreflected_aspects(connection):
            tables[table][column][aspect] = words
    return tables


def describe_column(column: Any, dialect: Dialect) -> Aspects:  # noqa: ANN401
    """Return what a column is, in words."""
    kind = column["type"]
    name = str(kind) if isinstance(kind, NullType) else kind.compile(dialect)
    default = column.get("default") or ""
    numbers_rows = "nextval(" in default  # PostgreSQL's way to number rows
    return {
        "type": f"{name} {sorted(kind.enums)}" if isinstance(kind, Enum) else name,
        "null": "NULL" if column["nullable"] else "NOT NULL",
        "default": f"default {default}" if default and not numbers_rows else "",
        "comment": column.get("comment") or "",
        "counts": "numbers the rows" if column.get("autoincrement") is True else "",
    }


def format_aspects(aspects: Aspects) -> str:
    """Return in one line what a column is, without its comment."""
    return " ".join(filter(None, (aspects["type"], aspects["null"], aspects["default"])))


def differences(here: Fingerprint, there: Fingerprint) -> list[str]:
    """Return in words what `here` has more than `there`, and what it lacks."""
    found = [f"table {table} is extra" for table in sorted(here.keys() - there.keys())]
    found += [f"table {table} is missing" for table in sorted(there.keys() - here.keys())]
    for table in sorted(here.keys() & there.keys()):
        found += [f"{table}: {words} is extra" for words in sorted(here[table] - there[table])]
        found += [f"{table}: {words} is missing" for words in sorted(there[table] - here[table])]
    return found
