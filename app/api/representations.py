"""Rows as clients read them. Nobody's private fields are here, but in `represent_me`."""

from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import quote

from flask import current_app

from app.api.models import ApiToken
from app.board.models import Message, Notification
from app.models import Permission, Role, User
from app.web.public_urls import public_url_for

Representation = dict[str, Any]
Represent = Callable[[Any], Representation]


def moment(at: datetime | None) -> str | None:
    """Return a moment as RFC 3339 has it, in UTC."""
    return at.isoformat() if at else None


def make_message_representer() -> Represent:
    """Return what represents a message. The addresses of many begin alike."""
    prefix = _find_messages(current_app.config["PUBLIC_URL"])

    def represent(message: Message) -> Representation:
        author = message.author
        return {
            "id": message.id,
            "text": message.text,
            "author": {"id": author.id, "username": author.username} if author else None,
            "reply_to": message.reply_to_id,
            "written_at": moment(message.written_at),
            "edited_at": moment(message.edited_at),
            "hidden_at": moment(message.hidden_at),
            "page": f"{prefix}{message.id}",
        }

    return represent


def represent_message(message: Message) -> Representation:
    """Return a single message."""
    return make_message_representer()(message)


def make_user_representer() -> Represent:
    """Return what represents a user as everybody may see them."""
    prefix = _find_users(current_app.config["PUBLIC_URL"])

    def represent(user: User) -> Representation:
        return {
            "id": user.id,
            "username": user.username,
            "about_me": user.about_me,
            "role": user.role.name if user.role else None,
            "first_seen": moment(user.first_seen),
            "last_seen": moment(user.last_seen),
            "member_since": moment(user.member_since),
            "visits": user.visits,
            "page": f"{prefix}{quote(user.username, safe='')}",
        }

    return represent


def represent_user(user: User) -> Representation:
    """Return a single user."""
    return make_user_representer()(user)


def represent_me(token: ApiToken) -> Representation:
    """Return what its owner may read about themselves, and about a token."""
    user = token.user
    return represent_user(user) | {
        "email": user.email,
        "locale": user.locale,
        "time_zone": user.time_zone,
        "permissions": _name_permissions(user.role),
        "token": {
            "name": token.name,
            "scopes": token.scopes.split(),
            "expires_at": moment(token.expires_at),
        },
    }


def represent_role(role: Role) -> Representation:
    """Return a role."""
    return {"name": role.name, "permissions": _name_permissions(role)}


def make_notification_representer() -> Represent:
    """Return what represents a notification."""
    represent_its_message = make_message_representer()

    def represent(notification: Notification) -> Representation:
        return {
            "id": notification.id,
            "kind": notification.kind,
            "told_at": moment(notification.created_at),
            "read_at": moment(notification.read_at),
            "message": represent_its_message(notification.message),
        }

    return represent


@cache
def _find_messages(_site: str) -> str:
    """Return how the addresses of messages begin at a site, which takes 40 µs to find out."""
    return public_url_for("board.index")


@cache
def _find_users(_site: str) -> str:
    """Return how the addresses of users begin at a site."""
    return public_url_for("main.user", name="x").removesuffix("x")


def _name_permissions(role: Role | None) -> list[str]:
    return [str(each.name) for each in Permission if role and role.has_permission(each)]
