"""Who administers the site."""

from flask import current_app
from sqlalchemy import func, select

from app.doctor.checks import Finding, check, ok, warn
from app.doctor.mail import AT_ITS_NEWEST_REVISION
from app.extensions import db
from app.models import User
from app.models.role import IS_HIGHEST


@check("F070")
def somebody_is_told() -> Finding:
    """Look whether errors are mailed to anybody."""
    if current_app.config["FLASKY_ADMIN"]:
        return ok("FLASKY_ADMIN is told of errors and new visitors")
    return warn("nobody is told of errors", "set FLASKY_ADMIN to your address")


@check("F071", needs=[AT_ITS_NEWEST_REVISION])
def there_is_an_administrator() -> Finding:
    """Count those who can log in and administer."""
    administrators = select(func.count()).select_from(User).join(User.role)
    is_able = User.password_hash.is_not(None) & User.disabled_at.is_(None) & IS_HIGHEST
    number = db.session.scalar(administrators.where(is_able)) or 0
    if number:
        return ok(f"administrators: {number}")
    return warn(
        "nobody can administer the site",
        "run: flask user promote NAME; or register with the address of FLASKY_ADMIN",
    )
