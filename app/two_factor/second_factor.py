"""Second factors: a code of an app, or one of ten recovery codes, besides the password.

Rooms that hang on to this one may have other kinds, for which the recovery codes stand in, too.
Whoever calls what changes something locks the user (see app.accounts.administration) and commits.
"""

import hashlib
import logging
import secrets
import unicodedata
from collections.abc import Callable
from typing import Literal, NamedTuple

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

# For the owner's mail.
News = Literal["on", "off", "app off", "code used", "codes replaced", "codes tried"]


class Kind(NamedTuple):
    """Another kind of second factor than an app."""

    is_set_up: Callable[[User], bool]
    forget: Callable[[User], None]  # in the current transaction


_kinds: list[Kind] = []


def register_kind(kind: Kind) -> None:
    """Let whoever has a factor of another kind be asked for that, or for a recovery code."""
    _kinds.append(kind)


def is_set_up(user: User) -> bool:
    """Return whether a user logs in by more than the password, as the database has it now."""
    return get(user) is not None or has_another(user)


def has_another(user: User) -> bool:
    """Return whether a user has a factor of another kind than an app."""
    return any(kind.is_set_up(user) for kind in _kinds)


def get(user: User) -> SecondFactor | None:
    """Return a user's app as the database has it now, or None."""
    mine = select(SecondFactor).where(SecondFactor.user_id == user.id)
    return db.session.scalar(mine, execution_options={"populate_existing": True})


def set_up(user: User, secret: str, step: int) -> list[str]:
    """Let a user log in only with a code from now on, and return the recovery codes.

    `step` is that of the code which proves that the app has the secret.
    """
    administration.void_links(user)
    db.session.add(SecondFactor(user_id=user.id, secret=encrypt(secret, user.id), last_step=step))
    audit.record(Action.FACTOR_SET_UP, user)
    mail_news(user, "on")
    return make_recovery_codes(user)


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
    administration.void_links(user)
    audit.record(Action.RECOVERY_CODES_MADE, user)
    mail_news(user, "codes replaced")
    return make_recovery_codes(user)


def make_recovery_codes(user: User) -> list[str]:
    """Return new recovery codes in place of a user's former ones."""
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
    """Ask a user for no code of an app any more."""
    factor = get(user)
    if factor is not None:
        db.session.delete(factor)
        administration.void_links(user)
        audit.record(Action.FACTOR_REMOVED, user)
        mail_news(user, "app off" if has_another(user) else "off")
        note_removal(user)


def note_removal(user: User) -> None:
    """Forget the recovery codes of a user whose last factor was removed, of whatever kind.

    If they administer, the administrators are told.
    """
    if is_set_up(user):
        return
    _forget_recovery_codes(user)
    if user.is_administrator():
        tell_administrators(user, "factor removed")


def reset(user: User, actor: User | None = None) -> bool:
    """Remove all factors of somebody who lost them, end their sessions, and commit it.

    Return whether there was one. Raises RightLostError, see `lock_as_administrator`.
    """
    administration.lock_as_administrator(user, actor)
    had_one = is_set_up(user)
    if had_one:
        remove(user)
        for kind in _kinds:
            kind.forget(user)
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
