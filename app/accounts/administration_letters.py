"""What is mailed about administration, in the current transaction: nobody learns of it too late."""

from typing import Literal

from app.accounts.letters import tell_owner
from app.models import User
from app.models.lookup import find_administrators

Deed = Literal["role changed", "disabled", "enabled", "logged out"]
News = Literal["added", "removed", "factor removed"]


def tell_account(user: User, deed: Deed) -> None:
    """Mail a user what was done to their account by whoever runs the site."""
    if user.has_account:
        role = user.role.name if user.role else ""
        tell_owner(user, "mail/administered", deed=deed, role=role)


def tell_administrators(user: User, news: News) -> None:
    """Mail all others who administer the site what has become of one who does, or did."""
    for administrator in find_administrators():
        if administrator.id != user.id:
            tell_owner(administrator, "mail/administrators", news=news, name=user.username)
