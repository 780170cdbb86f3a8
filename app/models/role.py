"""Roles: what users may do on this site."""

from __future__ import annotations

from enum import IntFlag
from typing import TYPE_CHECKING, ClassVar

from sqlalchemy import CheckConstraint, select
from sqlalchemy.orm import DynamicMapped, Mapped, mapped_column, relationship, validates

from app.database import Query
from app.extensions import db
from app.models.columns import at_most, text

if TYPE_CHECKING:
    from app.models.user import User


class Permission(IntFlag):
    """What one may be allowed to do. The values are the book's."""

    WRITE = 4
    MODERATE = 8
    ADMIN = 16


class Role(db.Model):  # type: ignore[name-defined,misc]
    """What a user is on this site: an administrator, a moderator, a user."""

    LONGEST_NAME = 64  # characters
    # The roles of a new site. The first is what every new account gets.
    PERMISSIONS: ClassVar = {
        "User": Permission.WRITE,
        "Moderator": Permission.WRITE | Permission.MODERATE,
        "Administrator": Permission.WRITE | Permission.MODERATE | Permission.ADMIN,
    }
    DEFAULT = "User"
    HIGHEST = "Administrator"

    __tablename__ = "roles"
    __table_args__ = (
        at_most(LONGEST_NAME, "name"),
        CheckConstraint(f"permissions BETWEEN 0 AND {2**31 - 1}", name="permissions_range"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(text(LONGEST_NAME), unique=True)
    permissions: Mapped[int] = mapped_column(default=0, server_default="0")
    users: DynamicMapped[User] = relationship(back_populates="role", query_class=Query)

    @staticmethod
    def insert_roles() -> None:
        """Make the roles of a new site, and give those that are there their permissions.

        `flask db upgrade` has done it already; `db.create_all()` does not.
        """
        for name, permissions in Role.PERMISSIONS.items():
            role = db.session.scalar(select(Role).filter_by(name=name)) or Role(name=name)
            role.permissions = permissions
            db.session.add(role)
        db.session.commit()

    @staticmethod
    def named(name: str) -> Role:
        """Return a role of a new site, which is made if it is missing. Commits in that case."""
        find = select(Role).filter_by(name=name)
        role = db.session.scalar(find)
        if role is None:
            Role.insert_roles()
            role = db.session.scalars(find).one()
        return role

    def has_permission(self, permission: int) -> bool:
        """Return whether all of these are among the role's permissions."""
        return (self.permissions or 0) & permission == permission

    def add_permission(self, permission: int) -> None:
        """Allow something."""
        self.permissions = (self.permissions or 0) | permission

    def remove_permission(self, permission: int) -> None:
        """Allow something no longer."""
        self.permissions = (self.permissions or 0) & ~permission

    def reset_permissions(self) -> None:
        """Allow nothing."""
        self.permissions = 0

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
