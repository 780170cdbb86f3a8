"""What the API keeps of somebody: their tokens, but not what those are shown by."""

from sqlalchemy import select

from app.accounts.personal_data import Rows, register_section
from app.api.models import ApiToken
from app.models import User


@register_section("api_tokens")
def select_tokens(user: User) -> Rows:
    """Select a user's tokens."""
    times = ApiToken.created_at, ApiToken.expires_at, ApiToken.last_used_at
    columns = ApiToken.id, ApiToken.name, ApiToken.scopes, *times
    return select(*columns).where(ApiToken.user_id == user.id)
