"""Names of accounts: none looks like another's, or like one that was given up not long ago.

All of this is done in the current transaction.
"""

from datetime import UTC, datetime

from sqlalchemy import exists, select, update

from app.database import rows_matched
from app.extensions import db
from app.models import User, account_name
from app.models.account_name import AccountName, make_claim
from app.retention import register_table

register_table(AccountName, account_name.is_free)


def is_free(name: str) -> bool:
    """Return whether an account that never had it could get that name, by what it looks like."""
    claimed = exists().where(AccountName.skeleton == make_claim(name), ~account_name.is_free())
    return not db.session.scalar(select(claimed))


def claim(user: User, name: str) -> None:
    """Let an account have a name in place of its former one, which rests from now on.

    It may take back what it gave up itself. Raises IntegrityError if another account has the name.
    """
    give_up(user)
    this, mine = AccountName.skeleton == make_claim(name), AccountName.user_id == user.id
    free = update(AccountName).where(this, mine | account_name.is_free())
    taken = db.session.execute(free.values(user_id=user.id, given_up_at=None))
    if rows_matched(taken) != 1:
        db.session.add(AccountName(skeleton=make_claim(name), user_id=user.id))
        db.session.flush()


def give_up(user: User) -> None:
    """Let the name that an account has rest."""
    held = (AccountName.user_id == user.id) & AccountName.given_up_at.is_(None)
    db.session.execute(update(AccountName).where(held).values(given_up_at=datetime.now(UTC)))
