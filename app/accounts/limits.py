"""How often one may try: guessing passwords, and mails to others, are slowed down.

Nobody is locked out for good.
"""

from app.client import client_network
from app.models import Detail, User
from app.web.limits import Allowance, Limit

LOGINS = Limit(Detail.LOGINS, "10 per minute")  # from one address
WRONG_PASSWORDS = Limit(Detail.WRONG_PASSWORDS, "5 per 15 minutes")  # for a login, from one place
WRONG_PASSWORDS_IN_ALL = Limit(Detail.WRONG_PASSWORDS_IN_ALL, "50 per hour")  # for a login
OWN_PASSWORD = Limit(Detail.OWN_PASSWORD, "5 per 15 minutes")  # of one user, in the settings
NAMES = Limit(Detail.NAMES, "10 per hour")  # of one user
CHANGES = Limit(Detail.CHANGES, "20 per day")  # of one user's, each of which is mailed to them
NEW_BROWSERS = Allowance("new browsers", "5 per day")  # of one user's, that are mailed to them
MAILS = Limit(Detail.MAILS, "20 per hour")  # from one address
MAILS_TO_ONE = Limit(Detail.MAILS_TO_ONE, "3 per hour")  # to one address, for one purpose


def limit_passwords(who: str, user: User | None) -> None:
    """Count a password before it is known whether it is wrong: many may be tried at once.

    Raises TooManyRequests after too many. Whoever tries them from elsewhere slows the owner down
    only by trying from many addresses. `who` is a name or an address in its form, and not a user:
    else a name and an address that are slowed down together would be known for one user's.
    """
    WRONG_PASSWORDS.hit(f"{who} from {client_network()}", user)
    WRONG_PASSWORDS_IN_ALL.hit(who, user)


def reset_password_limits(who: str) -> None:
    """Count from the beginning: the password was right."""
    WRONG_PASSWORDS.reset(f"{who} from {client_network()}")
    WRONG_PASSWORDS_IN_ALL.reset(who)


def limit_changes(user: User) -> None:
    """Raise TooManyRequests after too many changes of an account: its owner is mailed each."""
    CHANGES.hit(str(user.id), user)


def limit_mails(purpose: str, to: str) -> None:
    """Raise TooManyRequests if too many mails would go out."""
    MAILS.hit(client_network())
    MAILS_TO_ONE.hit(f"{purpose} {to}")
