"""Passkeys: adding, using and removing them.

Whoever calls what changes something locks the user (see app.accounts.administration) and commits.
"""

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NoReturn

from sqlalchemy import exists, select
from sqlalchemy.exc import IntegrityError
from webauthn.helpers.structs import AuthenticationCredential, RegistrationCredential

from app import audit
from app.accounts import administration, securing
from app.accounts.links import NotMeLink
from app.extensions import db
from app.models import Action, Detail, User
from app.passkeys import ceremonies
from app.passkeys.ceremonies import PasskeyError
from app.passkeys.challenges import Challenge
from app.passkeys.letters import mail_news
from app.passkeys.models import LONGEST_HANDLE, Passkey
from app.two_factor import second_factor
from app.web.limits import Allowance

MOST = 20  # of one user
WARNINGS = Allowance("copied passkeys", "1 per day")  # to a user


class TooManyError(ValueError):
    """A user has as many passkeys as anybody may have."""


def find_by_user(user: User) -> Sequence[Passkey]:
    """Return a user's passkeys, the newest first."""
    mine = select(Passkey).where(Passkey.user_id == user.id).order_by(Passkey.id.desc())
    return db.session.scalars(mine).all()


def find_by_answer(answer: AuthenticationCredential) -> Passkey | None:
    """Return the passkey that an answer says it is of, as the database has it now."""
    mine = select(Passkey).where(Passkey.credential_id == answer.raw_id)
    return db.session.scalar(mine, execution_options={"populate_existing": True})


def has_any(user: User) -> bool:
    """Return whether a user has a passkey, as the database has it now."""
    return bool(db.session.scalar(select(exists().where(Passkey.user_id == user.id))))


def choose_handle(user: User) -> bytes:
    """Return what a new passkey of a user is to know them by: the same as the others."""
    present = find_by_user(user)
    return present[0].user_handle if present else secrets.token_bytes(LONGEST_HANDLE)


def add(user: User, answer: RegistrationCredential, challenge: Challenge, name: str) -> list[str]:
    """Let a user log in by a passkey, and return the recovery codes, if it is the first factor.

    Raises TooManyError, and PasskeyError if it is none, or has been added already.
    """
    if len(find_by_user(user)) >= MOST:
        raise TooManyError
    made = ceremonies.verify_new(answer, challenge)
    codes = [] if second_factor.is_set_up(user) else second_factor.make_recovery_codes(user)
    db.session.add(
        Passkey(
            user_id=user.id,
            user_handle=challenge.user_handle,
            credential_id=made.credential_id,
            public_key=made.credential_public_key,
            sign_count=made.sign_count,
            transports=" ".join(answer.response.transports or []),
            is_backed_up=made.credential_backed_up,
            name=name,
        )
    )
    try:
        db.session.flush()
    except IntegrityError:
        db.session.rollback()
        raise PasskeyError("It has been added already.") from None
    audit.record(Action.PASSKEY_ADDED, user, detail=name)
    mail_news(user, "added", name)
    return codes


def use(
    user: User, answer: AuthenticationCredential, challenge: Challenge, *, must_verify: bool
) -> Detail:
    """Note that a user's passkey has signed a challenge, and return what showed who they are.

    With `must_verify`, it has asked who holds it: so it does without a password. Raises
    PasskeyError if it has not signed; that is committed, alone. A challenge from before the last
    use counts no more: it may have been answered then, and the cookie be a copy.
    """
    passkey = find_by_answer(answer)
    if passkey is None or passkey.user_id != user.id:
        _refuse(user, Detail.UNKNOWN_PASSKEY)
    if passkey.last_used_at and challenge.made_at <= passkey.last_used_at:
        _refuse(user)
    try:
        signed = ceremonies.verify_answer(answer, challenge, passkey, must_verify=must_verify)
    except PasskeyError:
        _refuse(user)
    is_counting = signed.new_sign_count or passkey.sign_count
    if is_counting and signed.new_sign_count <= passkey.sign_count:
        _refuse_copy(user, passkey)
    passkey.sign_count = signed.new_sign_count
    passkey.is_backed_up = signed.credential_backed_up
    passkey.last_used_at = max(datetime.now(UTC), challenge.made_at)
    return Detail.PASSKEY


def _refuse(user: User, reason: Detail | None = None) -> NoReturn:
    audit.note(Action.PASSKEY_REFUSED, user, detail=reason or "")
    raise PasskeyError


def _refuse_copy(user: User, passkey: Passkey) -> NoReturn:
    """Refuse a passkey that counts as if there were two of it, and commit a mail to its owner."""
    name = passkey.name
    db.session.rollback()
    if WARNINGS.allows(str(user.id)):
        mail_news(user, "copied", name)
        db.session.commit()
    _refuse(user, Detail.COPIED_PASSKEY)


def remove(passkey: Passkey, user: User) -> None:
    """Let a passkey open nothing any more."""
    db.session.delete(passkey)
    second_factor.note_removal(user)
    administration.void_links(user)
    audit.record(Action.PASSKEY_REMOVED, user, detail=passkey.name)
    mail_news(user, "removed", passkey.name)


def forget(user: User) -> None:
    """Remove all passkeys of somebody who lost them."""
    present = find_by_user(user)
    for passkey in present:
        db.session.delete(passkey)
        audit.record(Action.PASSKEY_REMOVED, user, detail=passkey.name)
    if present:
        second_factor.note_removal(user)
        mail_news(user, "all removed")


@securing.register_step
def remove_new(user: User) -> None:
    """Remove the passkeys of an account that is closed, as far as a link can still disown them.

    Whoever added one of those would get in by it, without the password.
    """
    since = datetime.now(UTC) - timedelta(seconds=NotMeLink.lifetime())
    for passkey in find_by_user(user):
        if passkey.created_at >= since:
            remove(passkey, user)
