"""The pages of accounts: registering, logging in, settings."""

from flask import Blueprint, Flask, Response, request

from app.accounts import (
    data_commands,  # noqa: F401  # which add themselves to `flask user`
    guessing,  # noqa: F401  # which warns owners
    import_command,  # noqa: F401  # which adds itself to `flask user`
    letters,
)
from app.accounts.commands import user
from app.auth import browser
from app.extensions import login_manager
from app.models import AnonymousUser
from app.web.visitors import known_visitor

auth = Blueprint("auth", __name__, url_prefix="/auth")
auth.add_app_template_global(letters.make_not_me_url, "not_me_url")


def init_app(app: Flask) -> None:
    """Let the application know who is logged in, and add the pages and the commands."""
    login_manager.init_app(app)
    # The remember cookie is not used; its hook would make each answer depend on the cookie.
    app.after_request_funcs[None].remove(login_manager._update_remember_cookie)  # noqa: SLF001
    login_manager._load_user_from_remember_cookie = lambda _cookie: None  # noqa: SLF001
    login_manager.anonymous_user = AnonymousUser
    login_manager.session_protection = None  # it believes X-Forwarded-For
    login_manager.user_loader(browser.load)
    login_manager.login_view = "auth.login"
    app.extensions["proof_view"] = "auth.prove"
    app.after_request(keep_private)
    app.cli.add_command(user)
    app.register_blueprint(auth)


def keep_private(response: Response) -> Response:
    """Let nobody keep the pages of somebody who is logged in, nor those with a link's token.

    Nor is a token in the address told to others, as the log of a proxy keeps what is asked for.
    """
    user = known_visitor()
    if user is not None and user.is_authenticated:
        never_store(response)
    if "token" in (request.view_args or {}):
        response.headers["Referrer-Policy"] = "strict-origin"  # the address opens an account
    return response


def never_store(response: Response) -> Response:
    """Let neither the browser nor anything on the way keep what is about an account."""
    response.cache_control.no_store = True
    return response


auth.after_request(never_store)

from app.auth import (  # noqa: E402  # they register themselves
    activity,  # noqa: F401
    conditions,  # noqa: F401
    own_data,  # noqa: F401
    proof,  # noqa: F401
    settings,  # noqa: F401
    views,  # noqa: F401
)
