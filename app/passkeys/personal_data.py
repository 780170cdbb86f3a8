"""What is kept of somebody's passkeys, but for what they are verified by."""

from sqlalchemy import select

from app.accounts.personal_data import Rows, register_section
from app.models import User
from app.passkeys.models import Passkey


@register_section("passkeys")
def select_passkeys(user: User) -> Rows:
    """Select a user's passkeys."""
    times = Passkey.created_at, Passkey.last_used_at
    columns = Passkey.id, Passkey.name, *times, Passkey.transports, Passkey.is_backed_up
    return select(*columns).where(Passkey.user_id == user.id)
