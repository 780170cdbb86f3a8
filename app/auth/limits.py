"""How often one may try: guessing passwords, and mails to others, are slowed down.

Nobody is locked out for good.
"""

from werkzeug.exceptions import TooManyRequests

from app.auth import authenticator, second_factor
from app.auth.news import tell_owner
from app.extensions import db
from app.models import User
from app.web.languages import gettext
from app.web.limits import Limit, client

LOGINS = Limit("login", "10 per minute")  # from one address
WRONG_PASSWORDS = Limit("wrong passwords", "5 per 15 minutes")  # for one login, from one address
WRONG_PASSWORDS_IN_ALL = Limit("wrong passwords in all", "50 per hour")  # for one login
OWN_PASSWORD = Limit("own password", "5 per 15 minutes")  # of one user, in the settings
CODES = Limit("codes", "5 per 15 minutes")  # of a user's app, after the password
CODES_A_DAY = Limit("codes a day", "20 per day")
RECOVERY_CODE_TRIES = Limit("recovery codes", "10 per minute")  # from one address
WARNINGS = Limit("warnings", "1 per day")  # to a user whose codes are guessed
NAMES = Limit("names", "10 per hour")  # of one user
MAILS = Limit("mails", "20 per hour")  # from one address
MAILS_TO_ONE = Limit("mails to one", "3 per hour")  # to one address, for one purpose


def limit_passwords(who: str, user: User | None) -> None:
    """Count a password before it is known whether it is wrong: many may be tried at once.

    Raises TooManyRequests after too many. Whoever tries them from elsewhere slows the owner down
    only by trying from many addresses. `who` is a name or an address in its form, and not a user:
    else a name and an address that are slowed down together would be known for one user's.
    """
    WRONG_PASSWORDS.hit(f"{who} from {client()}", user)
    WRONG_PASSWORDS_IN_ALL.hit(who, user)


def forget_passwords(who: str) -> None:
    """Count from the beginning: the password was right."""
    WRONG_PASSWORDS.forget(f"{who} from {client()}")
    WRONG_PASSWORDS_IN_ALL.forget(who)


def limit_codes(user: User, typed: str) -> None:
    """Count a code before it is known whether it is wrong.

    Raises TooManyRequests after too many, and warns the owner: somebody knows the password. Nobody
    can guess a recovery code, so those are only slowed down: one lets the owner in meanwhile.
    """
    if len(second_factor.normalized(typed)) > authenticator.DIGITS:
        RECOVERY_CODE_TRIES.hit(client(), user)
        return
    try:
        CODES.hit(str(user.id), user)
        CODES_A_DAY.hit(str(user.id), user)
    except TooManyRequests as error:
        error.description = gettext("A recovery code lets you in meanwhile: please go back.")
        if WARNINGS.allows(str(user.id)):
            tell_owner(user, "Somebody tries codes to log in as you", second_factor.MAIL)
            db.session.commit()
        raise


def forget_codes(user: User) -> None:
    """Count from the beginning: the code was right."""
    CODES.forget(str(user.id))
    CODES_A_DAY.forget(str(user.id))


def limit_mails(purpose: str, to: str) -> None:
    """Raise TooManyRequests if too many mails would go out."""
    MAILS.hit(client())
    MAILS_TO_ONE.hit(f"{purpose} {to}")
