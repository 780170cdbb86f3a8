"""Pairs of models as plain data: tables, what becomes of them, and rows. `drawing` draws them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    UniqueConstraint,
    text,
)

from safe_schema.tests.drawn_kinds import KINDS


@dataclass(frozen=True)
class DrawnColumn:
    """A column. Its key stays when it is renamed, and no other column of the pair has it."""

    key: int
    name: str
    kind: str
    nullable: bool = True
    default: str | None = None
    comment: str | None = None
    unique: bool = False
    indexed: bool = False
    has_rule: bool = False
    refers_to: int | None = None  # the key of a table
    on_delete: str | None = None


@dataclass(frozen=True)
class DrawnTable:
    """A table, which has an `id` beside its columns."""

    key: int
    name: str
    columns: tuple[DrawnColumn, ...]
    together: str | None = None  # "unique" or "indexed": the first two columns

    def get_column(self, key: int) -> DrawnColumn | None:
        return next((column for column in self.columns if column.key == key), None)


Model = tuple[DrawnTable, ...]
Row = dict[int, Any]  # by the key of its column


@dataclass(frozen=True)
class Pair:
    """A model, rows of it, and another model; and what happens on the way."""

    before: Model
    after: Model
    rows: dict[int, list[Row]] = field(hash=False)  # by the key of their table
    is_answered: bool = True  # whether the operator says what was renamed and what was dropped
    killed_at: int | None = None  # a statement of the upgrade

    def answers(self) -> Iterator[str]:
        """Give the `-x` options that say what was renamed, and what was dropped."""
        if not self.is_answered:
            return
        for old, new in self.tables():
            if new is None:
                yield f"drop={old.name}"
                continue
            if old.name != new.name:
                yield f"rename={old.name}:{new.name}"
            for column in old.columns:
                now = new.get_column(column.key)
                if now is None:
                    yield f"drop={new.name}.{column.name}"
                elif column.name != now.name:
                    yield f"rename={new.name}.{column.name}:{new.name}.{now.name}"

    def tables(self) -> Iterator[tuple[DrawnTable, DrawnTable | None]]:
        """Give each table of the first model, and what it is in the second one."""
        after = {table.key: table for table in self.after}
        for table in self.before:
            yield table, after.get(table.key)


def define(db: SQLAlchemy, model: Model) -> None:
    """Define the tables of a model."""
    names = {table.key: table.name for table in model}
    for table in model:
        made = Table(table.name, db.metadata, Column("id", Integer, primary_key=True))
        for column in table.columns:
            made.append_column(make_column(table, column, names))
        for column in table.columns:
            if column.unique:
                made.append_constraint(UniqueConstraint(column.name))
            if column.indexed:
                Index(f"ix_{table.name}_{column.name}", made.c[column.name])
            if column.has_rule and (rule := KINDS[column.kind].rule):
                # Another rule has another name.
                name = f"rule_{column.key}_{'number' if ' > ' in rule else 'text'}"
                made.append_constraint(CheckConstraint(rule.format(column.name), name=name))
        first = [column.name for column in table.columns[:2]]
        if table.together == "unique":
            made.append_constraint(UniqueConstraint(*first))
        elif table.together == "indexed":
            Index(f"ix_{table.name}_together", *(made.c[name] for name in first))


def make_column(table: DrawnTable, column: DrawnColumn, names: dict[int, str]) -> Column[Any]:
    """Return a column as a model has it. `names` are those of the tables."""
    kind = KINDS[column.kind].make(f"states_{table.key}_{column.key}")
    refers = []
    if column.refers_to in names:
        refers.append(ForeignKey(f"{names[column.refers_to]}.id", ondelete=column.on_delete))
    return Column(
        column.name,
        kind,
        *refers,
        nullable=column.nullable,
        server_default=None if column.default is None else text(column.default),
        comment=column.comment,
    )
