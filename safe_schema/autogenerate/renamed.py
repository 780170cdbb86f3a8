"""A database as it will be when tables and columns have been renamed.

Alembic compares it with the models, and finds exactly what is left to do. Only the default schema
is seen so.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from sqlalchemy import Inspector

Renames = dict[str, str]  # old name: new name
Record = dict[str, Any]  # what an inspector tells of a column, a key or an index

LISTS_OF_COLUMNS = ("column_names", "constrained_columns", "include_columns")


class Renamed:
    """New names for old ones. `columns` is by a table's old name."""

    def __init__(self, tables: Renames, columns: dict[str, Renames]) -> None:
        self.tables = tables
        self.columns = columns
        self.old_tables = {new: old for old, new in tables.items()}
        # What an inspector's `get_multi_...` tells of a table, and how it reads under new names.
        self.fixes: dict[str, Callable[[str, Any], Any]] = {
            "columns": self._each(self._column),
            "pk_constraint": self._key,
            "foreign_keys": self._each(self._foreign_key),
            "indexes": self._each(self._key),
            "unique_constraints": self._each(self._key),
            "check_constraints": lambda _table, records: records,
            "table_comment": lambda _table, record: record,
            "table_options": lambda _table, record: record,
        }

    def patch_inspector(self, inspector: Inspector) -> None:
        """Let an inspector tell new names. Alembic asks it by the functions that change here."""
        inspector.clear_cache()
        for kind, fix in self.fixes.items():
            name = f"get_multi_{kind}"
            setattr(inspector, name, self._asking(getattr(inspector, name), fix))
        ask_names = inspector.get_table_names

        @wraps(ask_names)
        def get_table_names(schema: str | None = None, **options: Any) -> list[str]:  # noqa: ANN401
            names = ask_names(schema=schema, **options)
            return names if schema else [self._table(name) for name in names]

        inspector.get_table_names = get_table_names  # type: ignore[method-assign]

    def _asking(
        self, ask: Callable[..., dict[Any, Any]], fix: Callable[[str, Any], Any]
    ) -> Callable[..., dict[Any, Any]]:
        @wraps(ask)
        def get_multi(
            schema: str | None = None,
            filter_names: list[str] | None = None,
            **options: Any,  # noqa: ANN401
        ) -> dict[tuple[str | None, str], Any]:
            if schema is None and filter_names is not None:
                filter_names = [self.old_tables.get(name, name) for name in filter_names]
            answers = ask(schema=schema, filter_names=filter_names, **options)
            if schema is not None:
                return answers
            return {
                (place, self._table(name)): fix(name, answer)
                for (place, name), answer in answers.items()
            }

        return get_multi

    @staticmethod
    def _each(
        fix: Callable[[str, Record], Record],
    ) -> Callable[[str, list[Record]], list[Record]]:
        return lambda table, records: [fix(table, record) for record in records]

    def _table(self, name: str) -> str:
        return self.tables.get(name, name)

    def _name(self, table: str, column: str) -> str:
        return self.columns.get(table, {}).get(column, column)

    def _column(self, table: str, record: Record) -> Record:
        return record | {"name": self._name(table, record["name"])}

    def _key(self, table: str, record: Record) -> Record:
        changed = dict(record)
        for field in LISTS_OF_COLUMNS:
            if record.get(field):
                changed[field] = [name and self._name(table, name) for name in record[field]]
        if record.get("column_sorting"):
            changed["column_sorting"] = {
                self._name(table, name): how for name, how in record["column_sorting"].items()
            }
        return changed

    def _foreign_key(self, table: str, record: Record) -> Record:
        changed = self._key(table, record)
        if record["referred_schema"] is None:
            referred = record["referred_table"]
            changed["referred_table"] = self._table(referred)
            changed["referred_columns"] = [
                self._name(referred, name) for name in record["referred_columns"]
            ]
        return changed
