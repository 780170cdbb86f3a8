"""How the types of the models are written into revisions."""

from typing import Literal

from alembic.autogenerate.api import AutogenContext

from app.models.columns import UtcDateTime


def render_item(kind: str, item: object, autogen: AutogenContext) -> str | Literal[False]:
    """Write types into a revision that do not depend on the application's code of that day."""
    if kind == "type" and isinstance(item, UtcDateTime):
        autogen.imports.add("from sqlalchemy.dialects import mysql")
        precise = 'with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")'
        return f"sa.DateTime(timezone=True).{precise}"
    return False
