"""What is sent and answered, as the description has it, and as it is checked."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validates_schema

from app.api.fields import (
    ID_RANGE,
    QueryInteger,
    as_long_as,
    between,
    example,
    id_field,
    is_writable,
    moment,
)
from app.api.models import Scope
from app.board.models import LONGEST_REASON, LONGEST_TEXT, NotificationKind
from app.board.search import LONGEST_QUERY
from app.models import Permission
from app.models.nickname import LONGEST_NAME
from app.models.user import LONGEST_ABOUT
from app.web.languages import gettext

ROWS = 20
MOST_ROWS = 100


IDEMPOTENCY_KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "description": "A key of your own, a new one for each new request. Within a day, the same "
    "request with the same key is done once, and answered alike.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    "example": "8e03978e-40d5-43dd-bc93-6894a57f9324",
}
IF_MATCH = {
    "in": "header",
    "name": "If-Match",
    "required": True,
    "description": "The ETag of the message as you have read it.",
    "schema": {"type": "string"},
    "example": '"7c211433f02071597741e6ff5a8ea34789abbf43"',
}
LOCATION = {"description": "Where it is.", "schema": {"type": "string", "format": "uri-reference"}}


class PageQuery(Schema):
    """Which part of a list is wanted."""

    after = QueryInteger(
        validate=ID_RANGE, metadata={"description": "Begin after the item with this id."}
    )
    before = QueryInteger(
        validate=ID_RANGE, metadata={"description": "End before the item with this id."}
    )
    limit = QueryInteger(
        validate=between(1, MOST_ROWS),
        load_default=ROWS,
        metadata={"description": "How many items a page has at most."},
    )

    @validates_schema
    def check_cursors(self, data: dict[str, object], **_: object) -> None:
        """Raise ValidationError for two places at once."""
        if "after" in data and "before" in data:
            raise ValidationError(gettext("Please send “after” or “before”, not both."), "before")


class UsersQuery(PageQuery):
    """Which users are wanted."""

    username = fields.String(
        validate=[as_long_as(1, LONGEST_NAME * 4), is_writable],
        metadata={"description": "Only the user of this name, in any spelling."},
    )


class MessagesQuery(PageQuery):
    """Which messages are wanted."""

    author_id = QueryInteger(
        validate=ID_RANGE, metadata={"description": "Only messages that this user has written."}
    )
    reply_to = QueryInteger(
        validate=ID_RANGE, metadata={"description": "Only replies to this message."}
    )


class SearchQuery(PageQuery):
    """What is searched for."""

    q = fields.String(
        required=True,
        validate=[as_long_as(1, LONGEST_QUERY), is_writable],
        metadata=example("hello", "Words that a message has to contain, all of them."),
    )


class UserSchema(Schema):
    """What everybody may read about a user."""

    id = id_field(1, "The number of the user, which stays when the name changes.", required=True)
    username = fields.String(required=True, metadata=example("john", "The name."))
    about_me = fields.String(
        required=True,
        metadata=example("I like teapots.", f"At most {LONGEST_ABOUT} characters."),
    )
    role = fields.String(
        required=True, allow_none=True, metadata=example("User", "null without an account.")
    )
    first_seen = moment("When the name was first said.")
    last_seen = moment("When the user was last here.")
    member_since = moment("When the account was created, if there is one.", none=True)
    visits = fields.Integer(required=True, metadata=example(2, "How many times the name was said."))
    page = fields.Url(
        required=True, metadata=example("http://127.0.0.1:5000/user/john", "The page for people.")
    )


class TokenSchema(Schema):
    """A token, but for the secret."""

    name = fields.String(required=True, metadata=example("backup", "What its owner calls it."))
    scopes = fields.List(
        fields.Enum(Scope, by_value=True),
        required=True,
        metadata=example(["read", "write"], "What it may be used for."),
    )
    expires_at = moment("When it ends, if it does.", none=True)


class MeSchema(UserSchema):
    """What you may read about yourself."""

    email = fields.Email(
        required=True, metadata=example("john@example.com", "Only you can see it.")
    )
    locale = fields.String(
        required=True,
        allow_none=True,
        metadata=example("zh_Hans", "The language, if you have chosen one."),
    )
    time_zone = fields.String(
        required=True,
        allow_none=True,
        metadata=example("Asia/Shanghai", "The time zone, if you have chosen one."),
    )
    permissions = fields.List(
        fields.Enum(Permission),
        required=True,
        metadata=example(["WRITE"], "What your role allows."),
    )
    token = fields.Nested(TokenSchema, required=True)


class RoleSchema(Schema):
    """What users may be on this site."""

    name = fields.String(required=True, metadata=example("Moderator", "The name."))
    permissions = fields.List(
        fields.Enum(Permission),
        required=True,
        metadata=example(["WRITE", "MODERATE"], "What it allows."),
    )


class AuthorSchema(Schema):
    """Who wrote a message."""

    id = id_field(1, "The number of the user.", required=True)
    username = fields.String(required=True, metadata=example("john", "The name."))


class MessageSchema(Schema):
    """A message on the board."""

    id = id_field(7, "The number of the message.", required=True)
    text = fields.String(required=True, metadata=example("Hello, @susan!", "Plain text."))
    author = fields.Nested(
        AuthorSchema,
        required=True,
        allow_none=True,
        metadata={"description": "null if the account has been deleted."},
    )
    reply_to = id_field(
        3, "The message that this one replies to, if any.", required=True, allow_none=True
    )
    written_at = moment("When it was written.")
    edited_at = moment("When its text was last changed, if it was.", none=True, usual=None)
    hidden_at = moment(
        "When a moderator hid it, which only its author can see.", none=True, usual=None
    )
    page = fields.Url(
        required=True, metadata=example("http://127.0.0.1:5000/board/7", "The page for people.")
    )


TEXT: dict[str, Any] = {
    "required": True,
    "validate": [as_long_as(1, LONGEST_TEXT), is_writable],
    "metadata": example("Hello, @susan!", "Plain text, up to 4000 characters as people count."),
}


class NewMessage(Schema):
    """A message to be written."""

    text = fields.String(**TEXT)
    reply_to = id_field(3, "The message that this one replies to, if any.", allow_none=True)


class NewText(Schema):
    """Another text for a message."""

    text = fields.String(**TEXT)


class NewReport(Schema):
    """What moderators should know of a message."""

    reason = fields.String(
        required=True,
        validate=[as_long_as(1, LONGEST_REASON), is_writable],
        metadata=example("An advertisement", "Why they should look at it."),
    )


class NotificationSchema(Schema):
    """What a user is told of a message."""

    id = id_field(5, "The number of the notification.", required=True)
    kind = fields.Enum(
        NotificationKind,
        by_value=True,
        required=True,
        metadata=example("reply", "Why you were notified."),
    )
    told_at = moment("When you were notified.")
    read_at = moment("When you have read it, if you have.", none=True)
    message = fields.Nested(MessageSchema, required=True)


class NewGreeting(Schema):
    """Who says hello."""

    name = fields.String(
        required=True,
        validate=[as_long_as(1, LONGEST_NAME * 4), is_writable],
        metadata=example("John", "The name."),
    )


class GreetingSchema(Schema):
    """How Flasky greets."""

    name = fields.String(required=True, metadata=example("John", "The name, as it was said."))
    known = fields.Boolean(required=True, metadata=example(True, "Whether it was known before."))
    last_seen = moment("When the name was said before, if it was.", none=True)


class ErrorSchema(Schema):
    """One thing that is wrong with a request."""

    pointer = fields.String(metadata=example("/text", "Where in the body, as a JSON Pointer."))
    parameter = fields.String(metadata=example("limit", "Which part of the query."))
    header = fields.String(metadata=example("Idempotency-Key", "Which header."))
    detail = fields.String(required=True, metadata=example("Not a valid string.", "What is wrong."))


class ProblemSchema(Schema):
    """What went wrong (RFC 9457)."""

    type = fields.String(
        required=True, metadata=example("about:blank", "Always this: the status says the rest.")
    )
    title = fields.String(required=True, metadata=example("Not Found", "What the status means."))
    status = fields.Integer(required=True, metadata=example(404, "The status."))
    detail = fields.String(
        required=True, metadata=example("There is no such message.", "What happened, for people.")
    )
    errors = fields.List(
        fields.Nested(ErrorSchema), metadata={"description": "What is wrong where."}
    )
    request_id = fields.String(
        metadata=example("4f1c", "What to quote to the operator of the site.")
    )


def list_of(item: type[Schema], name: str, path: str) -> type[Schema]:
    """Return the schema of a page of a list."""
    following = f"http://127.0.0.1:5000/api/v1/{path}?after=7"
    return Schema.from_dict(
        {
            "items": fields.List(fields.Nested(item), required=True),
            "next": fields.Url(
                required=True,
                allow_none=True,
                metadata=example(following, "The next page, if there is one."),
            ),
            "previous": fields.Url(
                required=True,
                allow_none=True,
                metadata=example(None, "The page before, if there is one."),
            ),
        },
        name=name,
    )


UserList = list_of(UserSchema, "UserList", "users")
MessageList = list_of(MessageSchema, "MessageList", "messages")
NotificationList = list_of(NotificationSchema, "NotificationList", "me/notifications")
RoleList = Schema.from_dict(
    {"items": fields.List(fields.Nested(RoleSchema), required=True)}, name="RoleList"
)
