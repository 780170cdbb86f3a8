"""Deleting somebody for good: an account, or a visitor whose name was said.

The rows that are theirs alone go with them, by foreign keys; others stay, and are nobody's. What no
foreign key can do, this does, or a room that has registered for it. docs/decisions/0019-deletion.md
has the reasons.
"""

from collections.abc import Callable
from functools import partial

from sqlalchemy import delete as delete_rows
from sqlalchemy import exists, select
from sqlalchemy.orm.exc import StaleDataError

from app import audit
from app.accounts import administration_letters, names
from app.accounts.administration import keep_an_administrator, lock_as_administrator
from app.accounts.letters import tell_owner
from app.extensions import db
from app.models import Action, Detail, EmailChange, Notice, OutgoingMail, User
from app.retry import retry

Step = Callable[[User], None]
_steps: list[Step] = []
_erasers: list[Step] = []


def register_step(step: Step) -> Step:
    """Let a function take away what is of use to nobody after a user, in the same transaction."""
    _steps.append(step)
    return step


def register_eraser(erase: Step) -> Step:
    """Let a function empty what a user has written, if that is wanted, in the same transaction."""
    _erasers.append(erase)
    return erase


def is_anything_written() -> bool:
    """Return whether there is a room in which users write."""
    return bool(_erasers)


def delete(user: User, *, with_writings: bool = False) -> None:
    """Delete a user, tell the owner of the account by mail, and commit it, all at once.

    What the user has written for others stays, by nobody, or goes, too. The name of an account
    rests. Raises LastAdministratorError, and StaleDataError if somebody else was faster.
    """
    retry(partial(_delete, user.id, with_writings=with_writings))


def _delete(number: int, *, with_writings: bool) -> None:
    user = db.session.get(User, number)
    if user is None:
        db.session.rollback()
        raise StaleDataError(f"User {number} is deleted.")
    lock_as_administrator(user)
    keep_an_administrator(user)
    for step in [*_steps, *(_erasers if with_writings else [])]:
        step(user)
    names.give_up(user)
    _forget_mails(user)
    _record(user)
    db.session.flush()  # while there is a row for the event to point at
    db.session.delete(user)
    db.session.commit()


def _record(user: User) -> None:
    """Note for the log, and for those whom it concerns, that somebody is deleted.

    Of a visitor, it does not keep the name: that is what was to be forgotten.
    """
    if not user.has_account:
        audit.record(Action.DELETED, detail=Detail.VISITOR)
        return
    audit.record(Action.DELETED, user)
    tell_owner(user, "mail/deleted")
    if user.is_administrator():
        administration_letters.tell_administrators(user, "removed")


def _forget_mails(user: User) -> None:
    """Delete the mails that were sent to a user, or could not be; those that wait still leave.

    A thief may be the one who deletes the account: its owner is to get the news of what came
    before. Notices are about others, and stay with their mails.
    """
    former = select(EmailChange.former).where(EmailChange.user_id == user.id, EmailChange.is_done)
    addresses = [user.email, *db.session.scalars(former)]
    has_notices = exists().where(Notice.mail_id == OutgoingMail.id)
    is_done = OutgoingMail.recipient.in_(addresses) & OutgoingMail.due.is_(None)
    db.session.execute(delete_rows(OutgoingMail).where(is_done, ~has_notices))
