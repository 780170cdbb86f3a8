"""What only you can see: yourself, your favourites and notifications."""

from flask import Response, jsonify

from app.api import api
from app.api.authentication import get_token
from app.api.paging import Place, answer_with_nothing, answer_with_page, fetch_page
from app.api.representations import (
    make_message_representer,
    make_notification_representer,
    represent_me,
)
from app.api.schemas import MeSchema, MessageList, NotificationList, PageQuery
from app.board import favourites, unread
from app.board.models import Message, Notification
from app.web.access import login_required
from app.web.visitors import get_current_user


@api.route("/me", tags=["You"])
@api.response(200, MeSchema)
@login_required
def get_me() -> Response:
    """Get yourself, and what the token may do."""
    return jsonify(represent_me(get_token()))


@api.route("/me/favourites", tags=["You"])
@api.arguments(PageQuery, location="query")
@api.response(200, MessageList)
@login_required
def list_favourites(query: Place) -> Response:
    """List your favourites, newest first."""
    mine = favourites.favourite_messages(get_current_user())
    page = fetch_page(mine, Message.id, query, newest_first=True)
    return answer_with_page(page, make_message_representer())


@api.route("/me/notifications", tags=["You"])
@api.arguments(PageQuery, location="query")
@api.response(200, NotificationList)
@login_required
def list_notifications(query: Place) -> Response:
    """List your notifications, newest first."""
    mine = unread.notifications_of(get_current_user())
    page = fetch_page(mine, Notification.id, query, newest_first=True)
    return answer_with_page(page, make_notification_representer())


@api.route("/me/notifications/read", methods=["PUT"], tags=["You"])
@api.response(204)
@login_required
def read_notifications() -> Response:
    """Mark all notifications as read."""
    unread.mark_all_read(get_current_user())
    return answer_with_nothing()
