"""PostgreSQL's Enums are types of their own: they come with a first column, and go with a last one.

Alembic never drops them, so that a step back and forth again ends at a type that is there already.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from alembic.operations import ops
from sqlalchemy import Connection
from sqlalchemy.types import Enum

from safe_schema.protection.column_types import resolve_type

USED = """
SELECT typname FROM pg_type WHERE typtype = 'e' AND pg_type_is_visible(oid) AND EXISTS (
    SELECT FROM pg_depend WHERE refclassid = 'pg_type'::regclass
    AND refobjid IN (pg_type.oid, pg_type.typarray) AND deptype IN ('n', 'a')
)
"""
ALL = "SELECT typname FROM pg_type WHERE typtype = 'e' AND pg_type_is_visible(oid)"


def create_missing(connection: Connection, operation: ops.AlterColumnOp) -> None:
    """Create the Enum that a column is to have, unless it is there: its values are tried before."""
    if operation.modify_type is not None and connection.dialect.name == "postgresql":
        made = resolve_type(operation.modify_type, connection.dialect)
        if isinstance(made, Enum):
            made.create(connection, checkfirst=True)


@contextmanager
def dropping_unused(connection: Connection) -> Iterator[None]:
    """Drop the Enums that were in use before and are not afterwards, at the end of a step.

    Its revision may do so itself.
    """
    if connection.dialect.name != "postgresql":
        yield
        return
    used_before = set(connection.exec_driver_sql(USED).scalars())
    yield
    if used_before:
        used = set(connection.exec_driver_sql(USED).scalars())
        left = set(connection.exec_driver_sql(ALL).scalars())
        quote = connection.dialect.identifier_preparer.quote
        for name in sorted(used_before & left - used):
            connection.exec_driver_sql(f"DROP TYPE {quote(name)}")
