"""What is to be done for a rename while old and new code run, and for the way back."""

import re
from collections.abc import Callable, Iterable
from typing import Any

from alembic.autogenerate.api import AutogenContext
from alembic.autogenerate.render import renderers
from alembic.operations import ops
from sqlalchemy import CheckConstraint, Column, DefaultClause
from sqlalchemy.sql.naming import conv

from safe_schema.autogenerate import checks
from safe_schema.operations.batches import UpdateInBatchesOp
from safe_schema.operations.equal_columns import KeepEqual, StopKeepingEqual

Operations = list[Any]  # of Alembic's


class GradualRename:
    """A column as it is in the database, and as it is in the models, of the same type."""

    def __init__(self, there: Column[Any], model: Column[Any]) -> None:
        self.there, self.model = there, model
        self.table, self.old, self.new = there.table.name, there.name, model.name

    def add(self, column: Column[Any]) -> ops.AddColumnOp:
        """Return what adds a column that may be empty, and that nothing fills by itself."""
        comment = column.comment
        added: Column[Any] = Column(column.name, self.model.type, nullable=True, comment=comment)
        return ops.AddColumnOp(self.table, added)

    def drop(self, column: Column[Any]) -> ops.DropColumnOp:
        """Return what drops it."""
        return ops.DropColumnOp(self.table, column.name)

    def let_be_null(self, column: Column[Any]) -> Operations:
        """Let a column be empty, as long as there are two."""
        if column.nullable:
            return []
        return [self._alter(column, existing_nullable=False, modify_nullable=True)]

    def forbid_null(self, column: Column[Any]) -> Operations:
        """Let it be NOT NULL, if it is to be that."""
        if column.nullable:
            return []
        return [self._alter(column, existing_nullable=True, modify_nullable=False)]

    def give_default(self, column: Column[Any]) -> Operations:
        """Give a column its default."""
        default = column.server_default
        if not isinstance(default, DefaultClause):
            return []
        return [self._alter(column, existing_nullable=True, modify_server_default=default)]

    def _alter(self, column: Column[Any], **changes: Any) -> ops.AlterColumnOp:  # noqa: ANN401
        return ops.AlterColumnOp(
            self.table,
            column.name,
            existing_type=self.model.type,
            existing_comment=column.comment,
            **changes,
        )


@renderers.dispatch_for(UpdateInBatchesOp)
def _write_update(_context: AutogenContext, operation: UpdateInBatchesOp) -> str:
    values = {name: f"sa.column({source!r})" for name, source in operation.values.items()}
    written = ", ".join(f"{name!r}: {source}" for name, source in values.items())
    return f"op.update_in_batches({operation.table_name!r}, {{{written}}})"


