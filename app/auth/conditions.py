"""What somebody who is logged in has to do first: choose a password that nobody else knows."""

from flask import request

from app.models import User
from app.web import access
from app.web.access import Access

WAY = "auth.change_password"


@access.register_condition
def lead_to_new_password(user: User, _stated: Access) -> str | None:
    """Let somebody whose password is known from a breach choose another one before all else."""
    return WAY if user.has_breached_password and request.endpoint != WAY else None
