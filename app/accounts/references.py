"""Which columns of all tables refer to users: what rooms add is found as well."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Column

from app.extensions import Model
from app.models import User


class Reference(NamedTuple):
    """A column that refers to a user, and whether its row is deleted with the user."""

    column: Column[Any]
    is_deleted: bool

    def __str__(self) -> str:
        """Return `messages.author_id`."""
        return f"{self.column.table.name}.{self.column.name}"


def find_references() -> Sequence[Reference]:
    """Return all columns that refer to users, in the order of their tables' names."""
    users = User.metadata.tables["users"]
    return [
        Reference(key.parent, is_deleted=key.ondelete == "CASCADE")
        for name, table in sorted(Model.metadata.tables.items())
        for key in sorted(table.foreign_keys, key=lambda key: key.parent.name)
        if key.references(users)
    ]
