"""Users, and what they may be."""

from typing import NotRequired

from flask import Response, abort, jsonify
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.api import api
from app.api.paging import Place, answer_with_page, fetch_page
from app.api.representations import make_user_representer, represent_role, represent_user
from app.api.schemas import RoleList, UserList, UserSchema, UsersQuery
from app.extensions import db
from app.models import Role, User
from app.models.nickname import InvalidNameError, parse_nickname
from app.web.access import everybody, everybody_alike, login_required
from app.web.languages import gettext

USERS = select(User).options(joinedload(User.role))


class UsersPlace(Place):
    """Which users are wanted."""

    username: NotRequired[str]


@api.route("/users", tags=["Users"])
@api.arguments(UsersQuery, location="query")
@api.response(200, UserList)
@login_required
def list_users(query: UsersPlace) -> Response:
    """List users, oldest first."""
    users = USERS
    if "username" in query:
        users = users.where(User.username_key == _make_key(query["username"]))
    return answer_with_page(fetch_page(users, User.id, query), make_user_representer())


def _make_key(name: str) -> str | None:
    """Return by what a name is known in any spelling, or None for what is no name."""
    try:
        return parse_nickname(name).key
    except InvalidNameError:
        return None


@api.route("/users/<id:user_id>", tags=["Users"])
@api.response(200, UserSchema)
@everybody
def get_user(user_id: int) -> Response:
    """Get a user."""
    user = db.session.scalar(USERS.where(User.id == user_id))
    return jsonify(represent_user(user or abort(404, gettext("There is no such user."))))


@api.route("/roles", tags=["Users"])
@api.response(200, RoleList)
@everybody_alike
def list_roles() -> Response:
    """List the roles that users can have."""
    roles = db.session.scalars(select(Role).order_by(Role.id))
    return jsonify({"items": [represent_role(role) for role in roles]})
