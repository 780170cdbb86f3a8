"""Users: finding them, and what an administrator can do about an account."""

from collections.abc import Sequence

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Select, or_, select
from sqlalchemy.orm import joinedload

from app.accounts import administration, login_sessions
from app.accounts.administration import LastAdministratorError
from app.admin import admin
from app.admin.log import events_about
from app.extensions import db
from app.models import Role, User
from app.models.addresses import LONGEST_EMAIL, LOWER
from app.models.nickname import InvalidNameError, parse_nickname
from app.models.texts import make_writable
from app.web.access import admin_required
from app.web.confirmation import ask_to_confirm
from app.web.events import ACTIONS, DETAILS
from app.web.languages import gettext
from app.web.languages import lazy_gettext as _
from app.web.paging import paginate, read_sorting
from app.web.templates import translate_role
from app.web.tones import Tone
from app.web.visitors import get_current_user

HAS_ACCOUNT = User.password_hash.is_not(None)
STATES = {
    "account": (_("with an account"), HAS_ACCOUNT),
    "enabled": (_("enabled"), HAS_ACCOUNT & User.disabled_at.is_(None)),
    "disabled": (_("disabled"), HAS_ACCOUNT & User.disabled_at.is_not(None)),
    "visitor": (_("without an account"), ~HAS_ACCOUNT),
}
SORTED_BY = {"name": User.username_key, "first-seen": User.id}  # each has an index
EVENTS_SHOWN = 10
LAST_ADMINISTRATOR = _(
    "This is the only administrator. Please make someone else an administrator first."
)


@admin.route("/users")
@admin_required
def users() -> ResponseReturnValue:
    """List users, by name or when they came: those whom a search and two filters leave."""
    query = make_writable(request.args.get("q", "")).strip()[:LONGEST_EMAIL]
    role, state = request.args.get("role", ""), request.args.get("state", "")
    sorting = read_sorting(SORTED_BY)
    found = select_users(query, role, state)
    return render_template(
        "admin/users.html",
        page=paginate(found, sorting.column, newest_first=sorting.is_descending),
        sorting=sorting,
        query=query,
        role=role,
        roles=[(name, translate_role(name)) for name in find_role_names()],
        state=state,
        states=[(name, words) for name, (words, _rule) in STATES.items()],
    )


def select_users(query: str, role: str, state: str) -> Select[User]:
    """Return the users whose name or address holds a text, with a role, in a state of STATES."""
    found = select(User).options(joinedload(User.role))
    if query:
        found = found.where(
            or_(
                *(
                    User.username_key.contains(key, autoescape=True)
                    for key in make_name_keys(query)
                ),
                *(User.email_key.contains(key, autoescape=True) for key in make_email_keys(query)),
            )
        )
    if role:
        found = found.join(User.role).where(Role.name == make_writable(role))
    if state in STATES:
        found = found.where(STATES[state][1])
    return found


def make_name_keys(query: str) -> set[str]:
    """Return how a part of a name may stand in the keys that names are compared by."""
    try:
        return {query.lower(), parse_nickname(query).key}
    except InvalidNameError:
        return {query.lower()}


def make_email_keys(query: str) -> set[str]:
    """Return how a part of a mail address may stand in the keys of addresses."""
    user, at, domain = query.translate(LOWER).rpartition("@")
    try:
        return {query.translate(LOWER), f"{user}{at}{domain.encode('idna').decode('ascii')}"}
    except UnicodeError:
        return {query.translate(LOWER)}


@admin.route("/users/<id:user_id>")
@admin_required
def user(user_id: int) -> ResponseReturnValue:
    """Show a user, and what can be done about the account."""
    found = db.get_or_404(User, user_id)
    return render_template(
        "admin/user.html",
        user=found,
        roles=[(name, translate_role(name)) for name in find_role_names()],
        logins=login_sessions.find_by_user(found),
        events=events_about(found, EVENTS_SHOWN),
        actions=ACTIONS,
        details=DETAILS,
    )


@admin.route("/users/<id:user_id>/role", methods=["POST"])
@admin_required
def change_role(user_id: int) -> ResponseReturnValue:
    """Give an account another role."""
    found = get_account_or_404(user_id)
    role = db.first_or_404(
        select(Role).where(Role.name == make_writable(request.form.get("role", "")))
    )
    try:
        administration.set_role(found, role, get_current_user())
    except LastAdministratorError:
        return redirect_to_user(user_id, LAST_ADMINISTRATOR, Tone.ERROR)
    return redirect_to_user(user_id, gettext("The role has been changed."))


@admin.route("/users/<id:user_id>/disable", methods=["GET", "POST"])
@admin_required
def disable(user_id: int) -> ResponseReturnValue:
    """Log somebody out for good, after asking."""
    found = get_account_or_404(user_id)
    if request.method == "GET":
        return ask_about(
            found,
            gettext("Disable account"),
            gettext(
                "%(name)s will be logged out everywhere, and cannot log in again until you enable "
                "the account. Nothing is deleted.",
                name=found.username,
            ),
        )
    try:
        administration.disable(found, get_current_user())
    except LastAdministratorError:
        return redirect_to_user(user_id, LAST_ADMINISTRATOR, Tone.ERROR)
    return redirect_to_user(
        user_id, gettext("The account is disabled, and the user is logged out everywhere.")
    )


@admin.route("/users/<id:user_id>/enable", methods=["POST"])
@admin_required
def enable(user_id: int) -> ResponseReturnValue:
    """Let somebody in again."""
    administration.enable(get_account_or_404(user_id), get_current_user())
    return redirect_to_user(user_id, gettext("The account is enabled again."))


@admin.route("/users/<id:user_id>/sessions", methods=["GET", "POST"])
@admin_required
def end_sessions(user_id: int) -> ResponseReturnValue:
    """Log somebody out everywhere, after asking."""
    found = get_account_or_404(user_id)
    if request.method == "GET":
        return ask_about(
            found,
            gettext("Log this user out everywhere"),
            gettext("%(name)s will have to log in again in every browser.", name=found.username),
        )
    administration.log_out_everywhere(found, get_current_user())
    return redirect_to_user(user_id, gettext("The user is logged out everywhere."))


def find_role_names() -> Sequence[str]:
    """Return the names of all roles, that which allows least first."""
    return db.session.scalars(select(Role.name).order_by(Role.permissions, Role.name)).all()


def get_account_or_404(user_id: int) -> User:
    """Return a user who has an account, or answer 404."""
    found = db.get_or_404(User, user_id)
    if not found.has_account:
        abort(404)
    return found


def ask_about(user: User, title: str, explanation: str) -> ResponseReturnValue:
    """Ask whether something is to be done about a user's account."""
    return ask_to_confirm(title, explanation, url_for("admin.user", user_id=user.id))


def redirect_to_user(user_id: int, message: str, tone: Tone = Tone.SUCCESS) -> ResponseReturnValue:
    """Lead back to a user's page, or home who may not see it any more, and say what was done."""
    flash(str(message), tone)
    me = get_current_user()
    is_out = user_id == me.id and not (me.is_administrator() and me.disabled_at is None)
    return redirect(
        url_for("main.index") if is_out else url_for("admin.user", user_id=user_id), 303
    )
