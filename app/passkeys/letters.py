"""What owners are mailed about their passkeys."""

from typing import Literal

from app.accounts.letters import tell_owner
from app.models import User

News = Literal["added", "removed", "all removed", "copied"]


def mail_news(user: User, news: News, name: str = "") -> None:
    """Mail a user what has happened to a passkey, or to all, in the current transaction."""
    tell_owner(user, "mail/passkey", news=news, name=name)
