"""`flask db migrate` writes operations in an order that a database can carry out.

Alembic drops tables before it changes the others, and so before the foreign keys that refer to
them. It drops a column's index before its foreign key, which MariaDB does not let go, and makes a
foreign key before its column has the other one's type.
"""

from alembic.autogenerate.api import AutogenContext
from alembic.operations import ops
from alembic.runtime.plugins import Plugin
from alembic.util import DispatchPriority, PriorityDispatchResult

PLUGIN = "safe_schema.order"


def drop_keys_first(_autogen: AutogenContext, upgrade: ops.UpgradeOps) -> PriorityDispatchResult:
    """Drop foreign keys before the tables that they refer to, and before indexes under them."""
    dropped = {each.table_name for each in upgrade.ops if isinstance(each, ops.DropTableOp)}
    first: list[ops.MigrateOperation] = []
    for each in upgrade.ops:
        if isinstance(each, ops.ModifyTableOps):
            to_dropped = [op for op in each.ops if get_referred_table(op) in dropped]
            if to_dropped and each.table_name not in dropped:
                each.ops = [op for op in each.ops if op not in to_dropped]
                first.append(ops.ModifyTableOps(each.table_name, to_dropped, schema=each.schema))
            each.ops = sorted(each.ops, key=get_turn)
    place = next(
        (number for number, op in enumerate(upgrade.ops) if isinstance(op, ops.DropTableOp)), 0
    )
    upgrade.ops[place:place] = first
    upgrade.ops = [
        each for each in upgrade.ops if not isinstance(each, ops.ModifyTableOps) or each.ops
    ]
    return PriorityDispatchResult.CONTINUE


def get_turn(operation: ops.MigrateOperation) -> int:
    """Return when an operation on a table comes: a foreign key goes first, and is made last."""
    if isinstance(operation, ops.CreateForeignKeyOp):
        return 2
    return 1 if get_referred_table(operation) is None else 0


def get_referred_table(operation: ops.MigrateOperation) -> str | None:
    """Return the table that a foreign key refers to, if the operation drops one."""
    if not isinstance(operation, ops.DropConstraintOp) or operation.constraint_type != "foreignkey":
        return None
    keys = operation.to_constraint().elements  # type: ignore[attr-defined]  # of a foreign key
    return str(keys[0].target_fullname.rpartition(".")[0])


_plugin = Plugin(PLUGIN)
_plugin.add_autogenerate_comparator(
    drop_keys_first, "autogenerate", "order", priority=DispatchPriority.LAST
)
