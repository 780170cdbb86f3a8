"""Which messages have which words: what a search looks into."""

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Model


class SearchTerm(Model):
    """A message has a term: see `app.board.search` for what that is.

    The primary key serves a search, newest first. There is no second index for what deletes rows of
    messages, which Flasky never does.
    """

    __tablename__ = "search_terms"
    __table_args__ = ({"sqlite_with_rowid": False},)

    term: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    message_id: Mapped[int] = mapped_column(
        ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )

    def __repr__(self) -> str:
        """Return `<SearchTerm 5 of 7>`."""
        return f"<SearchTerm {self.term} of {self.message_id}>"
