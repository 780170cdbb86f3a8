"""Who may use which page. What does not say so may be used by nobody."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

from flask import Blueprint, Flask, abort, current_app, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import Forbidden, Unauthorized

from app import audit
from app.extensions import login_manager
from app.models import Action, Permission, User
from app.web import proofs
from app.web.content_negotiation import prefers_json
from app.web.limits import Allowance
from app.web.visitors import find_current_user, get_current_user, make_anonymous, set_visitor

View = TypeVar("View", bound=Callable[..., Any])
# Returns who sends a request, or None for nobody, where that is not said by a session's cookie.
Identification = Callable[[], User | None]


class Access(NamedTuple):
    """Who may use a page: everybody, whoever is logged in, or whose role allows something.

    Whoever does not meet a condition of the site may use only what is unconditional. What is the
    same for all does not even look who asks. What needs a proof is for who has given one of late:
    see app.web.proofs, which keeps the fields of those names if a form comes too late.
    """

    needs_login: bool
    permission: int = 0
    is_unconditional: bool = False
    is_same_for_all: bool = False
    needs_proof: bool = False
    fields_to_keep: tuple[str, ...] = ()


class UnstatedAccessError(Forbidden):
    """The view of this request does not say who may use it."""


# Returns the endpoint of the page where a user comes to meet it, or None if they do.
Condition = Callable[[User, Access], str | None]
_conditions: list[Condition] = []
_identifications: dict[str, Identification] = {}

EVERYBODY = Access(needs_login=False)
EVERYBODY_ALIKE = Access(needs_login=False, is_same_for_all=True)
REFUSALS = Allowance("refusals", "20 per hour")  # of one user, that the audit log tells of


def init_app(app: Flask) -> None:
    """Look at every request before its view does, and before Flask-WTF looks at its token.

    Whose login has ended is told that: the answer is 401, and not 400.
    """
    assert "csrf" not in app.extensions, "access.init_app comes before csrf.init_app"  # noqa: S101
    app.before_request(check)


def register_condition(condition: Condition) -> Condition:
    """Let a function say what somebody who is logged in has to do before they use a page."""
    _conditions.append(condition)
    return condition


def register_identification(blueprint: str) -> Callable[[Identification], Identification]:
    """Let a function find out who sends a request to a blueprint, whatever the session says."""

    def register(identify: Identification) -> Identification:
        _identifications[blueprint] = identify
        return identify

    return register


def everybody(view: View) -> View:
    """Let everybody use a page."""
    return _set_access(view, EVERYBODY)


def everybody_alike(view: View) -> View:
    """Let everybody use what is the same for all, and does not depend on any cookie.

    There, nobody is logged in.
    """
    return _set_access(view, EVERYBODY_ALIKE)


def login_required(view: View) -> View:
    """Let whoever is logged in use a page."""
    return _set_access(view, Access(needs_login=True))


def login_required_unconditionally(view: View) -> View:
    """Let whoever is logged in use a page, even if they do not meet a condition of the site.

    That is for the pages on which they come to meet it, or which are a way out.
    """
    return _set_access(view, Access(needs_login=True, is_unconditional=True))


def proof_required(*, keep: Sequence[str] = ()) -> Callable[[View], View]:
    """Let those use a page who have proved of late who they are.

    It stands above what else the view says, such as `@login_required`. Of a form that comes too
    late, the fields to `keep` are there again after the proof: name none that holds a secret.
    """

    def require(view: View) -> View:
        access = get_access(view) or Access(needs_login=True)
        return _set_access(view, access._replace(needs_proof=True, fields_to_keep=tuple(keep)))

    return require


def permission_required(permission: int) -> Callable[[View], View]:
    """Let those use a page whose role allows all of that."""
    return lambda view: _set_access(view, Access(needs_login=True, permission=permission))


def admin_required(view: View) -> View:
    """Let administrators use a page, who have proved of late who they are."""
    return proof_required()(permission_required(Permission.ADMIN)(view))


def get_access(view: Callable[..., Any]) -> Access | None:
    """Return who may use a page, or None if it does not say.

    A blueprint's static files are everybody's, like those of the site.
    """
    if getattr(view, "__func__", None) is Blueprint.send_static_file:
        return EVERYBODY_ALIKE
    return getattr(view, "access", None)


def check() -> ResponseReturnValue | None:
    """Turn away who may not use the page: to the login, to a proof, or with 403.

    `app.auth` says where those are, and a condition where it is met.
    """
    endpoint = request.endpoint
    if endpoint is None or is_answered_by_flask():
        return None  # there is no such page, or not by this method
    access = get_access(current_app.view_functions[endpoint])
    look_up_visitor(access)
    if access is not None and not access.needs_login:
        return None
    if access is None:
        current_app.logger.error("%s does not say who may use it.", endpoint)
        raise UnstatedAccessError
    user = find_current_user()
    if user is None:
        if request.method not in {"GET", "HEAD"} or prefers_json():
            raise Unauthorized
        here = request.script_root + request.full_path.rstrip("?")
        return redirect(url_for(login_manager.login_view, next=here), 303)
    if not user.can(access.permission):
        note_refusal()
        abort(403)
    way = None if access.is_unconditional else find_required_page(user, access)
    if way and (request.method not in {"GET", "HEAD"} or prefers_json()):
        note_refusal()
        abort(403)
    if way:
        return redirect(url_for(way), 303)
    is_enough = not access.needs_proof or proofs.is_fresh(user)
    return None if is_enough else proofs.ask_for_proof(access.fields_to_keep)


def is_answered_by_flask() -> bool:
    """Return whether it is only asked which methods there are, so that no view is called.

    A browser asks that before it lets a page of another site use the API, and shows no token.
    """
    is_automatic = getattr(request.url_rule, "provide_automatic_options", False)
    return request.method == "OPTIONS" and is_automatic


def find_required_page(user: User, access: Access) -> str | None:
    """Return the endpoint of the first page that somebody has to see, or None."""
    return next((way for condition in _conditions if (way := condition(user, access))), None)


def note_refusal() -> None:
    """Commit a note for the audit log of who wanted to use what."""
    if REFUSALS.allows(str(get_current_user().id)):
        audit.note(Action.ACCESS_REFUSED, detail=str(request.url_rule))


def look_up_visitor(access: Access | None) -> None:
    """Find out who is logged in before a view writes anything; for nobody that costs nothing."""
    is_same_for_all = access is not None and access.is_same_for_all
    if is_same_for_all:
        make_anonymous()
    elif identify := _identifications.get(request.blueprint or ""):
        set_visitor(identify())
    elif current_app.config["SESSION_COOKIE_NAME"] in request.cookies and "_user_id" in session:
        find_current_user()
    else:
        make_anonymous()


def _set_access(view: View, access: Access) -> View:
    view.access = access  # type: ignore[attr-defined]
    return view
