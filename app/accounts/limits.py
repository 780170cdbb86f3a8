"""How often one may try: guessing passwords, and mails to others, are slowed down.

Nobody is locked out for good.
"""

from werkzeug.exceptions import TooManyRequests

from app.accounts import authenticator, second_factor
from app.client import client_network
from app.extensions import db
from app.models import Detail, User
from app.web.languages import gettext
from app.web.limits import Allowance, Limit

LOGINS = Limit(Detail.LOGINS, "10 per minute")  # from one address
WRONG_PASSWORDS = Limit(Detail.WRONG_PASSWORDS, "5 per 15 minutes")  # for a login, from one place
WRONG_PASSWORDS_IN_ALL = Limit(Detail.WRONG_PASSWORDS_IN_ALL, "50 per hour")  # for a login
OWN_PASSWORD = Limit(Detail.OWN_PASSWORD, "5 per 15 minutes")  # of one user, in the settings
CODES = Limit(Detail.CODES, "5 per 15 minutes")  # of a user's app, after the password
CODES_A_DAY = Limit(Detail.CODES_A_DAY, "20 per day")
RECOVERY_CODE_TRIES = Limit(Detail.RECOVERY_CODE_TRIES, "10 per minute")  # from one address
WARNINGS = Allowance("warnings", "1 per day")  # to a user whose codes are guessed
NAMES = Limit(Detail.NAMES, "10 per hour")  # of one user
CHANGES = Limit(Detail.CHANGES, "20 per day")  # of one user's, each of which is mailed to them
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


def forget_passwords(who: str) -> None:
    """Count from the beginning: the password was right."""
    WRONG_PASSWORDS.forget(f"{who} from {client_network()}")
    WRONG_PASSWORDS_IN_ALL.forget(who)


def limit_codes(user: User, typed: str) -> None:
    """Count a code before it is known whether it is wrong.

    Raises TooManyRequests after too many, and warns the owner: somebody knows the password. The
    warning is committed, and nothing else. Nobody can guess a recovery code, so those are only
    slowed down: one lets the owner in meanwhile.
    """
    if len(second_factor.normalized(typed)) > authenticator.DIGITS:
        RECOVERY_CODE_TRIES.hit(client_network(), user)
        return
    try:
        CODES.hit(str(user.id), user)
        CODES_A_DAY.hit(str(user.id), user)
    except TooManyRequests as error:
        error.description = gettext("Or go back and use a recovery code.")
        if WARNINGS.allows(str(user.id)):
            db.session.rollback()
            second_factor.mail_news(user, "codes tried")
            db.session.commit()
        raise


def forget_codes(user: User) -> None:
    """Count from the beginning: the code was right."""
    CODES.forget(str(user.id))
    CODES_A_DAY.forget(str(user.id))


def limit_changes(user: User) -> None:
    """Raise TooManyRequests after too many changes of an account: its owner is mailed each."""
    CHANGES.hit(str(user.id), user)


def limit_mails(purpose: str, to: str) -> None:
    """Raise TooManyRequests if too many mails would go out."""
    MAILS.hit(client_network())
    MAILS_TO_ONE.hit(f"{purpose} {to}")
