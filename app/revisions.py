"""How the types of the models are written into revisions, and whose revisions others are."""

from typing import Literal

from alembic.autogenerate.api import AutogenContext

from app.models.columns import UtcDateTime

# The book's revisions, from chapter 5 to its end, as tables called alembic_version have them.
REVISIONS_OF_THE_BOOK = (
    "38c4e85512a9",  # roles and users: chapters 5 to 7
    "456a945560f6",  # addresses and passwords
    "190163627111",
    "56ed7d33de8d",
    "d66f086b258",
    "198b0eebcf9",
    "1b966e7f4b9e",
    "288cd3dc5a8",
    "2356a38169ea",
    "51f5ccfba190",  # comments: the last one
)
WAY_OVER = (
    "It is the book's own flasky's: leave it as it is, let this site have a database of its own, "
    "and take the users over with `flask user import` and the address of the old one"
)
OTHER_HISTORIES = dict.fromkeys(REVISIONS_OF_THE_BOOK, WAY_OVER)


def render_item(kind: str, item: object, autogen: AutogenContext) -> str | Literal[False]:
    """Write types into a revision that do not depend on the application's code of that day."""
    if kind == "type" and isinstance(item, UtcDateTime):
        autogen.imports.add("from sqlalchemy.dialects import mysql")
        precise = 'with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")'
        return f"sa.DateTime(timezone=True).{precise}"
    return False
