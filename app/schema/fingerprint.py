"""What a schema is, as far as it can be told from outside, so that two of them can be compared.

Alembic's own comparison overlooks primary keys, CHECKs and defaults; this one is exact. Left out
are the order of columns, and the names of primary and foreign keys, which a rename leaves behind.
"""

from typing import Any

from sqlalchemy import Connection, inspect
from sqlalchemy.types import Enum

Fingerprint = dict[str, set[str]]  # of each table, by its name: what it consists of, in words


def take(connection: Connection, hidden: set[str]) -> Fingerprint:
    """Return the fingerprint of the default schema, without the hidden tables."""
    inspector = inspect(connection)
    inspector.clear_cache()
    return {
        table: describe(inspector, table)
        for table in inspector.get_table_names()
        if table not in hidden
    }


def describe(inspector: Any, table: str) -> set[str]:  # noqa: ANN401  # SQLAlchemy's are untyped
    """Return what a table consists of, in words."""
    primary_key = inspector.get_pk_constraint(table)["constrained_columns"]
    words = {f"primary key ({', '.join(primary_key)})"}
    for column in inspector.get_columns(table):
        words.add(describe_column(column))
    for key in inspector.get_foreign_keys(table):
        options = {name: value for name, value in sorted(key["options"].items()) if value}
        words.add(
            f"foreign key ({', '.join(key['constrained_columns'])}) to {key['referred_table']} "
            f"({', '.join(key['referred_columns'])}) {options or ''}".strip()
        )
    constraints = inspector.get_unique_constraints(table)
    for unique in constraints:
        words.add(f"unique {unique['name']} ({', '.join(unique['column_names'])})")
    names = {unique["name"] for unique in constraints}
    for index in inspector.get_indexes(table):
        if index["name"] not in names:  # of which PostgreSQL and MariaDB make an index as well
            kind = "unique index" if index["unique"] else "index"
            columns = [name or "an expression" for name in index["column_names"]]
            words.add(f"{kind} {index['name']} ({', '.join(columns)})")
    for check in inspector.get_check_constraints(table):
        words.add(f"check {check['name']} {' '.join(check['sqltext'].split())}")
    return words


def describe_column(column: dict[str, Any]) -> str:
    """Return what a column is, in words."""
    kind = column["type"]
    name = str(kind) if not isinstance(kind, Enum) else f"{kind} {sorted(kind.enums)}"
    collation = getattr(kind, "collation", None)
    default = column.get("default")
    if default and "nextval(" in default:  # PostgreSQL's way to number rows
        default = None
    words = [f"column {column['name']} {name}"]
    if collation and collation not in name:
        words.append(f"collation {collation}")
    words.append("NULL" if column["nullable"] else "NOT NULL")
    if default is not None:
        words.append(f"default {default}")
    return " ".join(words)


def differences(here: Fingerprint, there: Fingerprint) -> list[str]:
    """Return in words what `here` has more than `there`, and what it lacks."""
    found = [f"table {table} is extra" for table in sorted(here.keys() - there.keys())]
    found += [f"table {table} is missing" for table in sorted(there.keys() - here.keys())]
    for table in sorted(here.keys() & there.keys()):
        found += [f"{table}: {words} is extra" for words in sorted(here[table] - there[table])]
        found += [f"{table}: {words} is missing" for words in sorted(there[table] - here[table])]
    return found
