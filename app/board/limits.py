"""How often one may write."""

from datetime import UTC, datetime, timedelta

from app.models import Detail, User
from app.web.limits import Limit

NEW_FOR = timedelta(days=1)  # an account: until then it may be one that was made to advertise

MESSAGES = Limit(Detail.MESSAGES, "MESSAGES_LIMIT")  # of one account
FIRST_MESSAGES = Limit(Detail.FIRST_MESSAGES, "FIRST_MESSAGES_LIMIT")  # of one on its first day


def limit_messages(user: User) -> None:
    """Count a message before it is written. Raise TooManyRequests after too many."""
    if _is_new(user):
        FIRST_MESSAGES.hit(str(user.id), user)
    MESSAGES.hit(str(user.id), user)


def _is_new(user: User) -> bool:
    return user.member_since is None or datetime.now(UTC) - user.member_since < NEW_FOR
