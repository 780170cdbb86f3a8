"""The JSON API: what Flasky can do, for programs, at `/api/v1`.

The room hangs on to the others, the board among them; none of them knows it, but for includes in
the settings and the footer. Programs show who they are by a token, never by a browser's cookie.

- `models`: the tables; `tokens`: what they open, for whom, and how long
- `authentication`: who sends a request, and what the token allows; `cors`: from which pages
- `users`, `messages`, `me`, `greetings`: the views; `problems`: what they refuse
- `schemas`: what is sent and answered, made of `fields`; `parser`: bodies, strictly read;
  `representations`: the JSON
- `paging`, `preconditions`, `idempotency`, `rate_limits`: what clients rely upon
- `description`: the OpenAPI document; `reference`: the same as a page, from which a call can be
  tried, with its `operations`, `data_types`, and commands for `curl`
- `token_views`, `token_forms`: tokens in the settings; `commands`: `flask token`;
  `personal_data`: in a copy of one's data
"""

from typing import Any

from flask import Flask
from flask_smorest import Blueprint
from marshmallow import Schema

from app import retention
from app.api import models
from app.api.commands import token_commands
from app.api.parser import Parser
from app.extensions import csrf

VERSION = "1"


class ApiBlueprint(Blueprint):  # type: ignore[misc]  # it comes without types
    """Flask-smorest's, whose bodies are read strictly."""

    ARGUMENTS_PARSER = Parser()

    def arguments(self, schema: type[Schema], **options: Any) -> Any:  # noqa: ANN401
        """Let a view take what a schema reads: one for all requests, as it takes long to make."""
        return super().arguments(schema(), **options)


api: ApiBlueprint = ApiBlueprint("api", __name__, url_prefix="/api/v1", template_folder="templates")


def init_app(app: Flask) -> None:
    """Add the API, its description and the pages and commands about tokens."""
    app.cli.add_command(token_commands)
    csrf.exempt(api)  # no cookie counts here, so no page of another site can use one
    description.init_app(app)
    cors.init_app(app)
    app.register_blueprint(tokens_pages)
    app.register_blueprint(reference_pages)
    retention.register_table(models.ApiToken, models.is_long_expired)
    retention.register_table(models.IdempotentRequest, models.is_forgotten)


from app.api import (  # noqa: E402  # they register themselves
    authentication,  # noqa: F401
    cors,
    description,
    greetings,  # noqa: F401
    me,  # noqa: F401
    messages,  # noqa: F401
    personal_data,  # noqa: F401
    preconditions,  # noqa: F401
    problems,  # noqa: F401
    rate_limits,  # noqa: F401
    users,  # noqa: F401
)
from app.api.reference import reference_pages  # noqa: E402
from app.api.token_views import tokens_pages  # noqa: E402
