"""SQLite changes a table by making it anew: what the revision does not change stays.

Alembic knows neither collations nor AUTOINCREMENT, cannot copy a column without a type, and casts
a day to a number.
"""

from typing import Any

from alembic.ddl.sqlite import SQLiteImpl
from sqlalchemy import (
    CheckConstraint,
    Column,
    Connection,
    Dialect,
    Index,
    Table,
    UniqueConstraint,
    func,
    inspect,
    type_coerce,
)
from sqlalchemy.types import Date, DateTime, NullType, String, TypeEngine, UserDefinedType

from safe_schema.operations.sqlite import find_unreflected_aspects
from safe_schema.protection.column_types import DOCUMENT, MOMENT, TEXT, get_kind, resolve_type
from safe_schema.protection.rules import FOREIGN_KEYS, INDEXES, Rule
from safe_schema.runs.journal import NOTED_AS

READ_FROM_TEXT = {MOMENT, "time", DOCUMENT}  # kinds of values that SQLite keeps as texts


class NoType(UserDefinedType[Any]):
    """What a column has whose definition names no type."""

    cache_ok = True

    def get_col_spec(self, **_options: object) -> str:
        """Return its name."""
        return ""


class WholeTables(SQLiteImpl):
    """How Alembic makes a table anew."""

    __dialect__ = "sqlite"

    def __init__(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401
        super().__init__(*arguments, **options)
        self.last_numbers: dict[str, int] = {}  # of AUTOINCREMENT, by the names of new tables
        self.indexes: dict[str, str] = {}  # their definitions, by their names

    def prep_table_for_batch(self, batch_impl: Any, table: Table) -> None:  # noqa: ANN401
        """Say of the new table what Alembic does not know of the old one."""
        super().prep_table_for_batch(batch_impl, table)
        connection, new = self.connection, batch_impl.new_table
        if connection is None or not inspect(connection).has_table(table.name):
            return
        aspects = [each[1:] for each in find_unreflected_aspects(connection, table.name)]
        collations = {name: words for name, aspect, words in aspects if aspect == "collation"}
        for column in new.columns:
            if column.computed is not None:  # which nobody can write to
                batch_impl.column_transfers.get(column.key, {}).pop("expr", None)
            keep_type(column, collations.get(column.key, "").removeprefix("COLLATE "), self.dialect)
        counts = any(aspect == "counts" for _, aspect, _ in aspects)
        if counts and "sqlite_autoincrement" not in batch_impl.table_kwargs:
            is_one = len(new.primary_key.columns) == 1
            new.dialect_options["sqlite"]["autoincrement"] = is_one
        if counts:
            self.last_numbers[new.name] = find_last_number(connection, table.name)
        keep_checks(batch_impl, table)
        keep_actions(connection, batch_impl, table)
        keep_unique(connection, new, table)
        self.indexes = find_kept_indexes(connection, batch_impl, table)

    def rename_table(
        self, old_table_name: str, new_table_name: str, schema: str | None = None
    ) -> None:
        """Rename a table. One that was made anew goes on to count where the old one was."""
        super().rename_table(old_table_name, new_table_name, schema=schema)
        number = self.last_numbers.pop(old_table_name, 0)
        if number and self.connection is not None:
            name = (new_table_name,)
            self.connection.exec_driver_sql("DELETE FROM sqlite_sequence WHERE name = ?", name)
            self.connection.exec_driver_sql(
                "INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (*name, number)
            )

    def create_index(self, index: Index, **options: Any) -> None:  # noqa: ANN401
        """Create an index. One that was there before is just as it was."""
        definition = self.indexes.pop(str(index.name), None)
        if definition and self.connection is not None:
            own = {NOTED_AS: definition}  # it is no statement of the revision
            self.connection.exec_driver_sql(definition, execution_options=own)
        else:
            super().create_index(index, **options)

    def cast_for_batch_migrate(
        self,
        existing: Column[Any],
        existing_transfer: dict[str, Any],
        new_type: TypeEngine[Any],
    ) -> None:
        """Convert the values of a column. SQLite's days and moments are texts."""
        made = resolve_type(new_type, self.dialect)
        kinds = {get_kind(existing.type), get_kind(made)}
        if get_kind(existing.type) == TEXT and kinds & READ_FROM_TEXT:
            return  # a cast would make 2024 of 2024-02-29, and 0 of {}
        if kinds != {MOMENT}:
            super().cast_for_batch_migrate(existing, existing_transfer, new_type)
        elif isinstance(existing.type, Date) and isinstance(made, DateTime):
            day = type_coerce(existing_transfer["expr"], String)
            existing_transfer["expr"] = day.concat(" 00:00:00.000000")
        elif isinstance(existing.type, DateTime) and isinstance(made, Date):
            existing_transfer["expr"] = func.substr(existing_transfer["expr"], 1, 10)


def keep_type(column: Column[Any], collation: str, dialect: Dialect) -> None:
    """Let a column have no type, or a collation, if that is what it had."""
    kind = column.type
    if isinstance(kind, NullType):
        column.type = NoType()
        return
    made = resolve_type(kind, dialect)
    if isinstance(made, String) and made.collation is None and collation not in {"", "BINARY"}:
        column.type = made.copy()
        column.type.collation = collation


def keep_checks(batch_impl: Any, table: Table) -> None:  # noqa: ANN401  # Alembic's
    """Let CHECKs without a name stay, unless they mention a column that changes.

    Alembic leaves them out, as they may come with the type of a column. Those that the revision
    gives as table_args are meant to be instead.
    """
    new = batch_impl.new_table
    if any(isinstance(each, CheckConstraint) for each in batch_impl.table_args):
        return
    types = {
        name
        for name, column in batch_impl.columns.items()
        if name in table.c and (column.name != name or str(column.type) != str(table.c[name].type))
    }
    gone = {*table.c.keys()} - {*batch_impl.columns} | types
    for check in [each for each in table.constraints if isinstance(each, CheckConstraint)]:
        words = Rule("check", "", str(check.sqltext))
        if not check.name and not any(words.mentions(name) for name in gone):
            new.append_constraint(CheckConstraint(check.sqltext.text))


def keep_actions(connection: Connection, batch_impl: Any, table: Table) -> None:  # noqa: ANN401
    """Let keys that the revision leaves alone keep what they do, where a column's words say it."""
    actions: dict[tuple[str, ...], tuple[str, str]] = {}
    columns: dict[int, list[str]] = {}
    for number, _, own, _, *both in connection.exec_driver_sql(FOREIGN_KEYS, (table.name,)):
        columns.setdefault(number, []).append(own)
        actions[tuple(columns[number])] = (both[0], both[1])
    left = [
        key
        for key in table.foreign_key_constraints
        if not key.name or batch_impl.named_constraints.get(key.name) is key
    ]
    for key in batch_impl.new_table.foreign_key_constraints:
        own = tuple(column.key for column in key.columns)
        was = [each for each in left if tuple(each.column_keys) == own]
        if was and own in actions and not (key.onupdate or key.ondelete):
            on_update, on_delete = actions[own]
            key.onupdate = None if on_update == "NO ACTION" else on_update
            key.ondelete = None if on_delete == "NO ACTION" else on_delete


def keep_unique(connection: Connection, new: Table, table: Table) -> None:
    """Let columns stay unique where SQLAlchemy does not see that they are."""
    seen = {
        tuple(each.columns.keys())
        for each in table.constraints
        if isinstance(each, UniqueConstraint)
    }
    found: dict[str, list[str]] = {}
    for name, _, origin, column, *_ in connection.exec_driver_sql(INDEXES, (table.name,)):
        if origin == "u":
            found.setdefault(name, []).append(column)
    for columns in found.values():
        if tuple(columns) not in seen and all(name in new.c for name in columns):
            new.append_constraint(UniqueConstraint(*[new.c[name] for name in columns]))


def find_kept_indexes(
    connection: Connection,
    batch_impl: Any,  # noqa: ANN401  # Alembic's
    table: Table,
) -> dict[str, str]:
    """Return the definitions of the indexes that the revision leaves alone."""
    if any(column.name != name for name, column in batch_impl.columns.items()):
        return {}  # they would name columns that are called something else now
    left = {
        name
        for name, index in batch_impl.indexes.items()
        if name not in batch_impl.new_indexes
        and all(column.key in batch_impl.columns for column in index.columns)
    }
    found = connection.exec_driver_sql(
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = ?", (table.name,)
    )
    return {name: sql for name, sql in found.all() if sql and name in left}


def find_last_number(connection: Connection, table: str) -> int:
    """Return the last number that AUTOINCREMENT has given in a table."""
    found = connection.exec_driver_sql("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,))
    return found.scalar() or 0
