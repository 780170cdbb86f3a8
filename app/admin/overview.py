"""The first page of the administration: how many there are of everything."""

from datetime import UTC, datetime, timedelta

from flask import render_template
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select

from app.admin import admin
from app.extensions import db
from app.mail.status import get_status
from app.models import Action, AuditEvent, User
from app.web.access import admin_required


@admin.route("/")
@admin_required
def index() -> ResponseReturnValue:
    """Show what an administrator would want to know first."""
    yesterday = datetime.now(UTC) - timedelta(days=1)
    refused = select(func.count()).where(
        AuditEvent.action == Action.LOGIN_REFUSED, AuditEvent.at > yesterday
    )
    numbers = get_status()
    accounts = select(func.count()).where(User.password_hash.is_not(None))
    return render_template(
        "admin/index.html",
        users=db.session.scalar(select(func.count(User.id))),
        accounts=db.session.scalar(accounts),
        refused_action=Action.LOGIN_REFUSED,
        refused=db.session.scalar(refused),
        waiting=numbers.waiting - numbers.notices,  # of which there is a list
        given_up=numbers.given_up,
    )
