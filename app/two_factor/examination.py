"""What `flask doctor` looks at here."""

from sqlalchemy import select

from app.doctor.checks import Finding, check, ok, warn
from app.extensions import db
from app.models import User
from app.models.role import IS_HIGHEST
from app.two_factor import second_factor


@check("F072", needs=["F021"])
def administrators_have_a_second_factor() -> Finding | None:
    """Name the administrators who have none."""
    is_able = User.password_hash.is_not(None) & User.disabled_at.is_(None) & IS_HIGHEST
    administrators = db.session.scalars(select(User).join(User.role).where(is_able)).all()
    if not administrators:
        return None
    bare = [user.username for user in administrators if not second_factor.is_set_up(user)]
    if bare:
        seen = f"administrators without a second factor: {', '.join(bare)}"
        return warn(seen, "let them set one up, in their settings")
    return ok("all administrators have a second factor")
