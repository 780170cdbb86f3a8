"""What the judges see of the API: its reference, and the tokens in the settings."""

from flask import Flask
from werkzeug.test import TestResponse

from app.api import tokens
from app.api.models import Scope
from tests.auth.people import submit
from tests.board.people import user_of
from tests.clients import CheckingClient

TOKENS = "/auth/settings/tokens"
PATHS = {
    "nobody": ["/api"],
    "david": [TOKENS, f"{TOKENS}/new", f"{TOKENS}/1/revoke"],
}


def fill(app: Flask) -> None:
    """Let david, who administers, have a token."""
    with app.app_context():
        tokens.create(user_of(app, "david"), "<b>backup</b> محمد", [*Scope], None)


def pages_of_a_token(client: CheckingClient) -> list[TestResponse]:
    """Return every page on the way to a token."""
    wanted = {"scopes": "read", "days": "90"}
    wrong = submit(client, f"{TOKENS}/new", name="", scopes="?", days="?")
    created = submit(client, f"{TOKENS}/new", name="backup", **wanted)
    assert created.location == f"{TOKENS}/created"
    return [wrong, client.get(created.location), submit(client, created.location)]
