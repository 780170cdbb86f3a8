"""Who somebody is: the password, and the code of a second factor."""

from app import audit
from app.accounts import changes, second_factor
from app.accounts.changes import ChangedMeanwhileError
from app.extensions import db
from app.models import Action, Detail, User, passwords


class CodeNeededError(ValueError):
    """The user has a second factor, and this is no code of it."""


def authenticate(user: User | None, password: str) -> User | None:
    """Return the user if this is their password and the account is enabled.

    It takes as long for nobody. A refusal is committed, and nothing else; so is a new hash in place
    of one of former parameters.
    """
    if not passwords.verify(user.password_hash if user else None, password):
        note_refusal(user, _why_refused(user))
        return None
    assert user is not None  # noqa: S101  # whose password it was
    assert user.password_hash is not None  # noqa: S101
    if user.disabled_at is not None:
        note_refusal(user, Detail.DISABLED)
        return None
    if passwords.needs_rehash(user.password_hash):
        new_hash = passwords.hash_password(password)
        try:
            changes.change(user, password_hash=new_hash)
            db.session.commit()
            is_changed = user.password_hash != new_hash
        except ChangedMeanwhileError:
            is_changed = True
        if is_changed:  # by somebody else meanwhile, and this is the former password
            note_refusal(user, Detail.WRONG_PASSWORD)
            return None
    return user


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


def use_code(user: User, typed: str) -> Detail:
    """Use up a code of a user's second factor, in the current transaction. Return its kind.

    The user is locked. Raises CodeNeededError if it is none; then that is committed, alone.
    """
    kind = second_factor.use(user, typed)
    if kind is None:
        audit.note(Action.CODE_REFUSED, user)
        raise CodeNeededError
    return kind
