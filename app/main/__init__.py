"""The greeter, the public profile, and the error pages of the whole site."""

from flask import Blueprint, Flask

main = Blueprint("main", __name__)


def init_app(app: Flask) -> None:
    """Add the pages."""
    app.register_blueprint(main)


from app.main import errors, health, views  # noqa: E402, F401  # they register themselves with `main`
