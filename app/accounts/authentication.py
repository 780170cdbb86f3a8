"""Who somebody is: the password shows it, and what else is asked for at a login."""

from app import audit
from app.accounts import changes
from app.accounts.changes import ChangedMeanwhileError
from app.extensions import db
from app.models import Action, Detail, User, passwords


class CodeNeededError(ValueError):
    """Besides the password, a code is needed, and this is none."""


def authenticate(user: User | None, password: str) -> User | None:
    """Return the user if this is their password and the account is enabled.

    It takes as long for nobody. A refusal is committed, and nothing else; so is a new hash in place
    of one of former parameters, and that the password is known from a breach. Raises BusyError.
    """
    if not passwords.verify(user.password_hash if user else None, password):
        note_refusal(user, _why_refused(user))
        return None
    assert user is not None  # noqa: S101  # whose password it was
    assert user.password_hash is not None  # noqa: S101
    if user.disabled_at is not None:
        note_refusal(user, Detail.DISABLED)
        return None
    if not _keep_up(user, password):  # somebody has changed the password meanwhile
        note_refusal(user, Detail.WRONG_PASSWORD)
        return None
    return user


def _keep_up(user: User, password: str) -> bool:
    """Note what a right password shows: that its hash is outdated, or the password breached.

    Commits that, and returns whether it is the right one still.
    """
    values = {"password_hash": user.password_hash or ""}
    if passwords.needs_rehash(values["password_hash"]):
        values["password_hash"] = passwords.hash_password(password)
    state = passwords.state_of(values["password_hash"])
    if user.breached_state != state and passwords.is_breached(password):
        values["breached_state"] = state
    if values == {"password_hash": user.password_hash}:
        return True
    try:
        changes.change(user, **values)
        db.session.commit()
    except ChangedMeanwhileError:
        return False
    return user.password_hash == values["password_hash"]


def _why_refused(user: User | None) -> Detail:
    if user is None:
        return Detail.UNKNOWN_NAME
    return Detail.WRONG_PASSWORD if user.has_account else Detail.NO_ACCOUNT


def note_refusal(user: User | None, reason: Detail) -> None:
    """Commit a note that nobody was let in. It is as much work for a name that nobody has."""
    audit.note(Action.LOGIN_REFUSED, user, detail=reason)


def confirm_password(user: User, password: str) -> bool:
    """Return whether this is the password of a user who is logged in. Commits a refusal alone."""
    if user.verify_password(password):
        return True
    audit.note(Action.PASSWORD_REFUSED, user)
    return False
