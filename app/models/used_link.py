"""Links that have been used, where nothing else would tell."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Model
from app.models.columns import UtcDateTime, text_type, utc_now


class UsedLink(Model):
    """A link that made an account, which may have been deleted or renamed since.

    The rows are of use for as long as links live. The database lets one user of a link be first.
    """

    __tablename__ = "used_links"

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(text_type(64), unique=True)
    used_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now, index=True)

    def __repr__(self) -> str:
        """Return `<UsedLink 3>`."""
        return f"<UsedLink {self.id}>"
