"""What the description says of each operation, as the reference page shows it."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from app.api.data_types import Field, Schemas, describe_field, find_name, list_fields, make_example
from app.api.description import ANSWER_HEADERS, TOKEN

Described = dict[str, Any]  # a part of the OpenAPI document


class Body(NamedTuple):
    """What is sent."""

    name: str  # of its schema
    fields: list[Field]
    example: str


class Answer(NamedTuple):
    """What comes back when all is well."""

    status: str
    description: str
    name: str | None  # of its schema
    headers: list[str]  # besides those that every answer has
    example: str


class Operation(NamedTuple):
    """What programs can do, by a method at an address."""

    id: str
    tag: str
    method: str
    path: str
    summary: str
    description: str
    needs_token: bool
    takes_token: bool
    parameters: list[Field]
    body: Body | None
    answer: Answer
    problems: list[int]  # the statuses of what can go wrong


def read_operations(document: Described) -> Iterator[Operation]:
    """Give each operation of the document."""
    schemas = document["components"]["schemas"]
    for path, methods in document["paths"].items():
        shared = methods.get("parameters", [])
        for method, described in methods.items():
            if method != "parameters":
                yield _read_operation(path, method.upper(), described, shared, schemas)


def _read_operation(
    path: str, method: str, described: Described, shared: list[Described], schemas: Schemas
) -> Operation:
    security, responses = described["security"], described["responses"]
    return Operation(
        id=described["operationId"],
        tag=described["tags"][0],
        method=method,
        path=path,
        summary=described["summary"],
        description=described.get("description", ""),
        needs_token={TOKEN: []} in security and {} not in security,
        takes_token={TOKEN: []} in security,
        parameters=[_read_parameter(each) for each in shared + described.get("parameters", [])],
        body=_read_body(described, schemas),
        answer=_read_answer(responses, schemas),
        problems=sorted(int(status) for status in responses if status >= "400"),
    )


def _read_parameter(parameter: Described) -> Field:
    schema = parameter["schema"]
    return describe_field(
        parameter["name"],
        schema,
        description=parameter.get("description", ""),
        is_required=parameter.get("required", False),
        place=parameter["in"],
        example=str(parameter.get("example", schema.get("examples", [""])[0])),
    )


def _read_body(described: Described, schemas: Schemas) -> Body | None:
    if "requestBody" not in described:
        return None
    schema = described["requestBody"]["content"]["application/json"]["schema"]
    name = find_name(schema) or ""
    return Body(name, list_fields(schemas[name]), to_json(make_example(schema, schemas)))


def _read_answer(responses: Described, schemas: Schemas) -> Answer:
    status, answer = next(each for each in responses.items() if each[0].startswith("2"))
    headers = [name for name in answer["headers"] if name not in ANSWER_HEADERS]
    if "content" not in answer:
        return Answer(status, answer["description"], None, headers, "")
    schema = answer["content"]["application/json"]["schema"]
    example = make_example(schema, schemas)
    shown = to_json(example) if example else ""
    return Answer(status, answer["description"], find_name(schema), headers, shown)


def to_json(value: object) -> str:
    """Return a value as JSON for people."""
    return json.dumps(value, indent=2, ensure_ascii=False)
