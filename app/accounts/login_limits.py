"""How often passwords may be guessed at the login, and how the owner gets in meanwhile.

A browser in which the owner has logged in before is counted by itself. All others share what
strangers may try: at one place, for one login, and on the whole site.
"""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from werkzeug.exceptions import TooManyRequests

from app.accounts import floods
from app.accounts.devices import Device
from app.models import Detail, User
from app.web.languages import gettext
from app.web.limits import Allowance, Limit

LOGINS = Limit(Detail.LOGINS, "10 per minute", of_networks=True)
DEVICE_PASSWORDS = Allowance("device passwords", "5 per 15 minutes")  # for a login, in a browser
# For a login: from one place, and from everywhere.
WRONG_PASSWORDS = Limit(Detail.WRONG_PASSWORDS, "5 per 15 minutes", of_networks=True)
WRONG_PASSWORDS_IN_ALL = Limit(Detail.WRONG_PASSWORDS_IN_ALL, "50 per hour")
FAILED_LOGINS = Limit(Detail.FAILED_LOGINS, "FAILED_LOGINS_LIMIT")  # of strangers, on the site
LET_IN_FOR = timedelta(hours=1)  # by an operator, whatever happens on the site


class Attempt(NamedTuple):
    """Somebody gives a password.

    `login` is a name or an address in its form, and not a user: else a name and an address that are
    slowed down together would be known for one user's.
    """

    login: str
    user: User | None
    device: Device | None  # that they have logged in from before

    @property
    def who(self) -> str:
        """What is counted: anew, once an operator has let the user in."""
        let_in = self.user.let_in_at if self.user else None
        return f"{self.login} {let_in.timestamp()}" if let_in else self.login

    @property
    def is_let_in(self) -> bool:
        """Whether an operator has said just now that the user is to be let in."""
        let_in = self.user.let_in_at if self.user else None
        return let_in is not None and datetime.now(UTC) - let_in < LET_IN_FOR

    @property
    def device_key(self) -> str:
        """What is counted of a browser that is known."""
        return f"{self.who} {self.device.nonce}" if self.device else ""


def count(attempt: Attempt) -> None:
    """Count a password before it is known whether it is wrong: many may be tried at once.

    Raises TooManyRequests after too many. A device that has spent what it may try is a stranger.
    """
    if attempt.device and DEVICE_PASSWORDS.allows(attempt.device_key):
        return
    try:
        if FAILED_LOGINS.is_spent() and not attempt.is_let_in:
            floods.refuse(FAILED_LOGINS)
        WRONG_PASSWORDS.hit(attempt.who, attempt.user)
        WRONG_PASSWORDS_IN_ALL.hit(attempt.who, attempt.user)
    except TooManyRequests as error:
        error.description = gettext(
            "Or log in from a browser you have used here before, or reset your password: "
            "you can then log in from the browser in which you open the link."
        )
        raise


def forgive(attempt: Attempt) -> None:
    """Count from the beginning: the password was right.

    Those who guess elsewhere gain nothing by an owner whose device is known.
    """
    if attempt.device:
        DEVICE_PASSWORDS.reset(attempt.device_key)
    else:
        WRONG_PASSWORDS_IN_ALL.reset(attempt.who)
    WRONG_PASSWORDS.reset(attempt.who)


def count_failure(attempt: Attempt) -> None:
    """Count a wrong password for the whole site, unless it came from a device that is known."""
    if not attempt.device:
        FAILED_LOGINS.allows()
