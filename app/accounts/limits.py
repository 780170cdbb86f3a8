"""How often one may try: one's own password, changes of an account, and mails to others.

Nobody is locked out for good. The login has limits of its own: see `login_limits`.
"""

from app.accounts import floods
from app.models import Detail, User
from app.models.addresses import EmailAddress, get_mailbox
from app.web.limits import Allowance, Limit

OWN_PASSWORD = Limit(Detail.OWN_PASSWORD, "5 per 15 minutes")  # of one user, wrong ones
PROOFS = Limit(Detail.PROOFS, "30 per hour")  # of one user, right ones as well: each is hashed
NAMES = Limit(Detail.NAMES, "10 per hour")  # of one user
CHANGES = Limit(Detail.CHANGES, "20 per day")  # of one user's, each of which is mailed to them
EXPORTS = Limit(Detail.EXPORTS, "5 per day")  # of one user's data, all of which is read
NEW_BROWSERS = Allowance("new browsers", "5 per day")  # of one user's, that are mailed to them
MAILS = Limit(Detail.MAILS, "20 per hour", of_networks=True)
MAILS_TO_ONE = Limit(Detail.MAILS_TO_ONE, "3 per hour; 6 per day")  # to one person, for one purpose
UNASKED_MAILS = Limit(Detail.UNASKED_MAILS, "UNASKED_MAILS_LIMIT")  # of the site, for one purpose


def limit_own_password(user: User) -> None:
    """Count a password of somebody who is logged in before it is hashed.

    Raises TooManyRequests after too many. `OWN_PASSWORD.reset` forgets those that were right.
    """
    PROOFS.hit(str(user.id), user)
    OWN_PASSWORD.hit(str(user.id), user)


def limit_changes(user: User) -> None:
    """Raise TooManyRequests after too many changes of an account: its owner is mailed each."""
    CHANGES.hit(str(user.id), user)


def limit_mails(purpose: str, to: EmailAddress) -> None:
    """Raise TooManyRequests if too many mails would go out: from one place, or to one person."""
    MAILS.hit()
    MAILS_TO_ONE.hit(f"{purpose} {get_mailbox(to)}")


def limit_unasked_mails(purpose: str, to: EmailAddress) -> None:
    """Raise TooManyRequests if too many mails would go out for people who are not logged in.

    Each purpose has its share of the site's: who floods one of them leaves the others their mails.
    """
    limit_mails(purpose, to)
    if not UNASKED_MAILS.allows(purpose):
        floods.refuse(UNASKED_MAILS, purpose)
