"""What is asked at a login, and before a page of a site that wants everybody to have a factor."""

from flask import current_app

from app import audit
from app.accounts import login_sessions
from app.accounts.authentication import CodeNeededError
from app.auth import proof
from app.auth.forms import ProofForm
from app.models import Action, Detail, Permission, User
from app.two_factor import second_factor
from app.two_factor.forms import PasswordAndCodeForm, PasswordAndRecoveryCodeForm
from app.two_factor.limits import limit_codes, reset_code_limits
from app.web import access
from app.web.access import Access


@login_sessions.register_check
def ask_for_code(user: User, code: str | None) -> Detail | None:
    """Let somebody who has a second factor log in, or prove who they are, by a code alone.

    Raises TooManyRequests after many others.
    """
    if not second_factor.is_set_up(user):  # which may have been done at this moment
        return None
    if code is None:
        audit.note(Action.CODE_ASKED, user)
        raise CodeNeededError
    limit_codes(user, code)
    kind = second_factor.verify_code(user, code)
    reset_code_limits(user)
    return kind


@proof.register_form
def choose_form(user: User) -> type[ProofForm] | None:
    """Let the page that asks for a proof ask for a code, too."""
    if second_factor.get(user):
        return PasswordAndCodeForm
    return PasswordAndRecoveryCodeForm if second_factor.has_another(user) else None


@access.register_condition
def lead_to_settings(user: User, stated: Access) -> str | None:
    """Let somebody who has no second factor set one up first, where the site asks for it.

    Who has one has given a code: without, there is no login.
    """
    if not is_needed(stated.permission) or second_factor.is_set_up(user):
        return None
    return "two_factor.manage"


def is_needed(permission: int) -> bool:
    """Return whether this site asks for one where a user has, or a page needs, a permission."""
    needed_by = current_app.config["SECOND_FACTOR"]
    is_administration = permission & Permission.ADMIN == Permission.ADMIN
    return needed_by == "everybody" or (needed_by == "administrators" and is_administration)
