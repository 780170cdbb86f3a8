"""The schemas of the description as people read them: types, fields, examples."""

import json
from typing import Any, NamedTuple

from app.models.columns import LARGEST_INTEGER

Schema = dict[str, Any]
Schemas = dict[str, Schema]  # by their names
LIMITS = [("minimum", "maximum"), ("minLength", "maxLength")]


class Field(NamedTuple):
    """A part of what is sent or answered."""

    name: str
    type: str  # as TypeScript writes it
    range: str  # of a number, or of the length of a text, or ""
    link: str | None  # the name of the schema that its type names
    description: str
    is_required: bool
    place: str = ""  # of a parameter: path, query or header
    example: str = ""  # of a parameter
    default: Any = None


def find_name(schema: Schema) -> str | None:
    """Return the name of the schema that this one refers to, or its items, or None."""
    for part in (schema, schema.get("items", {}), *schema.get("anyOf", ())):
        if "$ref" in part:
            return str(part["$ref"]).rpartition("/")[2]
    return None


def describe_type(schema: Schema) -> str:
    """Return a type as TypeScript writes it: `string | null`, `Message[]`."""
    if "anyOf" in schema:
        return " | ".join(map(describe_type, schema["anyOf"]))
    if "items" in schema:
        inner = describe_type(schema["items"])
        return f"({inner})[]" if "|" in inner else f"{inner}[]"
    if "enum" in schema:
        return " | ".join(map(json.dumps, schema["enum"]))
    kinds = schema.get("type") or str(find_name(schema))
    first, *others = [kinds] if isinstance(kinds, str) else kinds
    return " | ".join([schema.get("format", first), *others])


def describe_range(schema: Schema) -> str:
    """Return between what a number is, or the length of a text, or nothing: so of ids."""
    for least, most in LIMITS:
        if schema.get(most, LARGEST_INTEGER) < LARGEST_INTEGER:
            return f"{schema[least]}–{schema[most]}"  # noqa: RUF001
    return ""


def describe_field(name: str, schema: Schema, **more: Any) -> Field:  # noqa: ANN401
    """Return a part of what is sent or answered."""
    return Field(
        name,
        describe_type(schema),
        describe_range(schema),
        find_name(schema),
        default=schema.get("default"),
        **{"description": schema.get("description", ""), **more},
    )


def list_fields(schema: Schema) -> list[Field]:
    """Return the fields of an object."""
    required = schema.get("required", ())
    return [
        describe_field(name, each, is_required=name in required)
        for name, each in schema.get("properties", {}).items()
    ]


def make_example(schema: Schema, schemas: Schemas) -> Any:  # noqa: ANN401
    """Return a value that the schema describes, from the examples of the fields that it needs."""
    if "examples" in schema:
        return schema["examples"][0]
    if "items" in schema:
        return [make_example(schema["items"], schemas)]
    name = find_name(schema)
    whole = schemas[name] if name else schema
    required = whole.get("required", ())
    return {
        key: make_example(each, schemas)
        for key, each in whole.get("properties", {}).items()
        if key in required
    }
