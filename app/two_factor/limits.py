"""How often one may try codes."""

from werkzeug.exceptions import TooManyRequests

from app.extensions import db
from app.models import Detail, User
from app.two_factor import authenticator, second_factor
from app.web.languages import gettext
from app.web.limits import Allowance, Limit

CODES = Limit(Detail.CODES, "5 per 15 minutes")  # of a user's app, after the password
CODES_A_DAY = Limit(Detail.CODES_A_DAY, "20 per day")
RECOVERY_CODE_TRIES = Limit(Detail.RECOVERY_CODE_TRIES, "10 per minute", of_networks=True)
WARNINGS = Allowance("warnings", "1 per day")  # to a user whose codes are guessed


def limit_codes(user: User, typed: str) -> None:
    """Count a code before it is known whether it is wrong.

    Raises TooManyRequests after too many, and warns the owner: somebody knows the password. The
    warning is committed, and nothing else. Nobody can guess a recovery code, so those are only
    slowed down: one lets the owner in meanwhile.
    """
    if len(second_factor.normalize_code(typed)) > authenticator.DIGITS:
        RECOVERY_CODE_TRIES.hit(subject=user)
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


def reset_code_limits(user: User) -> None:
    """Count from the beginning: the code was right."""
    CODES.reset(str(user.id))
    CODES_A_DAY.reset(str(user.id))
