"""MariaDB and MySQL want an index under each foreign key, make one if there is none, and keep it.

So they do not drop the last index under a key, which no other database minds; and what they made
stays when its key is dropped, where no model has it.
"""

from collections.abc import Callable
from typing import Any

from alembic.ddl.mysql import MySQLImpl
from sqlalchemy import (
    Connection,
    Constraint,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
    inspect,
)
from sqlalchemy.schema import DropConstraint, DropIndex, ExecutableDDLElement

from safe_schema.runs import journal

Changes = Callable[[Connection, str, str, Any], list[str]]  # of a table


class IndexesUnderKeys(MySQLImpl):
    """How Alembic drops an index, or a foreign key, with what belongs to it."""

    def drop_constraint(self, const: Constraint, **options: Any) -> None:  # noqa: ANN401
        """Drop a foreign key with its index; a uniqueness, as any index."""
        if isinstance(const, UniqueConstraint):
            self._drop(DropConstraint(const, **options), const.table.name, put_index, const.name)
        elif isinstance(const, ForeignKeyConstraint):
            self._drop(DropConstraint(const, **options), const.table.name, drop_index, const.name)
        else:
            super().drop_constraint(const, **options)

    def drop_index(self, index: Index, **options: Any) -> None:  # noqa: ANN401
        """Drop an index. A foreign key that has no other one gets one of its own."""
        assert index.table is not None  # noqa: S101
        self._drop(DropIndex(index, **options), index.table.name, put_index, index.name)

    def _drop(
        self, definition: ExecutableDDLElement, table: str, more: Changes, name: object
    ) -> None:
        """Run a statement, together with what `more` says has to be done with it.

        The journal knows it without that, which is another one when it is run again.
        """
        if self.as_sql or self.connection is None:
            self._exec(definition)
            return
        statement = str(definition.compile(dialect=self.dialect))
        quote = self.dialect.identifier_preparer.quote
        changes = more(self.connection, table, str(name), quote)
        together = f"ALTER TABLE {quote(table)} {', '.join(changes)}"
        self.connection.exec_driver_sql(
            together if changes else statement, execution_options={journal.NOTED_AS: statement}
        )


def put_index(connection: Connection, table: str, name: str, quote: Any) -> list[str]:  # noqa: ANN401
    """Return the changes that drop an index and put one under a key, if one needs that."""
    keys, indexes = look(connection, table)
    if name not in indexes:
        return []
    others = [columns for other, columns in indexes.items() if other != name]
    bare = [
        key
        for key in keys
        if begins_with(indexes[name], key["constrained_columns"])
        and not any(begins_with(columns, key["constrained_columns"]) for columns in others)
    ]
    if not bare:
        return []
    columns = ", ".join(map(quote, bare[0]["constrained_columns"]))
    return [f"ADD INDEX {quote(bare[0]['name'])} ({columns})", f"DROP INDEX {quote(name)}"]


def drop_index(connection: Connection, table: str, name: str, quote: Any) -> list[str]:  # noqa: ANN401
    """Return the changes that drop a key and the index that was made for it, if there is one."""
    keys, indexes = look(connection, table)
    others = [key["constrained_columns"] for key in keys if key["name"] != name]
    if name not in indexes or any(begins_with(indexes[name], columns) for columns in others):
        return []
    return [f"DROP FOREIGN KEY {quote(name)}", f"DROP INDEX {quote(name)}"]


def look(connection: Connection, table: str) -> tuple[list[Any], dict[str, list[str]]]:
    """Return a table's foreign keys, and the columns of its indexes."""
    inspector = inspect(connection)
    if not inspector.has_table(table):
        return [], {}
    indexes = {
        str(index["name"]): [str(name) for name in index["column_names"]]
        for index in inspector.get_indexes(table)
    }
    primary = {"": inspector.get_pk_constraint(table)["constrained_columns"]}
    return inspector.get_foreign_keys(table), primary | indexes


def begins_with(columns: list[str], first: list[str]) -> bool:
    """Return whether an index over columns serves a key over some of them."""
    return columns[: len(first)] == first