class Expansion:
    """The operations of all renames, taken from what Alembic finds without knowing of them.

    The one that follows has no default as long as there are two, and so, what it holds was written.
    """

    def __init__(self, renames: list[GradualRename]) -> None:
        self.renames = renames
        self.early: Operations = []  # indexes and unique constraints of new columns
        self.late: Operations = []  # the same if an old one has their name; and CHECKs
        self.drops: Operations = []  # of those of old columns
        for rename in renames:
            self._take_checks(rename)

    def _take_checks(self, rename: GradualRename) -> None:
        """Take CHECKs whose names stay: Alembic sees those alone that have another name."""
        present = checks.get_named_checks(rename.there.table)
        wanted = checks.get_named_checks(rename.model.table)
        for name in sorted(present.keys() & wanted.keys()):
            is_taken = name in map(get_name, self.drops)
            if mentions(str(present[name].sqltext), rename.old) and not is_taken:
                present[name].name = conv(name)  # which is whole, and no convention adds to it
                self.drops.append(ops.DropConstraintOp.from_constraint(present[name]))
                self.late.append(ops.AddConstraintOp.from_constraint(wanted[name]))

    def take(self, operation: Any) -> bool:  # noqa: ANN401
        """Return whether an operation belongs to one of the renames."""
        renames = [each for each in self.renames if each.table == get_table(operation)]
        old, new = {each.old for each in renames}, {each.new for each in renames}
        match operation:
            case ops.AddColumnOp():
                is_theirs = operation.column.name in new
            case ops.DropColumnOp():
                is_theirs = operation.column_name in old
            case ops.DropIndexOp():
                is_theirs = self._keep(self.drops, operation, operation.to_index(), old)
            case ops.CreateIndexOp():
                is_theirs = self._keep(self.early, operation, operation.to_index(), new)
            case ops.DropConstraintOp():
                is_theirs = self._keep(self.drops, operation, operation.to_constraint(), old)
            case ops.AddConstraintOp():
                is_check = isinstance(operation, ops.CreateCheckConstraintOp)
                place = self.late if is_check else self.early
                is_theirs = self._keep(place, operation, operation.to_constraint(), new)
            case _:
                is_theirs = False
        return is_theirs

    @staticmethod
    def _keep(place: Operations, operation: Any, item: Any, names: set[str]) -> bool:  # noqa: ANN401
        """Keep an operation if what it makes or drops has one of these columns."""
        if isinstance(item, CheckConstraint):
            is_theirs = any(mentions(str(item.sqltext), name) for name in names)
        else:
            is_theirs = any(getattr(column, "name", None) in names for column in item.columns)
        if is_theirs:
            place.append(operation)
        return is_theirs

    def _settle_names(self) -> None:
        """Let what has the name of something old come after it has gone."""
        gone = {get_name(operation) for operation in self.drops}
        self.late = [each for each in self.early if get_name(each) in gone] + self.late
        self.early = [each for each in self.early if get_name(each) not in gone]

    def _each(self, do: Callable[[GradualRename], Iterable[Any]]) -> Operations:
        return [operation for rename in self.renames for operation in do(rename)]

    def expand(self) -> Operations:
        """Add the new columns, and keep them equal to the old ones."""
        self._settle_names()
        return [
            *by_table(
                self._each(lambda rename: [rename.add(rename.model)]),
                self._each(lambda rename: rename.let_be_null(rename.there)),
                self.early,
            ),
            *(KeepEqual(each.table, each.old, each.new) for each in self.renames),
        ]

    def take_back(self) -> Operations:
        """Drop the new columns: what they hold is in the old ones."""
        return [
            *(StopKeepingEqual(each.table, each.old, each.new) for each in self.renames),
            *by_table(
                self._each(lambda rename: rename.give_default(rename.there)),
                reverse(self.early),
                self._each(lambda rename: [rename.drop(rename.model)]),
                self._each(lambda rename: rename.forbid_null(rename.there)),
            ),
        ]

    def copy(self) -> Operations:
        """Fill the new columns."""
        tables: dict[str, dict[str, Any]] = {}
        for each in self.renames:
            tables.setdefault(each.table, {})[each.new] = each.old
        return [UpdateInBatchesOp(table, values, None, None) for table, values in tables.items()]

    def contract(self) -> Operations:
        """Drop the old columns, and let the new ones be as the models have them.

        A default comes first: code that relies on it may write as soon as nothing is kept equal.
        """
        return [
            *by_table(self._each(lambda rename: rename.give_default(rename.model))),
            *(StopKeepingEqual(each.table, each.old, each.new) for each in self.renames),
            *by_table(
                self.drops,
                self._each(lambda rename: [rename.drop(rename.there)]),
                self._each(lambda rename: rename.forbid_null(rename.model)),
                self.late,
            ),
        ]

    def expand_again(self) -> Operations:
        """Bring the old columns back, filled, and keep them equal to the new ones."""
        return [
            *by_table(
                reverse(self.late),
                self._each(lambda rename: rename.let_be_null(rename.model)),
                self._each(lambda rename: [rename.add(rename.there)]),
                reverse(self.drops),
            ),
            *(KeepEqual(each.table, each.new, each.old, fill=True) for each in self.renames),
        ]


def by_table(*parts: Operations) -> Operations:
    """Return operations, in their order, with those of a table together."""
    tables: dict[str, Operations] = {}
    for operation in [each for part in parts for each in part]:
        tables.setdefault(get_table(operation), []).append(operation)
    return [ops.ModifyTableOps(table, operations) for table, operations in tables.items()]


def reverse(operations: Operations) -> Operations:
    """Return the way back."""
    return [operation.reverse() for operation in reversed(operations)]


def get_table(operation: Any) -> str:  # noqa: ANN401
    """Return the table of an operation."""
    return str(getattr(operation, "table_name", ""))


def get_name(operation: Any) -> str:  # noqa: ANN401
    """Return the name of an index or a constraint."""
    return str(getattr(operation, "index_name", None) or operation.constraint_name).lower()


def mentions(sql: str, name: str) -> bool:
    """Return whether SQL has a name in it."""
    return bool(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", sql))
