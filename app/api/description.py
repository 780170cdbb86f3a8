"""The API's description, as OpenAPI 3.1 has it: what tools read, and the reference page shows."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import flask_smorest
from flask import Flask, Response, current_app, jsonify
from werkzeug.routing import Rule

from app.api import VERSION, api
from app.api.schemas import ProblemSchema
from app.web.access import Access, everybody_alike, get_access

EXTENSION = "api_description"
TOKEN = "token"  # noqa: S105  # the name of the scheme
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
# What every answer has, and what some have.
ANSWER_HEADERS = {
    "RateLimit": {
        "description": 'How many requests are left, and for how many seconds: "api";r=599;t=60.',
        "schema": {"type": "string"},
    },
    "RateLimit-Policy": {
        "description": 'How many requests are allowed in how many seconds: "api";q=600;w=60.',
        "schema": {"type": "string"},
    },
}
ETAG = {"description": "Which state this is.", "schema": {"type": "string"}}
LINK = {"description": "The next and the previous page.", "schema": {"type": "string"}}
# The parts of addresses.
NUMBERS = {
    "message_id": {"description": "The number of the message.", "example": 7},
    "user_id": {"description": "The number of the user.", "example": 1},
}
PROBLEMS = {
    400: "The request cannot be understood.",
    401: "The token is missing, or not valid.",
    403: "The token, or the role of its owner, does not allow that.",
    404: "There is nothing of that kind.",
    405: "The address does not take this method.",
    409: "This cannot be done, or no longer.",
    410: "It has been deleted.",
    412: "It has changed since it was read.",
    413: "The body is too large.",
    415: "The body is not JSON.",
    422: "Part of the request is not valid.",
    428: "The request must say, by If-Match, what it changes.",
    429: "Too many requests.",
    500: "Something went wrong on our side.",
    503: "The data cannot be reached right now.",
}


TAGS = ["Messages", "Users", "You", "Greeter", "API"]


class Api(flask_smorest.Api):  # type: ignore[misc]  # it comes without types
    """Flask-smorest's, whose errors are the site's."""

    DEFAULT_ERROR_RESPONSE_NAME = None  # each problem is described by itself

    def _register_error_handlers(self) -> None:
        """Leave errors to `app.main.errors`, which answers for pages, too."""

    def _register_responses(self) -> None:
        """Describe each problem once, for all routes."""
        for status, description in PROBLEMS.items():
            content = {"application/problem+json": {"schema": ProblemSchema}}
            self.spec.components.response(
                HTTPStatus(status).name,
                {"description": description, "content": content},
            )


def init_app(app: Flask) -> None:
    """Add the routes. They are described when somebody asks for it: that takes 20 ms."""
    app.register_blueprint(api)


def get_description() -> dict[str, Any]:
    """Return the document."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001
    if EXTENSION not in app.extensions:
        app.extensions[EXTENSION] = describe(app)
    description: dict[str, Any] = app.extensions[EXTENSION]
    return description


def describe(app: Flask) -> dict[str, Any]:
    """Make the document."""
    names = {"title": f"The {app.config['SITE_NAME']} API", "version": VERSION}
    described = Api(app, spec_kwargs={**names, "openapi_version": "3.1.0"})
    described.spec.components.security_scheme(TOKEN, {"type": "http", "scheme": "bearer"})
    api.register_views_in_doc(described, app, described.spec, name=api.name, parameters=None)
    description: dict[str, Any] = described.spec.to_dict()
    description["servers"] = [{"url": app.config["PUBLIC_URL"]}]
    description["tags"] = [{"name": name} for name in TAGS]
    del description["components"]["schemas"]["PaginationMetadata"]  # Flask-smorest's, unused
    for path in description["paths"].values():
        for parameter in path.get("parameters", ()):
            parameter.update(NUMBERS[parameter["name"]])
    for rule, method in list_routes(app):
        path = described.flask_plugin.flaskpath2openapi(rule.rule)
        _complete(description["paths"][path][method.lower()], rule, method, app)
    return description


@api.route("/openapi.json", tags=["API"])
@api.response(200, {"type": "object"})
@everybody_alike
def get_openapi() -> Response:
    """Get this description."""
    return jsonify(get_description())


def list_routes(app: Flask) -> Iterator[tuple[Rule, str]]:
    """Give each rule of the API with each of its methods."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith(f"{api.name}."):
            yield from ((rule, method) for method in METHODS if method in (rule.methods or ()))


def _complete(operation: dict[str, Any], rule: Rule, method: str, app: Flask) -> None:
    """Add what need not be said of each route: its name, its access, its headers and problems."""
    access = get_access(app.view_functions[rule.endpoint])
    assert access is not None  # noqa: S101  # or nobody could use it
    operation["operationId"] = rule.endpoint.partition(".")[2]
    operation["security"] = _name_security(access)
    for status, answer in operation["responses"].items():
        if "$ref" not in answer:
            answer.setdefault("headers", {}).update(_name_headers(operation, status, method))
    for status in sorted(_find_problems(operation, rule, method, access)):
        name = HTTPStatus(status).name
        operation["responses"].setdefault(str(status), {"$ref": f"#/components/responses/{name}"})


def _name_security(access: Access) -> list[dict[str, list[str]]]:
    """Return how one shows who one is: with a token, without, or either way."""
    if access.is_same_for_all:
        return []
    return [{TOKEN: []}] if access.needs_login else [{}, {TOKEN: []}]


def _name_headers(operation: dict[str, Any], status: str, method: str) -> dict[str, Any]:
    """Return the headers of an answer that is no problem."""
    names = {parameter["name"] for parameter in operation.get("parameters", [])}
    of_get = {"ETag": ETAG} if method == "GET" and status == "200" else {}
    of_list = {"Link": LINK} if "limit" in names else {}
    return ANSWER_HEADERS | of_get | of_list


def _find_problems(operation: dict[str, Any], rule: Rule, method: str, access: Access) -> set[int]:
    """Return the statuses of what can go wrong."""
    names = {parameter["name"] for parameter in operation.get("parameters", [])}
    found = {400, 429, 500, 503}
    if not access.is_same_for_all:
        found |= {401}
    if access.needs_login:
        found |= {403}
    if "requestBody" in operation:
        found |= {413, 415, 422}
    if names:
        found |= {422}
    if rule.arguments:
        found |= {404}
    if "message_id" in rule.arguments:
        found |= {410}
    if "If-Match" in names:
        found |= {409, 412, 428} if method == "PATCH" else {409, 412}
    return found
