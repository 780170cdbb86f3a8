"""Second factors: a code of an app, or one of ten recovery codes, besides the password.

Whoever calls what changes something holds the user (see app.auth.standing.hold) and commits.
"""

import hashlib
import logging
import secrets
import unicodedata

from sqlalchemy import delete, func, select

from app.auth import authenticator, standing
from app.auth.encryption import decrypt, encrypt
from app.auth.news import tell_owner
from app.database import rows_met
from app.extensions import db
from app.models import Action, RecoveryCode, SecondFactor, User
from app.web import audit

log = logging.getLogger(__name__)

RECOVERY_CODES = 10
MAIL = "mail/second_factor"  # whose subject is the news
# Without what looks like something else. 24 of 31 letters are 118 bits: their hash needs no salt.
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
GROUPS, LETTERS = 6, 4


def of(user: User) -> SecondFactor | None:
    """Return a user's second factor as the database has it now, or None."""
    mine = select(SecondFactor).where(SecondFactor.user_id == user.id)
    found: SecondFactor | None = db.session.scalar(
        mine, execution_options={"populate_existing": True}
    )
    return found


def set_up(user: User, secret: str, step: int) -> list[str]:
    """Let a user log in only with a code from now on, and return the recovery codes.

    `step` is that of the code which proves that the app has the secret.
    """
    db.session.add(SecondFactor(user_id=user.id, secret=encrypt(secret, user.id), last_step=step))
    audit.record(Action.FACTOR_SET_UP, user)
    tell_owner(user, "Your second factor is on", MAIL)
    return _new_recovery_codes(user)


def use(user: User, typed: str) -> str:
    """Use up a code, and return what kind it is of: "code", "recovery code", or "" if it is none.

    A code of the app works once, and none before it works any more.
    """
    code = normalized(typed)
    if _use_code(user, code):
        return "code"
    theirs = (RecoveryCode.user_id == user.id) & (RecoveryCode.code_hash == _hash(code))
    deleted = db.session.execute(delete(RecoveryCode).where(theirs))
    if not rows_met(deleted):
        return ""
    tell_owner(user, "One of your recovery codes was used", MAIL)
    return "recovery code"


def normalized(typed: str) -> str:
    """Return a code as it is compared: without blanks and hyphens, in small plain letters."""
    return "".join(unicodedata.normalize("NFKC", typed).casefold().replace("-", " ").split())


def _use_code(user: User, code: str) -> bool:
    factor = of(user)
    if factor is None:
        return False
    secret = decrypt(factor.secret, user.id)
    if secret is None:
        log.error(
            "The second factor of user %s cannot be read: its SECRET_KEY is neither the present "
            "one nor among SECRET_KEY_FALLBACKS. A recovery code lets them in.",
            user.id,
        )
        return False
    step = authenticator.step_of(secret, code)
    if step is None or step <= factor.last_step:
        return False
    factor.last_step = step
    factor.secret = encrypt(secret, user.id)  # with the present key, if it was a former one
    return True


def renew_recovery_codes(user: User, kind: str) -> list[str]:
    """Replace a user's recovery codes, and return the new ones: nobody can read them again.

    `kind` is that of the code by which the user has proved who they are.
    """
    audit.record(Action.RECOVERY_CODES_MADE, user, detail=kind)
    tell_owner(user, "Your recovery codes were replaced", MAIL)
    return _new_recovery_codes(user)


def _new_recovery_codes(user: User) -> list[str]:
    _forget_recovery_codes(user)
    codes = [_new_code() for _ in range(RECOVERY_CODES)]
    hashes = [_hash(code.replace("-", "")) for code in codes]
    db.session.add_all(RecoveryCode(user_id=user.id, code_hash=kept) for kept in hashes)
    return codes


def recovery_codes_left(user: User) -> int:
    """Return how many recovery codes a user has not used."""
    mine = select(func.count()).select_from(RecoveryCode).where(RecoveryCode.user_id == user.id)
    return db.session.scalar(mine) or 0


def remove(user: User, kind: str = "") -> None:
    """Let a user log in by the password alone. `kind` is that of the code that they gave."""
    factor = of(user)
    if factor is not None:
        db.session.delete(factor)
        _forget_recovery_codes(user)
        audit.record(Action.FACTOR_REMOVED, user, detail=kind)
        tell_owner(user, "Your second factor is off", MAIL)


def take_away(user: User) -> bool:
    """Remove the second factor of somebody who lost it, end their sessions, and commit it.

    Return whether there was one.
    """
    standing.hold_as_administrator(user)
    had_one = of(user) is not None
    if had_one:
        remove(user)
        standing.end_sessions(user)
    db.session.commit()
    return had_one


def _forget_recovery_codes(user: User) -> None:
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))


def _new_code() -> str:
    groups = ("".join(secrets.choice(ALPHABET) for _ in range(LETTERS)) for _ in range(GROUPS))
    return "-".join(groups)


def _hash(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()
