"""Who may use which page. What does not say so may be used by nobody."""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from flask import Flask, abort, current_app, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from werkzeug.exceptions import Unauthorized

from app.extensions import db
from app.models import Action, Permission, SecondFactor
from app.web import audit
from app.web.accepts import prefers_json
from app.web.limits import Limit
from app.web.visitors import be_nobody

View = TypeVar("View", bound=Callable[..., Any])


class Access(NamedTuple):
    """Who may use a page: everybody, whoever is logged in, or whose role allows something."""

    needs_login: bool
    permission: int = 0


EVERYBODY = Access(needs_login=False)
WITHOUT_FACTOR = {"auth.factor", "auth.scan", "auth.delete"}  # where all need a second factor
REFUSALS = Limit("refusals", "20 per hour")  # of one login, that the audit log tells of


def init_app(app: Flask) -> None:
    """Look at every request before its view does."""
    app.before_request(check)


def everybody(view: View) -> View:
    """Let everybody use a page."""
    return _state(view, EVERYBODY)


def login_required(view: View) -> View:
    """Let whoever is logged in use a page."""
    return _state(view, Access(needs_login=True))


def permission_required(permission: int) -> Callable[[View], View]:
    """Let those use a page whose role allows all of that."""
    return lambda view: _state(view, Access(needs_login=True, permission=permission))


def admin_required(view: View) -> View:
    """Let administrators use a page."""
    return permission_required(Permission.ADMIN)(view)


def access_of(view: Callable[..., Any]) -> Access | None:
    """Return who may use a page, or None if it does not say."""
    return getattr(view, "access", None)


def check() -> ResponseReturnValue | None:
    """Turn away who may not use the page: to the login, or with 403."""
    if request.endpoint is None:
        return None  # there is no such page, or not by this method
    look_up_visitor()
    access = access_of(current_app.view_functions[request.endpoint])
    if access is EVERYBODY:
        return None
    if access is None:
        current_app.logger.error("%s does not say who may use it.", request.endpoint)
        abort(403)
    if not current_user.is_authenticated:
        if request.method not in {"GET", "HEAD"} or prefers_json():
            raise Unauthorized
        here = request.script_root + request.full_path.rstrip("?")
        return redirect(url_for("auth.login", next=here), 303)
    if not current_user.can(access.permission):
        note_refusal()
        abort(403)
    if request.endpoint in WITHOUT_FACTOR or not needs_second_factor(access.permission):
        return None
    if db.session.get(SecondFactor, current_user.id) is not None:
        return None
    if request.method not in {"GET", "HEAD"}:
        note_refusal()
        abort(403)
    return redirect(url_for("auth.factor"), 303)


def needs_second_factor(permission: int) -> bool:
    """Return whether this site asks for a second factor where one has, or needs, a permission.

    Who has a factor has given a code: without, there is no login.
    """
    needed_by = current_app.config["SECOND_FACTOR"]
    is_administration = permission & Permission.ADMIN == Permission.ADMIN
    return needed_by == "everybody" or (needed_by == "administrators" and is_administration)


def note_refusal() -> None:
    """Let the audit log know who wanted to use what."""
    if REFUSALS.allows(current_user.get_id()):
        audit.note(Action.ACCESS_REFUSED, detail=request.endpoint or "")


def look_up_visitor() -> None:
    """Find out who is logged in before a view writes anything; for nobody that costs nothing.

    A static file is the same for everybody, and does not depend on the cookie.
    """
    has_cookie = current_app.config["SESSION_COOKIE_NAME"] in request.cookies
    is_file = (request.endpoint or "").endswith("static")
    if has_cookie and not is_file and "_user_id" in session:
        current_user.is_authenticated  # noqa: B018
    else:
        be_nobody()


def _state(view: View, access: Access) -> View:
    view.access = access  # type: ignore[attr-defined]
    return view
