"""Second factors: a code of an app, or one of ten recovery codes, besides the password.

Whoever calls what changes something locks the user (see app.accounts.administration) and commits.
"""

import hashlib
import logging
import secrets
import unicodedata
from typing import Literal

from sqlalchemy import delete, func, select

from app import audit
from app.accounts import administration
from app.accounts.administration_letters import tell_administrators
from app.accounts.authentication import CodeNeededError
from app.accounts.letters import tell_owner
from app.database import rows_matched
from app.extensions import db
from app.models import Action, Detail, User
from app.two_factor import authenticator
from app.two_factor.models import RecoveryCode, SecondFactor
from app.web.encryption import decrypt, encrypt

log = logging.getLogger(__name__)

RECOVERY_CODES = 10
# Without what looks like something else. 24 of 31 letters are 118 bits: their hash needs no salt.
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
GROUPS, LETTERS = 6, 4
LONGEST_TYPED = 64  # characters: a code with blanks between its letters

News = Literal["on", "off", "code used", "codes replaced", "codes tried"]  # for the owner's mail


def get(user: User) -> SecondFactor | None:
    """Return a user's second factor as the database has it now, or None."""
    mine = select(SecondFactor).where(SecondFactor.user_id == user.id)
    return db.session.scalar(mine, execution_options={"populate_existing": True})


def set_up(user: User, secret: str, step: int) -> list[str]:
    """Let a user log in only with a code from now on, and return the recovery codes.

    `step` is that of the code which proves that the app has the secret.
    """
    db.session.add(SecondFactor(user_id=user.id, secret=encrypt(secret, user.id), last_step=step))
    audit.record(Action.FACTOR_SET_UP, user)
    mail_news(user, "on")
    return _new_recovery_codes(user)


def use(user: User, typed: str) -> Detail | None:
    """Use up a code, and return whether it is a CODE or a RECOVERY_CODE, or None if it is neither.

    A code of the app works once, and none before it works any more.
    """
    code = normalize_code(typed)
    if _use_code(user, code):
        return Detail.CODE
    theirs = (RecoveryCode.user_id == user.id) & (RecoveryCode.code_hash == _hash(code))
    deleted = db.session.execute(delete(RecoveryCode).where(theirs))
    if not rows_matched(deleted):
        return None
    mail_news(user, "code used")
    return Detail.RECOVERY_CODE


def verify_code(user: User, typed: str) -> Detail:
    """Use up a code, in the current transaction, and return its kind.

    Raises CodeNeededError if it is none; then that is committed, alone.
    """
    kind = use(user, typed)
    if kind is None:
        audit.note(Action.CODE_REFUSED, user)
        raise CodeNeededError
    return kind


def normalize_code(typed: str) -> str:
    """Return a code as it is compared: without blanks and hyphens, in small plain letters."""
    plain = unicodedata.normalize("NFKC", typed[:LONGEST_TYPED])
    return "".join(plain.casefold().replace("-", " ").split())


def _use_code(user: User, code: str) -> bool:
    factor = get(user)
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
    step = authenticator.find_step(secret, code)
    if step is None or step <= factor.last_step:
        return False
    factor.last_step = step
    factor.secret = encrypt(secret, user.id)  # with the present key, if it was a former one
    return True


def renew_recovery_codes(user: User) -> list[str]:
    """Replace a user's recovery codes, and return the new ones: nobody can read them again."""
    audit.record(Action.RECOVERY_CODES_MADE, user)
    mail_news(user, "codes replaced")
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


def remove(user: User) -> None:
    """Let a user log in by the password alone."""
    factor = get(user)
    if factor is not None:
        db.session.delete(factor)
        _forget_recovery_codes(user)
        audit.record(Action.FACTOR_REMOVED, user)
        mail_news(user, "off")
        if user.is_administrator():
            tell_administrators(user, "factor removed")


def reset(user: User, actor: User | None = None) -> bool:
    """Remove the second factor of somebody who lost it, end their sessions, and commit it.

    Return whether there was one. Raises RightLostError, see `lock_as_administrator`.
    """
    administration.lock_as_administrator(user, actor)
    had_one = get(user) is not None
    if had_one:
        remove(user)
        administration.end_sessions(user)
    db.session.commit()
    return had_one


def mail_news(user: User, news: News) -> None:
    """Mail a user what has happened to their second factor, in the current transaction."""
    tell_owner(user, "mail/second_factor", news=news)


def _forget_recovery_codes(user: User) -> None:
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))


def _new_code() -> str:
    groups = ("".join(secrets.choice(ALPHABET) for _ in range(LETTERS)) for _ in range(GROUPS))
    return "-".join(groups)


def _hash(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()
