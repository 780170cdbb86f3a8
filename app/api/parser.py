"""What clients send, strictly read: nothing is guessed, and nothing unknown is passed over."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

from flask import Request
from marshmallow import RAISE, Schema, ValidationError
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import BadRequest, UnprocessableEntity, UnsupportedMediaType

from app.web.languages import gettext
from app.web.languages import lazy_gettext as _

# What marshmallow says, for translators to see.
MARSHMALLOWS = [
    _("Missing data for required field."),
    _("Field may not be null."),
    _("Unknown field."),
    _("Invalid input type."),
    _("Not a valid string."),
    _("Not a valid integer."),
]


MOST_ERRORS = 20  # in an answer: a body may have thousands of unknown fields


class InvalidRequestError(UnprocessableEntity):
    """A body or a query that is not what it should be.

    `errors` says of each part what is wrong, as in RFC 9457, section 3: `{"pointer": "/text",
    "detail": "..."}` of a body, and `{"parameter": "limit", ...}` of a query. Of very many, these
    are the first.
    """

    def __init__(self, errors: list[dict[str, str]]) -> None:
        super().__init__(gettext("Some of what you sent is not accepted; see “errors”."))
        self.errors = errors[:MOST_ERRORS]


def _make_object(members: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the members of an object. Raise ValueError if two have one name."""
    made = dict(members)
    if len(made) != len(members):
        raise ValueError
    return made


def _refuse(constant: str) -> NoReturn:
    """Raise ValueError for what is no JSON, though Python writes it: NaN, and the infinite."""
    raise ValueError(constant)


DECODER = json.JSONDecoder(object_pairs_hook=_make_object, parse_constant=_refuse)


class Parser(FlaskParser):
    """Webargs', but for what it lets pass."""

    DEFAULT_UNKNOWN_BY_LOCATION = {"json": RAISE, "query": RAISE, "headers": None}  # noqa: RUF012

    def load_querystring(self, req: Request, schema: Schema) -> dict[str, str]:  # noqa: ARG002
        """Return the query. Raise InvalidRequestError for what stands there twice."""
        if twice := [name for name, values in req.args.lists() if len(values) > 1]:
            detail = gettext("Please send this once.")
            raise InvalidRequestError([{"parameter": name, "detail": detail} for name in twice])
        return req.args.to_dict()

    def load_json(self, req: Request, schema: Schema) -> Any:  # noqa: ANN401, ARG002
        """Return the body. Raise UnsupportedMediaType and BadRequest for what is no JSON."""
        if req.mimetype != "application/json":
            raise UnsupportedMediaType(
                gettext("Please send JSON, with “Content-Type: application/json”.")
            )
        try:
            return DECODER.decode(req.get_data().decode())
        except (ValueError, RecursionError):  # bytes that are no UTF-8 are a ValueError, too
            raise BadRequest(gettext("The body is not valid JSON.")) from None

    def handle_error(self, error: ValidationError, *_args: Any, **_kwargs: Any) -> NoReturn:  # noqa: ANN401
        """Say what is wrong where."""
        assert isinstance(error.messages, Mapping)  # noqa: S101  # by location, as webargs has it
        raise InvalidRequestError(
            [
                {("pointer" if location == "json" else "parameter"): place, "detail": detail}
                for location, messages in error.messages.items()
                for place, detail in _flatten(messages, "/" if location == "json" else "")
            ]
        )


def _flatten(messages: Any, prefix: str, place: str = "") -> Iterator[tuple[str, str]]:  # noqa: ANN401
    """Give each message with the place that it is about."""
    if isinstance(messages, Mapping):
        for name, inner in messages.items():
            escaped = str(name).replace("~", "~0").replace("/", "~1") if prefix else name
            is_whole = name == "_schema"
            yield from _flatten(inner, prefix, place if is_whole else f"{place}{prefix}{escaped}")
    else:
        for message in messages:
            yield place, gettext(str(message))
