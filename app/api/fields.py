"""The fields that schemas are made of, and the rules that what is sent has to keep."""

import re
from typing import Any

from marshmallow import ValidationError, fields, validate

from app.models.columns import LARGEST_INTEGER
from app.web.languages import gettext
from app.web.languages import lazy_gettext as _

MOMENT = "2026-11-22T09:30:00+00:00"


def between(least: int, most: int) -> validate.Range:
    """Return the rule that a number is not below one, nor above another."""
    return validate.Range(least, most, error=_("Please send a number from {min} to {max}."))


def as_long_as(least: int, most: int) -> validate.Length:
    """Return the rule that a text has so many characters."""
    return validate.Length(least, most, error=_("Please send {min} to {max} characters."))


INTEGER = re.compile("0|-?[1-9][0-9]*")
ID_RANGE = between(1, LARGEST_INTEGER)


def example(value: object, description: str) -> dict[str, Any]:
    """Return what the description says of a field, besides its type."""
    return {"description": description, "examples": [value]}


class BodyInteger(fields.Integer):
    """An integer in JSON, where 3.0 is one, too (JSON Schema, section 6.1.1 of its validation)."""

    def _validated(self, value: Any) -> int:  # noqa: ANN401
        is_whole = isinstance(value, float) and value.is_integer()
        return super()._validated(int(value) if is_whole else value)


def id_field(value: int, description: str, **more: Any) -> fields.Integer:  # noqa: ANN401
    """Return a field for the number of a row."""
    return BodyInteger(strict=True, validate=ID_RANGE, metadata=example(value, description), **more)


def moment(description: str, *, none: bool = False, usual: str | None = MOMENT) -> fields.DateTime:
    """Return a field for a moment, in UTC (RFC 3339)."""
    metadata = example(usual, description)
    return fields.DateTime(required=True, allow_none=none, metadata=metadata)


def is_writable(text: str) -> None:
    """Raise ValidationError for what a database does not keep, or no text holds."""
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise ValidationError(gettext("This has characters that are not allowed."))


class QueryInteger(fields.Integer):
    """An integer in a query, written as one writes it in JSON."""

    def _validated(self, value: Any) -> int:  # noqa: ANN401
        if not INTEGER.fullmatch(str(value)):
            raise self.make_error("invalid", input=value)
        return super()._validated(value)
