"""What is kept of somebody's second factor: since when there is one, and none of its secrets."""

from sqlalchemy import func, select

from app.accounts.personal_data import Rows, register_section
from app.models import User
from app.two_factor.models import RecoveryCode, SecondFactor


@register_section("authenticator_app")
def select_app(user: User) -> Rows:
    """Select when a user set up an app."""
    return select(SecondFactor.set_up_at).where(SecondFactor.user_id == user.id)


@register_section("recovery_codes")
def select_codes(user: User) -> Rows:
    """Select how many recovery codes a user has left."""
    mine = RecoveryCode.user_id == user.id
    return select(func.count().label("left")).select_from(RecoveryCode).where(mine)
