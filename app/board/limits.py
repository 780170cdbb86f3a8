"""How often one may write, report, and search."""

from datetime import UTC, datetime, timedelta

from werkzeug.exceptions import TooManyRequests

from app.models import Detail, User
from app.web.limits import Allowance, Limit

NEW_FOR = timedelta(days=1)  # an account: until then it may be one that was made to advertise

MESSAGES = Limit(Detail.MESSAGES, "MESSAGES_LIMIT")  # of one account
FIRST_MESSAGES = Limit(Detail.FIRST_MESSAGES, "FIRST_MESSAGES_LIMIT")  # of one on its first day
SEARCHES = Allowance("searches", "SEARCHES_LIMIT", of_networks=True)  # the log need not tell of it
REPORTS = Limit(Detail.REPORTS, "REPORTS_LIMIT")  # of one account
# From one address, by all accounts together, and by all that are on their first day.
ADDRESS_MESSAGES = Limit(Detail.ADDRESS_MESSAGES, "ADDRESS_MESSAGES_LIMIT", of_networks=True)
ADDRESS_FIRST_MESSAGES = Limit(
    Detail.ADDRESS_FIRST_MESSAGES, "ADDRESS_FIRST_MESSAGES_LIMIT", of_networks=True
)


def limit_messages(user: User) -> None:
    """Count a message before it is written. Raise TooManyRequests after too many.

    The account comes first: one that writes too much leaves its neighbours what they may.
    """
    account = str(user.id)
    if _is_new(user):
        FIRST_MESSAGES.hit(account, user)
    MESSAGES.hit(account, user)
    if _is_new(user):
        ADDRESS_FIRST_MESSAGES.hit(subject=user)
    ADDRESS_MESSAGES.hit(subject=user)


def limit_reports(user: User) -> None:
    """Count a report before it is kept. Raise TooManyRequests after too many."""
    REPORTS.hit(str(user.id), user)


def limit_searches() -> None:
    """Count a search before it is made. Raise TooManyRequests after too many from one address."""
    if not SEARCHES.allows():
        raise TooManyRequests(retry_after=SEARCHES.seconds_left())


def _is_new(user: User) -> bool:
    return user.member_since is None or datetime.now(UTC) - user.member_since < NEW_FOR
