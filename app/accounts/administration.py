"""Roles, and disabling accounts: and the site never loses its last administrator."""

from datetime import UTC, datetime
from functools import partial

from flask import current_app
from sqlalchemy import delete, select, update
from sqlalchemy.orm.exc import StaleDataError

from app import audit
from app.accounts import administration_letters as letters
from app.database import rows_matched
from app.extensions import db
from app.models import Action, EmailChange, LoginSession, Permission, Role, User
from app.models.addresses import InvalidAddressError, parse_email
from app.models.login_session import hash_key
from app.models.lookup import find_administrators
from app.models.role import IS_HIGHEST
from app.retry import retry
from settings import parse_address


class LastAdministratorError(ValueError):
    """Without this user, nobody could administer the site."""


class RightLostError(PermissionError):
    """Somebody else has just taken the right to administer from whoever acts, or the session."""


def lock(user: User) -> None:
    """Lock a user's row until the transaction ends: one change of an account at a time.

    The row is written, though nothing changes: SQLite has no other lock. Whoever changes sessions,
    too, locks the user first, so that no two wait for each other.
    Rolls back and raises StaleDataError if the user is deleted.
    """
    number = user.id
    unchanged = update(User).where(User.id == number).values(visits=User.visits)
    result = db.session.execute(unchanged, execution_options={"synchronize_session": False})
    if rows_matched(result) != 1:
        db.session.rollback()
        raise StaleDataError(f"User {number} is deleted.")


def lock_as_administrator(user: User, actor: User | None = None) -> None:
    """Lock the roles that administer, and then a user, and look at the user again.

    Administrators act one at a time: two that remove each other, or each wait for the other's row.
    Of those two, the second is none any more: `actor`, who is logged in somewhere and acts, is
    looked at again, too. It is None for an operator, and for what an account does to itself.
    Raises StaleDataError if the user is deleted, RightLostError.
    """
    administering = update(Role).where(IS_HIGHEST).values(permissions=Role.permissions)
    db.session.execute(administering, execution_options={"synchronize_session": False})
    lock(user)
    db.session.refresh(user)
    if actor is not None and not still_administers(actor):
        audit.note(Action.ACCESS_REFUSED, user)
        raise RightLostError


def still_administers(actor: User) -> bool:
    """Return whether somebody is an administrator, and logged in, as the database has it now."""
    found = (
        select(User.id)
        .join(User.role)
        .join(User.logins)
        .where(LoginSession.key_hash == hash_key(actor.get_id()))
        .where(IS_HIGHEST, User.disabled_at.is_(None))
    )
    return db.session.scalar(found) == actor.id


def set_role(user: User, role: Role, actor: User | None = None) -> None:
    """Give an account another role, and commit it. Raise LastAdministratorError, RightLostError."""
    lock_as_administrator(user, actor)
    if user.role_id != role.id:
        if not role.has_permission(Permission.ADMIN):
            keep_an_administrator(user)
        give_role(user, role)
        audit.record(Action.ROLE_CHANGED, user, detail=role.name)
    db.session.commit()


def give_role(user: User, role: Role) -> None:
    """Give a user another role, and tell those whom it concerns, in the current transaction."""
    before, user.role = user.is_administrator(), role
    letters.tell_account(user, "role changed")
    if user.is_administrator() and not before:
        letters.tell_administrators(user, "added")
        end_kept_logins(user)
    elif before and not user.is_administrator():
        letters.tell_administrators(user, "removed")


def end_kept_logins(user: User) -> None:
    """Let a user's sessions end as all others do: nobody who administers is kept logged in."""
    theirs = update(LoginSession).where(LoginSession.user_id == user.id)
    db.session.execute(theirs.values(is_kept=False))


def disable(user: User, actor: User | None = None) -> None:
    """Log a user out for good, and commit it. Raise LastAdministratorError, RightLostError."""
    lock_as_administrator(user, actor)
    if user.disabled_at is None:
        keep_an_administrator(user)
        user.disabled_at = datetime.now(UTC)
        audit.record(Action.DISABLED, user)
        letters.tell_account(user, "disabled")
        if user.is_administrator():
            letters.tell_administrators(user, "removed")
    end_sessions(user)
    db.session.commit()


def enable(user: User, actor: User | None = None) -> None:
    """Let a user log in again, and commit it. Raise RightLostError."""
    lock_as_administrator(user, actor)
    if user.disabled_at is not None:
        user.disabled_at = None
        void_links(user)
        audit.record(Action.ENABLED, user)
        letters.tell_account(user, "enabled")
        if user.is_administrator():
            letters.tell_administrators(user, "added")
    db.session.commit()


def let_in(user: User) -> None:
    """Let wrong passwords for a user count from the beginning, and commit it.

    For an hour the user may log in also while nobody else may, but by a browser that is known.
    """
    lock(user)
    user.let_in_at = datetime.now(UTC)
    audit.record(Action.LET_IN, user)
    db.session.commit()


def log_out_everywhere(user: User, actor: User | None = None) -> None:
    """End a user's sessions, and commit it. Raise RightLostError."""
    lock_as_administrator(user, actor)
    end_sessions(user)
    audit.record(Action.SESSIONS_ENDED, user)
    letters.tell_account(user, "logged out")
    db.session.commit()


def keep_an_administrator(user: User) -> None:
    """Roll back and raise LastAdministratorError if only this user can administer the site.

    The roles are locked: see lock_as_administrator.
    """
    if [each.id for each in find_administrators()] == [user.id]:
        db.session.rollback()
        raise LastAdministratorError(f"{user.username} is the only administrator.")


def end_sessions(user: User) -> None:
    """End a user's sessions, and void links about them, in the current transaction."""
    void_links(user)
    db.session.execute(delete(LoginSession).where(LoginSession.user_id == user.id))


def void_links(user: User) -> None:
    """Let no link that changes a user's account work, nor a new address wait, from now on.

    In the current transaction, in which the user is locked.
    """
    raised = update(User).where(User.id == user.id).values(links_epoch=User.links_epoch + 1)
    db.session.execute(raised, execution_options={"synchronize_session": False})
    db.session.expire(user, ["links_epoch"])
    waiting = (EmailChange.user_id == user.id) & ~EmailChange.is_done
    db.session.execute(delete(EmailChange).where(waiting))


def role_for(email_key: str | None) -> str:
    """Return the name of the role that a new account gets: FLASKY_ADMIN's is the highest."""
    admin = current_app.config["FLASKY_ADMIN"]
    try:
        is_admin = bool(admin) and parse_email(parse_address(admin).addr_spec).key == email_key
    except InvalidAddressError:  # one that no visitor can have, such as root@localhost
        is_admin = False
    return Role.HIGHEST if is_admin else Role.DEFAULT


def promote_admin(user: User) -> None:
    """Make the user whose address FLASKY_ADMIN is an administrator, and commit that.

    Every login comes by here, so all roles are what their names mean from then on.
    """
    retry(partial(_promote_admin, user))  # several that make the roles wait for each other


def _promote_admin(user: User) -> None:
    role = Role.get_or_insert(role_for(user.email_key))
    if role.name == Role.HIGHEST and not user.is_administrator():
        lock_as_administrator(user)
        give_role(user, role)
        audit.record(Action.ROLE_CHANGED, user, actor=user, detail=role.name)
    db.session.commit()
