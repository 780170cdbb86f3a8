"""A percent sign in a default, a CHECK or an index comes into a revision once.

The drivers of PostgreSQL and MariaDB want two for one. Alembic writes these two into the revision,
where each becomes two again: the default `'100 %'` would come back from a downgrade as `'100 %%'`.
"""

from typing import Any

from alembic.ddl.impl import DefaultImpl
from sqlalchemy import Column, DefaultClause


class SinglePercentSigns(DefaultImpl):
    """How Alembic writes and compares SQL, for a driver that wants two percent signs."""

    def render_ddl_sql_expr(self, *arguments: Any, **options: Any) -> str:  # noqa: ANN401
        """Return SQL as a revision has it."""
        return super().render_ddl_sql_expr(*arguments, **options).replace("%%", "%")

    def compare_server_default(
        self, there: Column[Any], model: Column[Any], wanted: str | None, present: str | None
    ) -> bool:
        """Return whether a default is another one. What is wanted is as the driver takes it."""
        default = model.server_default
        if wanted and isinstance(default, DefaultClause) and not isinstance(default.arg, str):
            wanted = wanted.replace("%%", "%")
        return bool(super().compare_server_default(there, model, wanted, present))  # type: ignore[no-untyped-call]
