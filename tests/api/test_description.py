"""The API's description: it is valid, and it says what there is, all of it and nothing else."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from openapi_spec_validator import OpenAPIV31SpecValidator

from app.api.description import list_routes
from tests.api.people import MESSAGES, Program, post, program

Operation = dict[str, Any]


@pytest.fixture
def description(sqlite_app: Flask) -> dict[str, Any]:
    answer = program(sqlite_app).get("/api/v1/openapi.json")
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    document: dict[str, Any] = answer.get_json()
    return document


def operations(description: dict[str, Any]) -> Iterator[tuple[str, str, Operation]]:
    """Give the path, the method and the description of each thing that programs can do."""
    for path, item in description["paths"].items():
        for method, operation in item.items():
            if method != "parameters":
                shared = item.get("parameters", [])
                own = operation.get("parameters", [])
                yield path, method.upper(), operation | {"parameters": shared + own}


def follow(description: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    """Return what a reference leads to."""
    while "$ref" in part:
        found: Any = description
        for name in part["$ref"].removeprefix("#/").split("/"):
            found = found[name]
        part = found
    return part


def test_it_is_valid(description: dict[str, Any]) -> None:
    OpenAPIV31SpecValidator(description).validate()
    assert description["openapi"].startswith("3.1.")
    assert description["info"]["version"]
    assert description["servers"] == [{"url": "http://127.0.0.1:5000"}]


def test_it_has_every_route_and_nothing_else(
    sqlite_app: Flask, description: dict[str, Any]
) -> None:
    routes = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method)
        for rule, method in list_routes(sqlite_app)
    }
    assert {(path, method) for path, method, _ in operations(description)} == routes
    below = {rule.rule for rule in sqlite_app.url_map.iter_rules() if rule.rule[:5] == "/api/"}
    assert below == {rule.rule for rule, _ in list_routes(sqlite_app)}


def test_every_operation_says_what_it_is(description: dict[str, Any]) -> None:
    listed = [operation for _, _, operation in operations(description)]
    names = [operation["operationId"] for operation in listed]
    assert len(set(names)) == len(names)
    tags = {tag["name"] for tag in description["tags"]}
    for operation in listed:
        assert re.fullmatch(r"[A-Z].*[a-z]\.", operation["summary"])
        assert set(operation["tags"]) <= tags
        assert all(parameter.get("description") for parameter in operation["parameters"])


def has_example(description: dict[str, Any], schema: dict[str, Any]) -> bool:
    """Return whether all parts of a schema have an example, or are made of such as have."""
    schema = follow(description, schema)
    if {"example", "examples", "enum", "const"} & schema.keys():
        return True
    if "properties" in schema:
        return all(has_example(description, part) for part in schema["properties"].values())
    if "items" in schema:
        return has_example(description, schema["items"])
    parts = schema.get("anyOf", []) + schema.get("allOf", []) + schema.get("oneOf", [])
    return any(has_example(description, part) for part in parts)


def test_every_body_and_every_answer_has_an_example(description: dict[str, Any]) -> None:
    for path, method, operation in operations(description):
        bodies = [operation["requestBody"]] if "requestBody" in operation else []
        answers = [follow(description, answer) for answer in operation["responses"].values()]
        for part in [*bodies, *answers]:
            for content in part.get("content", {}).values():
                is_given = "example" in content or "examples" in content
                shown = is_given or has_example(description, content["schema"])
                assert shown or path.endswith("/openapi.json"), (path, method, content)


def test_every_refusal_is_a_problem_with_its_headers(description: dict[str, Any]) -> None:
    for path, method, operation in operations(description):
        for status, answer in operation["responses"].items():
            content = follow(description, answer).get("content", {})
            if int(status) >= 400:
                assert list(content) == ["application/problem+json"], (path, method, status)
            elif status == "204":
                assert not content
            else:
                assert list(content) == ["application/json"]
        assert {"400", "429", "500", "503"} <= set(operation["responses"])
        needs_token = operation["security"] == [{"token": []}]
        assert ("403" in operation["responses"]) == needs_token


def test_every_answer_of_a_life_is_described(
    susan: Program, john: Program, description: dict[str, Any]
) -> None:
    """Write, read, change, report and delete, rightly and wrongly."""
    path = f"{MESSAGES}/{post(susan, 'Hello!')}"
    tag = {"If-Match": susan.get(path).headers["ETag"]}
    other = f"{MESSAGES}/{post(john, 'Hello, susan!', reply_to=1)}"
    text = {"json": {"text": "Hello again!"}}
    reason = {"json": {"reason": "Rude"}}
    requests: list[tuple[str, str, dict[str, Any]]] = [
        ("GET", "/api/v1/me", {}),
        ("GET", "/api/v1/roles", {}),
        ("GET", "/api/v1/users?limit=1", {}),
        ("GET", "/api/v1/users?limit=x", {}),
        ("GET", "/api/v1/users/1", {}),
        ("GET", "/api/v1/users/99", {}),
        ("GET", "/api/v1/search?q=hello", {}),
        ("GET", "/api/v1/search", {}),
        ("GET", MESSAGES, {}),
        ("GET", "/api/v1/me/notifications", {}),
        ("GET", "/api/v1/me/favourites", {}),
        ("PUT", "/api/v1/me/notifications/read", {}),
        ("PUT", f"{path}/favourite", {}),
        ("DELETE", f"{path}/favourite", {}),
        ("PUT", f"{MESSAGES}/99/favourite", {}),
        ("POST", "/api/v1/greetings", {"json": {"name": "ann"}}),
        ("POST", "/api/v1/greetings", {"json": {"name": " "}}),
        ("POST", "/api/v1/greetings", {"data": "x"}),
        ("POST", MESSAGES, {"data": "{", "content_type": "application/json"}),
        ("POST", MESSAGES, {"json": {"text": "x" * 200_000}}),
        ("POST", MESSAGES, {"json": {"text": "Hi", "reply_to": 99}}),
        ("POST", MESSAGES, {"json": {"text": "Hi", "reply_to": 1}}),
        ("PATCH", path, text),
        ("PATCH", path, text | {"headers": {"If-Match": '"x"'}}),
        ("PATCH", path, text | {"headers": tag}),
        ("PATCH", other, text | {"headers": {"If-Match": "*"}}),
        ("POST", f"{path}/reports", reason),
        ("POST", f"{other}/reports", reason),
        ("POST", f"{other}/reports", reason),
        ("DELETE", other, {}),
        ("DELETE", path, {"headers": tag}),
        ("DELETE", path, {}),
        ("DELETE", path, {}),
        ("GET", path, {}),
    ]
    met: dict[tuple[str, str], set[int]] = {}
    for method, address, options in requests:
        answer = susan.open(address, method=method, **options)
        template = re.sub(r"/\d+", "/{}", address.partition("?")[0])
        met.setdefault((method, template), set()).add(answer.status_code)
    described = {
        (method, re.sub(r"{\w+}", "{}", path)): {int(status) for status in operation["responses"]}
        for path, method, operation in operations(description)
    }
    for route, statuses in met.items():
        assert statuses <= described[route], route
    everything = set().union(*met.values())
    assert everything >= {200, 201, 204, 400, 403, 404, 409, 410, 412, 413, 415, 422, 428}
