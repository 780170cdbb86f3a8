"""Which of what is gone may be which of what is new.

Two columns of one kind may be a rename. Which of several it is, is told by what else they share:
length, NULL, uniqueness, what they refer to, and their names. Their places tell only in which order
to ask: whoever moves a column would see its values in another one.
"""

import warnings
from difflib import SequenceMatcher
from typing import Any, NamedTuple

from sqlalchemy import Column, Dialect, Index, Inspector, Table, UniqueConstraint
from sqlalchemy.engine.interfaces import ReflectedColumn
from sqlalchemy.types import Float, Numeric, TypeEngine

from safe_schema.autogenerate.renamed import Renames
from safe_schema.protection.column_types import resolve_type

ALIKE = 0.8  # how much of two names has to be the same, unless one is a part of the other
SHORTEST_PART = 3  # characters


class Looks(NamedTuple):
    """What a column or a table is like, besides its name."""

    kind: Any  # without the same one, nobody is asked
    traits: Any
    place: int


def pair_off(gone: dict[str, Looks], new: dict[str, Looks]) -> Renames:
    """Return the pairs of which each half fits the other one better than anything else."""
    pairs: Renames = {}
    while True:
        left_gone = {name: looks for name, looks in gone.items() if name not in pairs}
        left_new = {name: looks for name, looks in new.items() if name not in pairs.values()}
        found = {
            name: others[0]
            for name in left_gone
            if len(others := find_best(name, left_gone[name], left_new)) == 1
            and find_best(others[0], left_new[others[0]], left_gone) == [name]
        }
        if not found:
            return pairs
        pairs |= found


def find_best(name: str, looks: Looks, others: dict[str, Looks]) -> list[str]:
    """Return those that fit best: several if they fit equally, none if none is of that kind."""
    ranks = {
        other: rank(name, looks, other, others[other])
        for other in others
        if others[other].kind == looks.kind
    }
    return [other for other, each in ranks.items() if each == max(ranks.values())]


def rank(one: str, looks: Looks, other: str, others_looks: Looks) -> int:
    """Return in how many ways two of one kind fit: their traits, their names."""
    return int(looks.traits == others_looks.traits) + int(are_alike(one, other))


def are_alike(one: str, other: str) -> bool:
    """Return whether two names are nearly the same, or one is a part of the other."""
    first, second = (name.rpartition(".")[2].replace("_", "").lower() for name in (one, other))
    shorter, longer = sorted((first, second), key=len)
    is_part = len(shorter) >= SHORTEST_PART and shorter in longer
    return is_part or SequenceMatcher(None, first, second).ratio() >= ALIKE


def sort_candidates(
    name: str, gone: dict[str, Looks], new: dict[str, Looks], pairs: Renames
) -> list[str]:
    """Return what may be the new name, in the order in which to ask: what fits, then by place."""
    looks = gone[name]

    def key(other: str) -> tuple[bool, bool, int, int]:
        return (
            pairs.get(name) != other,
            other in pairs.values(),
            -rank(name, looks, other, new[other]),
            abs(looks.place - new[other].place),
        )

    return sorted((other for other in new if new[other].kind == looks.kind), key=key)


def look_at_columns(
    inspector: Inspector, table: str, tables: Renames | None = None
) -> dict[str, Looks]:
    """Return what the columns of a table in the database are like. `tables` have new names."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Skipped unsupported reflection of expression")
        keys = [tuple(each["column_names"]) for each in inspector.get_unique_constraints(table)]
        indexes = [each for each in inspector.get_indexes(table) if each["unique"]]
        keys += [tuple(map(str, each["column_names"])) for each in indexes]
    unique = {names[0] for names in keys if len(names) == 1}
    primary = inspector.get_pk_constraint(table)["constrained_columns"]
    referred: dict[str, set[str]] = {}
    for key in inspector.get_foreign_keys(table):
        parent = key["referred_table"]
        for name in key["constrained_columns"]:
            referred.setdefault(name, set()).add((tables or {}).get(parent, parent))

    def look_at(column: ReflectedColumn, place: int) -> Looks:
        name = column["name"]
        traits = (
            find_size(column["type"]),
            column["nullable"],
            name in unique,
            name in primary,
            referred.get(name, set()),
        )
        return Looks(column["type"]._type_affinity, traits, place)  # noqa: SLF001

    columns = enumerate(inspector.get_columns(table))
    return {column["name"]: look_at(column, place) for place, column in columns}


def look_at_model(table: Table, dialect: Dialect) -> dict[str, Looks]:
    """Return what the columns of a model are like."""
    constraints = [each for each in table.constraints if isinstance(each, UniqueConstraint)]
    indexes = [each for each in table.indexes if each.unique]
    keys: list[Index | UniqueConstraint] = [*constraints, *indexes]
    unique = {each.columns[0].name for each in keys if len(each.columns) == 1}

    def look_at(column: Column[Any], place: int) -> Looks:
        traits = (
            find_size(resolve_type(column.type, dialect)),
            bool(column.nullable),
            column.name in unique,
            column.primary_key,
            {key.column.table.name for key in column.foreign_keys},
        )
        return Looks(column.type._type_affinity, traits, place)  # noqa: SLF001

    return {column.name: look_at(column, place) for place, column in enumerate(table.columns)}


def find_size(kind: TypeEngine[Any]) -> Any:  # noqa: ANN401
    """Return the length of a text, or the digits of a number."""
    if isinstance(kind, Numeric) and not isinstance(kind, Float):
        return kind.precision, kind.scale
    return getattr(kind, "length", None)


def look_at_whole(columns: dict[str, Looks], place: int) -> Looks:
    """Return what a table is like."""
    return Looks(
        {name: looks.kind for name, looks in columns.items()},
        {name: looks.traits for name, looks in columns.items()},
        place,
    )
