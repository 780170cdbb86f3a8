"""Messages on the board: reading, writing, changing, keeping, reporting, finding."""

from typing import NotRequired, TypedDict

from flask import Response, jsonify, request, url_for

from app.api import api
from app.api.idempotency import Remember, run_once
from app.api.paging import Place, answer_with_nothing, answer_with_page, fetch_page
from app.api.preconditions import check_match, require_match
from app.api.representations import make_message_representer, represent_message
from app.api.schemas import (
    IDEMPOTENCY_KEY,
    IF_MATCH,
    LOCATION,
    MessageList,
    MessageSchema,
    MessagesQuery,
    NewMessage,
    NewReport,
    NewText,
    SearchQuery,
)
from app.board import favourites, messages, reports, search
from app.board.forms import BYTES_OF_A_CHARACTER, OTHER_BYTES
from app.board.limits import limit_messages, limit_reports, limit_searches
from app.board.models import LONGEST_TEXT, Message
from app.board.pages import get_message, get_message_for, get_own_message
from app.board.search import InvalidQueryError
from app.models import Permission
from app.web.access import everybody, login_required, permission_required
from app.web.visitors import find_current_user, get_current_user


class MessagesPlace(Place):
    """Which messages are wanted."""

    author_id: NotRequired[int]
    reply_to: NotRequired[int]


class SearchPlace(Place):
    """What is searched for."""

    q: str


class Text(TypedDict):
    """What a message is to say, and, for a new one, what it replies to."""

    text: str
    reply_to: NotRequired[int | None]


class Reason(TypedDict):
    """Why a message is reported."""

    reason: str


@api.route("/messages", tags=["Messages"])
@api.arguments(MessagesQuery, location="query")
@api.response(200, MessageList)
@everybody
def list_messages(query: MessagesPlace) -> Response:
    """List messages, newest first."""
    found = messages.visible_messages(find_current_user())
    if "author_id" in query:
        found = found.where(Message.author_id == query["author_id"])
    if "reply_to" in query:
        found = found.where(Message.reply_to_id == query["reply_to"])
    page = fetch_page(found, Message.id, query, newest_first=True)
    return answer_with_page(page, make_message_representer())


@api.route("/messages", methods=["POST"], tags=["Messages"])
@api.arguments(NewMessage)
@api.response(201, MessageSchema, headers={"Location": LOCATION})
@api.alt_response(404, "NOT_FOUND")
@api.alt_response(410, "GONE")
@api.doc(parameters=[IDEMPOTENCY_KEY])
@permission_required(Permission.WRITE)
def post_message(body: Text) -> Response:
    """Write a message."""
    author, number = get_current_user(), body.get("reply_to")
    reply_to = get_message_for(None, number) if number else None

    def post(remember: Remember) -> str:
        limit_messages(author)
        written = messages.post(
            author, body["text"], reply_to, lambda message: remember(str(message.id))
        )
        return str(written.id)

    message_id = int(run_once(post))
    response = answer_with_message(get_message(message_id), status=201)
    response.location = url_for(".read_message", message_id=message_id)
    return response


@api.route("/messages/<id:message_id>", tags=["Messages"])
@api.response(200, MessageSchema)
@everybody
def read_message(message_id: int) -> Response:
    """Read a message."""
    return answer_with_message(get_message(message_id))


@api.route("/messages/<id:message_id>", methods=["PATCH"], tags=["Messages"])
@api.arguments(NewText)
@api.response(200, MessageSchema)
@api.doc(parameters=[IF_MATCH])
@permission_required(Permission.WRITE)
def edit_message(body: Text, message_id: int) -> Response:
    """Change the text of your own message, for 15 minutes."""
    found = get_own_message(message_id)
    messages.edit(
        get_current_user(), found, body["text"], lambda: require_match(represent_message(found))
    )
    return answer_with_message(found)


@api.route("/messages/<id:message_id>", methods=["DELETE"], tags=["Messages"])
@api.response(204)
@api.doc(parameters=[IF_MATCH | {"required": False}])
@permission_required(Permission.WRITE)
def delete_message(message_id: int) -> Response:
    """Delete your own message for good."""
    found = get_own_message(message_id)
    messages.delete(get_current_user(), found, lambda: check_match(represent_message(found)))
    return answer_with_nothing()


@api.route("/messages/<id:message_id>/reports", methods=["POST"], tags=["Messages"])
@api.arguments(NewReport)
@api.response(204)
@api.alt_response(409, "CONFLICT")
@api.doc(parameters=[IDEMPOTENCY_KEY])
@login_required
def report_message(body: Reason, message_id: int) -> Response:
    """Report a message to the moderators, once."""
    found, user = get_message(message_id), get_current_user()

    def report(remember: Remember) -> str:
        limit_reports(user)
        reports.report(user, found, body["reason"], lambda: remember(""))
        return ""

    run_once(report)
    return answer_with_nothing()


@api.route("/messages/<id:message_id>/favourite", methods=["PUT"], tags=["Messages"])
@api.response(204)
@login_required
def keep_message(message_id: int) -> Response:
    """Add a message to your favourites."""
    favourites.add(get_current_user(), get_message(message_id))
    return answer_with_nothing()


@api.route("/messages/<id:message_id>/favourite", methods=["DELETE"], tags=["Messages"])
@api.response(204)
@login_required
def forget_message(message_id: int) -> Response:
    """Remove a message from your favourites."""
    favourites.remove(get_current_user(), get_message(message_id))
    return answer_with_nothing()


@api.route("/search", tags=["Messages"])
@api.arguments(SearchQuery, location="query")
@api.response(200, MessageList)
@everybody
def search_messages(query: SearchPlace) -> Response:
    """Search messages, newest first.

    A page may have fewer messages than you asked for, or none, and still lead on to the next:
    a large board is searched part by part.
    """
    wanted = search.parse_query(query["q"])
    if not wanted.words:
        raise InvalidQueryError("Please search for words. Signs and emoji cannot be found.")
    limit_searches()
    found = search.find(
        wanted,
        find_current_user(),
        after=query.get("after"),
        before=query.get("before"),
        most=query["limit"],
    )
    page = fetch_page(
        found.messages, Message.id, query, newest_first=True, stopped_at=found.stopped_at
    )
    return answer_with_page(page, make_message_representer())


@api.before_request
def limit_body() -> None:
    """Let a body be as long as the longest message, when each character of it is escaped."""
    request.max_content_length = LONGEST_TEXT * BYTES_OF_A_CHARACTER + OTHER_BYTES


def answer_with_message(message: Message, status: int = 200) -> Response:
    """Return a message, with the tag that a change of it has to name."""
    response = jsonify(represent_message(message))
    response.status_code = status
    if status == 200:  # noqa: PLR2004
        response.add_etag()
    return response
