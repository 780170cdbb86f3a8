"""The greeter, the public profile, and the error pages of the whole site."""

from flask import Blueprint, Flask

main = Blueprint("main", __name__)


def init_app(app: Flask) -> None:
    """Add the pages."""
    app.register_blueprint(main)
    design.init_app(app)


from app.main import (  # noqa: E402  # they register themselves
    design,
    errors,  # noqa: F401
    forgetting,  # noqa: F401
    views,  # noqa: F401
    well_known,  # noqa: F401
)
