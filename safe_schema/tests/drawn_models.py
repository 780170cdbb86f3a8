"""Pairs of models that Hypothesis draws, as plain data: tables, what becomes of them, and rows."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from flask_sqlalchemy import SQLAlchemy
from hypothesis import strategies as st
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

from safe_schema.tests.drawn_kinds import KINDS, TYPICAL

MOST_TABLES = 3
MOST_COLUMNS = 4
MOST_EDITS = 5
MOST_ROWS = 4
ON_DELETE = (None, "CASCADE", "SET NULL")
COMMENTS = ("as typed", "it's 100 %")


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


class Names:
    """Keys that nothing else of a pair has, and names with them."""

    def __init__(self) -> None:
        self.next = 0

    def give(self, begins: str) -> tuple[int, str]:
        self.next += 1
        return self.next, f"{begins}{self.next}"


def is_indexable(column: DrawnColumn) -> bool:
    """Return whether each of the databases makes an index over such a column."""
    return column.kind not in {"text", "bytes", "json", "jsonb"}


kinds = st.one_of(st.sampled_from(TYPICAL), st.sampled_from(sorted(KINDS)))
rarely: st.SearchStrategy[bool] = st.integers(0, 5).map(lambda number: number == 5)


@st.composite
def columns(draw: st.DrawFn, names: Names, others: list[int]) -> DrawnColumn:
    """Draw a column. `others` are the keys of the tables that it can refer to."""
    key, name = names.give("c")
    if bool(others) and draw(rarely):
        return DrawnColumn(
            key,
            name,
            "integer",
            refers_to=draw(st.sampled_from(others)),
            on_delete=draw(st.sampled_from(ON_DELETE)),
            indexed=draw(st.booleans()),
        )
    column = DrawnColumn(key, name, draw(kinds), nullable=not draw(rarely))
    return finish(
        replace(
            column,
            default=draw(defaults(column)) if draw(rarely) else None,
            comment=draw(st.sampled_from(COMMENTS)) if draw(rarely) else None,
            unique=draw(rarely),
            indexed=draw(rarely),
            has_rule=draw(rarely),
        )
    )


def defaults(column: DrawnColumn) -> st.SearchStrategy[str | None]:
    return st.sampled_from(KINDS[column.kind].defaults or (None,))


def finish(column: DrawnColumn) -> DrawnColumn:
    """Return a column without what its kind cannot have."""
    if column.default not in KINDS[column.kind].defaults:
        column = replace(column, default=None)
    if column.on_delete == "SET NULL" and not column.nullable:
        column = replace(column, on_delete=None)
    if not is_indexable(column):
        column = replace(column, unique=False, indexed=False)
    return column


@st.composite
def tables(draw: st.DrawFn, names: Names, others: list[int]) -> DrawnTable:
    """Draw a table that can refer to others, and to itself."""
    key, name = names.give("t")
    number = draw(st.integers(1, MOST_COLUMNS))
    drawn = tuple(draw(columns(names, [*others, key])) for _ in range(number))
    return fit_together(
        DrawnTable(key, name, drawn, draw(st.sampled_from((None, None, "unique", "indexed"))))
    )


def fit_together(table: DrawnTable) -> DrawnTable:
    """Return a table without an index over columns that cannot have one."""
    first = table.columns[:2]
    if len(first) == 2 and all(map(is_indexable, first)):
        return table
    return replace(table, together=None)


# What can become of a column. Each takes it, and draws what it is then; None is: dropped.


def retype(draw: st.DrawFn, column: DrawnColumn) -> DrawnColumn | None:
    if column.refers_to:
        return replace(column, refers_to=None, on_delete=None)
    return replace(column, kind=draw(kinds))


def change_default(draw: st.DrawFn, column: DrawnColumn) -> DrawnColumn | None:
    return replace(column, default=None if column.default else draw(defaults(column)))


def change_comment(draw: st.DrawFn, column: DrawnColumn) -> DrawnColumn | None:
    return replace(column, comment=draw(st.sampled_from((None, *COMMENTS))))


EDITS_OF_COLUMNS = {
    "drop": lambda _draw, _column: None,
    "retype": retype,
    "null": lambda _draw, column: replace(column, nullable=not column.nullable),
    "unique": lambda _draw, column: replace(column, unique=not column.unique),
    "index": lambda _draw, column: replace(column, indexed=not column.indexed),
    "rule": lambda _draw, column: replace(column, has_rule=not column.has_rule),
    "default": change_default,
    "comment": change_comment,
    "retype again": retype,
}
EDITS = (
    *EDITS_OF_COLUMNS,
    *("rename", "rename again", "add", "add again"),
    *("rename table", "drop table", "add table", "together", "refer"),
)


def edit(draw: st.DrawFn, names: Names, model: Model) -> Model:
    """Draw what becomes of one table of a model, or of one of its columns."""
    what = draw(st.sampled_from(EDITS))
    keys = [table.key for table in model]
    if what == "add table" or not model:
        return (*model, draw(tables(names, keys)))
    table = draw(st.sampled_from(model))
    if what == "drop table":
        return drop_table(model, table.key)
    if what == "rename table":
        changed = replace(table, name=names.give("t")[1])
    elif what == "together":
        changed = replace(table, together=draw(st.sampled_from((None, "unique", "indexed"))))
    elif what.startswith("add"):
        changed = replace(table, columns=(*table.columns, draw(columns(names, keys))))
    elif not table.columns:
        return model
    else:
        column = draw(st.sampled_from(table.columns))
        if what.startswith("rename"):
            now: DrawnColumn | None = replace(column, name=names.give("c")[1])
        elif what == "refer":
            is_free = column.kind == "integer" and not column.refers_to
            now = replace(column, refers_to=draw(st.sampled_from(keys)) if is_free else None)
        else:
            now = EDITS_OF_COLUMNS[what](draw, column)
        changed = replace(
            table,
            columns=tuple(
                finish(each)
                for each in (now if each is column else each for each in table.columns)
                if each
            ),
        )
    return tuple(fit_together(changed) if each is table else each for each in model)


def drop_table(model: Model, key: int) -> Model:
    """Return a model without a table, and without what refers to it."""
    left = []
    for table in model:
        if table.key != key:
            kept = tuple(
                replace(column, refers_to=None, on_delete=None)
                if column.refers_to == key
                else column
                for column in table.columns
            )
            left.append(replace(table, columns=kept))
    return tuple(left)


@st.composite
def rows(draw: st.DrawFn, table: DrawnTable) -> list[Row]:
    """Draw rows of a table; some may break its rules."""
    number = draw(st.integers(0, MOST_ROWS))
    return [{column.key: draw(values(column)) for column in table.columns} for _ in range(number)]


def values(column: DrawnColumn) -> st.SearchStrategy[Any]:
    """Return what draws the values of a column; those that refer to a row begin at 1."""
    if column.refers_to is not None:
        some: st.SearchStrategy[Any] = st.integers(1, 2)
    else:
        some = st.sampled_from(KINDS[column.kind].values)
    return st.one_of(some, some, st.none()) if column.nullable else some


@st.composite
def pairs(draw: st.DrawFn) -> Pair:
    """Draw a pair of models, with rows of the first one."""
    names = Names()
    before: Model = ()
    for _ in range(draw(st.integers(1, MOST_TABLES))):
        before = (*before, draw(tables(names, [table.key for table in before])))
    after = before
    for _ in range(draw(st.integers(1, MOST_EDITS))):
        after = edit(draw, names, after)
    return Pair(
        before,
        after,
        {table.key: draw(rows(table)) for table in before},
        is_answered=not draw(rarely),
        killed_at=draw(st.integers(1, 15)) if draw(rarely) else None,
    )
