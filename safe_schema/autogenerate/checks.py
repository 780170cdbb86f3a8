"""`flask db migrate` and `check` see the named CHECKs that a model has gained or lost.

Alembic sees none. They are told apart by their names: a rule that only changes needs another one.
"""

from alembic.autogenerate.api import AutogenContext
from alembic.operations import ops
from alembic.runtime.plugins import Plugin
from alembic.util import DispatchPriority, PriorityDispatchResult
from sqlalchemy import CheckConstraint, Table

PLUGIN = "safe_schema.checks"


def compare_checks(
    _autogen: AutogenContext,
    modify: ops.ModifyTableOps,
    _schema: str | None,
    _name: str,
    there: Table | None,
    model: Table | None,
) -> PriorityDispatchResult:
    """Find the CHECKs of a table that are gone, and those that are new."""
    if there is not None and model is not None:
        present, wanted = get_named_checks(there), get_named_checks(model)
        gone = [present[name] for name in sorted(present.keys() - wanted.keys())]
        new = [wanted[name] for name in sorted(wanted.keys() - present.keys())]
        modify.ops += map(ops.DropConstraintOp.from_constraint, gone)
        modify.ops += map(ops.AddConstraintOp.from_constraint, new)
    return PriorityDispatchResult.CONTINUE


def get_named_checks(table: Table) -> dict[str, CheckConstraint]:
    """Return a table's CHECKs by name, but not those that come with a type."""
    checks = [each for each in table.constraints if isinstance(each, CheckConstraint)]
    return {str(check.name): check for check in checks if check.name and not comes_with_type(check)}


def comes_with_type(check: CheckConstraint) -> bool:
    """Return whether SQLAlchemy made a CHECK for a type, or MariaDB, as for JSON."""
    return getattr(check, "_type_bound", False) or str(check.sqltext).startswith("json_valid(")


def drop_before_renames(
    _autogen: AutogenContext, upgrade: ops.UpgradeOps
) -> PriorityDispatchResult:
    """Drop CHECKs under the names of before: then the way back makes them after those are back."""
    renames = [each for each in upgrade.ops if isinstance(each, ops.RenameTableOp)]
    former = {each.new_table_name: each.table_name for each in renames}
    first: list[ops.MigrateOperation] = []
    for each in upgrade.ops:
        if isinstance(each, ops.ModifyTableOps):
            table = former.get(each.table_name, each.table_name)
            drops = [drop(op, table) for op in each.ops if is_dropped_check(op)]
            each.ops = [op for op in each.ops if not is_dropped_check(op)]
            first += [ops.ModifyTableOps(table, drops)] if drops else []
    upgrade.ops = first + [each for each in upgrade.ops if not is_empty(each)]
    return PriorityDispatchResult.CONTINUE


def is_dropped_check(operation: ops.MigrateOperation) -> bool:
    """Return whether an operation drops a CHECK."""
    return isinstance(operation, ops.DropConstraintOp) and operation.constraint_type == "check"


def is_empty(operation: ops.MigrateOperation) -> bool:
    """Return whether nothing is left of the operations on a table."""
    return isinstance(operation, ops.ModifyTableOps) and operation.is_empty()


def drop(operation: ops.MigrateOperation, table: str) -> ops.DropConstraintOp:
    """Return the drop of a CHECK from a table of that name, which knows the way back."""
    assert isinstance(operation, ops.DropConstraintOp)  # noqa: S101
    check = operation.to_constraint()
    assert isinstance(check, CheckConstraint)  # noqa: S101
    back = ops.CreateCheckConstraintOp(operation.constraint_name, table, check.sqltext)
    return ops.DropConstraintOp(operation.constraint_name, table, type_="check", _reverse=back)


_plugin = Plugin(PLUGIN)
_plugin.add_autogenerate_comparator(
    compare_checks, "table", "checks", priority=DispatchPriority.LAST
)
_plugin.add_autogenerate_comparator(
    drop_before_renames, "autogenerate", "checks", priority=DispatchPriority.LAST
)
