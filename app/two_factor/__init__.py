"""Two-factor authentication: a code of an app besides the password, for whoever wants or needs it.

The room hangs on to the others; none of them knows it, but for an include in the pages of the
settings and of an administered user.

- `second_factor`: codes of an app, recovery codes, and other kinds; `authenticator`, `limits`
- `personal_data`: what a copy of one's data says of it
- `checks`: what it asks at a login, and before a page
- `login`, `settings`, `administration`: its pages; `commands`: `flask user forget-factor`
"""

from flask import Blueprint, Flask, g

from app.auth import never_store
from app.models import User
from app.two_factor import second_factor
from app.two_factor.models import SecondFactor

two_factor = Blueprint("two_factor", __name__, template_folder="templates")
two_factor.after_request(never_store)


@two_factor.app_template_global("second_factor_of")
def find_for_page(user: User) -> SecondFactor | None:
    """Return a user's second factor, or None, for a page whose parts ask for it: once."""
    found: dict[int, SecondFactor | None] = g.setdefault("second_factors", {})
    if user.id not in found:
        found[user.id] = second_factor.get(user)
    return found[user.id]


@two_factor.app_template_global("has_second_factor")
def is_on_for_page(user: User) -> bool:
    """Return whether a user has a second factor of any kind."""
    return find_for_page(user) is not None or second_factor.has_another(user)


def init_app(app: Flask) -> None:
    """Add the pages, and let the login lead to the one that asks for a code."""
    app.extensions["code_view"] = "two_factor.give_code"
    app.register_blueprint(two_factor)


from app.two_factor import (  # noqa: E402  # they register themselves
    administration,  # noqa: F401
    checks,  # noqa: F401
    commands,  # noqa: F401
    examination,  # noqa: F401
    login,  # noqa: F401
    personal_data,  # noqa: F401
    settings,  # noqa: F401
)
