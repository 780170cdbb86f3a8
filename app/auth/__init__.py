"""Accounts: registering, logging in, passwords, addresses, sessions."""

from flask import Blueprint, Flask, Response, request

from app.auth import logins
from app.auth.commands import user
from app.extensions import login_manager
from app.models import AnonymousUser
from app.web.visitors import known_visitor

auth = Blueprint("auth", __name__, url_prefix="/auth")


def init_app(app: Flask) -> None:
    """Let the application know who is logged in, and add the pages and the commands."""
    login_manager.init_app(app)
    # The remember cookie is not used; its hook would make each answer depend on the cookie.
    app.after_request_funcs[None].remove(login_manager._update_remember_cookie)  # noqa: SLF001
    login_manager._load_user_from_remember_cookie = lambda _cookie: None  # noqa: SLF001
    login_manager.anonymous_user = AnonymousUser
    login_manager.session_protection = None  # it believes X-Forwarded-For
    login_manager.user_loader(logins.load)
    app.after_request(keep_private)
    app.cli.add_command(user)
    app.register_blueprint(auth)


def keep_private(response: Response) -> Response:
    """Let nobody keep the pages of somebody who is logged in, nor those with a link's token."""
    user = known_visitor()
    if request.blueprint == "auth" or (user is not None and user.is_authenticated):
        response.cache_control.no_store = True
    return response


from app.auth import factor_settings, mails, settings, views  # noqa: E402, F401  # they register themselves
