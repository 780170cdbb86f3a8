"""Users: everybody who ever said a name."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from app.extensions import db
from app.models.columns import UtcDateTime, at_most, text
from app.models.nickname import LONGEST_KEY, LONGEST_NAME, InvalidNameError, nickname

if TYPE_CHECKING:
    from sqlalchemy.engine.default import DefaultExecutionContext

    from app.models.role import Role


def _now() -> datetime:
    return datetime.now(UTC)


def _key_of_username(context: DefaultExecutionContext) -> str:
    """Return the key for a row that did not come from an object, but from `insert(User)`.

    Raises InvalidNameError for a name that is not in its form: what is kept is what is shown.
    """
    row: dict[str, str] = context.get_current_parameters()
    name = nickname(row["username"])
    if name.shown != row["username"]:
        raise InvalidNameError(
            "%(name)s is written %(form)s.", name=repr(row["username"]), form=repr(name.shown)
        )
    return name.key


class User(db.Model):  # type: ignore[name-defined,misc]
    """A visitor whom Flasky has met. Only later may one have an account, and with it a role."""

    __tablename__ = "users"
    __table_args__ = (
        at_most(LONGEST_NAME, "username"),
        at_most(LONGEST_KEY, "username_key"),
        # SQLite's integers are longer than the others'.
        CheckConstraint(f"visits BETWEEN 0 AND {2**31 - 1}", name="visits_range"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(text(LONGEST_NAME), unique=True, index=True)
    role_id: Mapped[int | None] = mapped_column(ForeignKey("roles.id"), index=True)
    username_key: Mapped[str] = mapped_column(
        text(LONGEST_KEY), unique=True, default=_key_of_username
    )
    first_seen: Mapped[datetime] = mapped_column(UtcDateTime, default=_now)
    last_seen: Mapped[datetime] = mapped_column(UtcDateTime, default=_now)
    visits: Mapped[int] = mapped_column(default=0)

    role: Mapped[Role | None] = relationship(back_populates="users")

    @validates("username")
    def _enforce_username(self, _column: str, username: str) -> str:
        """Bring the name into its form, and keep its key beside it. Raise InvalidNameError."""
        name = nickname(username)
        self.username_key = name.key
        return name.shown

    def __repr__(self) -> str:
        """Return `<User 'john'>`."""
        return f"<User {self.username!r}>"
