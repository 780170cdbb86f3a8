"""Roles, and the users that have them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy.orm import DynamicMapped, Mapped, mapped_column, relationship, validates

from app.database import Query
from app.extensions import db
from app.models.columns import at_most, text

if TYPE_CHECKING:
    from app.models.user import User


class Role(db.Model):  # type: ignore[name-defined,misc]
    """What a user is on this site: an administrator, a moderator, a user."""

    LONGEST_NAME = 64  # characters

    __tablename__ = "roles"
    __table_args__ = (at_most(LONGEST_NAME, "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(text(LONGEST_NAME), unique=True)
    users: DynamicMapped[User] = relationship(back_populates="role", query_class=Query)

    @validates("name")
    def _check_name(self, _column: str, name: str) -> str:
        """Raise ValueError for a name that the databases would not keep alike."""
        if not isinstance(name, str) or not name.isprintable() or name != name.strip() or not name:
            raise ValueError(f"{name!r} is no role's name; write a word without blanks around it")
        if len(name) > self.LONGEST_NAME:
            raise ValueError(f"a role's name has at most {self.LONGEST_NAME} characters")
        return name

    def __repr__(self) -> str:
        """Return `<Role 'Admin'>`."""
        return f"<Role {self.name!r}>"
