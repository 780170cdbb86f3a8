"""How Hypothesis draws pairs of models: a model with rows, and what edits make of it."""

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from safe_schema.tests.drawn_kinds import KINDS, TYPICAL
from safe_schema.tests.drawn_models import DrawnColumn, DrawnTable, Model, Pair, Row

MOST_TABLES = 3
MOST_COLUMNS = 4
MOST_EDITS = 5
MOST_ROWS = 4
ON_DELETE = (None, "CASCADE", "SET NULL")
COMMENTS = ("as typed", "it's 100 %")


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
