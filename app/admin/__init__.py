"""Administration: who has an account, what was done, which mails wait. For administrators alone."""

from flask import Blueprint

admin = Blueprint("admin", __name__, url_prefix="/admin")

from app.admin import log, mails, overview, users  # noqa: E402, F401  # they register themselves
