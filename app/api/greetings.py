"""The greeter, for programs."""

from typing import TypedDict

from flask import Response, jsonify

from app.api import api
from app.api.idempotency import Remember, run_once
from app.api.representations import moment
from app.api.schemas import IDEMPOTENCY_KEY, GreetingSchema, NewGreeting
from app.main.greeting import Greeting, greet
from app.main.views import limit_new_names
from app.models.nickname import parse_nickname
from app.web.access import everybody

NEW, KNOWN = "new", "known"


class Name(TypedDict):
    """Who says hello."""

    name: str


@api.route("/greetings", methods=["POST"], tags=["Greeter"])
@api.arguments(NewGreeting)
@api.response(200, GreetingSchema)
@api.doc(parameters=[IDEMPOTENCY_KEY])
@everybody
def say_hello(body: Name) -> Response:
    """Say a name, as the form on the home page does."""

    def say(remember: Remember) -> str:
        greeting = greet(
            body["name"], limit_new_names, lambda greeting: remember(_write_down(greeting))
        )
        return _write_down(greeting)

    known, _, last_seen = run_once(say).partition(" ")
    return jsonify(
        {
            "name": parse_nickname(body["name"]).shown,
            "known": known == KNOWN,
            "last_seen": last_seen or None,
        }
    )


def _write_down(greeting: Greeting) -> str:
    """Return what there is to remember of a greeting: nobody's name."""
    return f"{KNOWN if greeting.known else NEW} {moment(greeting.last_seen) or ''}"
