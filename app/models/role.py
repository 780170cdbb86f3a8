"""Roles: what users may do on this site."""

from __future__ import annotations

import logging
from enum import IntFlag
from typing import TYPE_CHECKING, ClassVar

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DynamicMapped, Mapped, mapped_column, relationship, validates

from app.database import Query
from app.extensions import Model, db
from app.models.columns import max_length_check, non_negative_check, text_type

if TYPE_CHECKING:
    from app.models.user import User

log = logging.getLogger(__name__)


class Permission(IntFlag):
    """What one may be allowed to do. The values are the book's."""

    WRITE = 4
    MODERATE = 8
    ADMIN = 16


class Role(Model):
    """What a user is on this site: an administrator, a moderator, a user."""

    LONGEST_NAME = 64  # characters
    # The roles that every site has, the lowest first, and what their names mean.
    PERMISSIONS: ClassVar = {
        "User": Permission.WRITE,
        "Moderator": Permission.WRITE | Permission.MODERATE,
        "Administrator": Permission.WRITE | Permission.MODERATE | Permission.ADMIN,
    }
    DEFAULT = "User"
    HIGHEST = "Administrator"

    __tablename__ = "roles"
    __table_args__ = (
        max_length_check(LONGEST_NAME, "name"),
        non_negative_check("permissions"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(text_type(LONGEST_NAME), unique=True)
    permissions: Mapped[int] = mapped_column(default=0, server_default="0")
    users: DynamicMapped[User] = relationship(back_populates="role", query_class=Query)

    @staticmethod
    def insert_roles() -> None:
        """Make the roles that every site has, give each what its name means, and commit it.

        As in the book. Nobody has to call it: `get_or_insert` does the same when a role is needed.
        """
        Role.get_or_insert(Role.DEFAULT)
        db.session.commit()

    @staticmethod
    def get_or_insert(name: str) -> Role:
        """Return a role that every site has, in the current transaction.

        All of them are made if they are missing, and given the permissions that their names mean.
        """
        roles = Role._known()
        missing = [each for each in Role.PERMISSIONS if each not in roles]
        if missing:
            Role._insert(missing)
            roles = Role._known()
        for each, permissions in Role.PERMISSIONS.items():
            roles[each].add_missing_permissions(permissions)
        return roles[name]

    @staticmethod
    def _known() -> dict[str, Role]:
        """Return by name the roles in the database, and those that are about to get there."""
        saved = db.session.scalars(select(Role).where(Role.name.in_(Role.PERMISSIONS)))
        pending = [each for each in db.session.new if isinstance(each, Role)]
        return {role.name: role for role in [*saved, *pending]}

    @staticmethod
    def _insert(names: list[str]) -> None:
        """Insert roles, of which somebody else may insert the same at this moment.

        The connection has a savepoint, and not the session, which is perhaps being flushed.
        """
        connection = db.session.connection()
        for name in names:
            row = {"name": name, "permissions": Role.PERMISSIONS[name]}
            savepoint = connection.begin_nested()
            try:
                connection.execute(insert(Role).values(row))
            except IntegrityError:
                savepoint.rollback()  # not after a deadlock, with which MariaDB ends it
            else:
                savepoint.commit()

    def add_missing_permissions(self, permissions: Permission) -> None:
        """Add what of these permissions the role lacks, and tell the operator."""
        if not self.has_permission(permissions):
            log.warning("The role %s gets the permissions that its name means.", self.name)
            self.add_permission(permissions)

    def has_permission(self, permission: int) -> bool:
        """Return whether all of these are among the role's permissions."""
        return (self.permissions or 0) & permission == permission

    def add_permission(self, permission: int) -> None:
        self.permissions = (self.permissions or 0) | permission

    def remove_permission(self, permission: int) -> None:
        self.permissions = (self.permissions or 0) & ~permission

    def reset_permissions(self) -> None:
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


# Whether a role administers the site, for queries.
IS_HIGHEST = Role.permissions.bitwise_and(Permission.ADMIN) != 0
