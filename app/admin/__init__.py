"""Administration: who has an account, what was done, which mails wait. For administrators alone."""

from flask import Blueprint, Flask

admin = Blueprint("admin", __name__, url_prefix="/admin")


def init_app(app: Flask) -> None:
    """Add the pages."""
    app.register_blueprint(admin)


from app.admin import log, mails, overview, users  # noqa: E402, F401  # they register themselves
