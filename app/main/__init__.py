"""The greeter, the public profile, and the error pages of the whole site."""

from flask import Blueprint, Flask

main = Blueprint("main", __name__)


def init_app(app: Flask) -> None:
    """Add the pages."""
    app.register_blueprint(main)
    design.init_app(app)


from app.main import design, errors, views, well_known  # noqa: E402, F401  # they register themselves
