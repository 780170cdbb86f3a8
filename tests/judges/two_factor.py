"""What the judges see of two-factor authentication."""

from flask import Flask
from werkzeug.test import TestResponse

from tests.auth.people import PASSWORD, add_account, press, submit
from tests.clients import CheckingClient
from tests.two_factor.telephone import FACTOR, NEW_CODES, scan


def fill(app: Flask) -> None:
    """Let there be somebody for each language and theme."""
    for name in ("en-dark", "en-system", "zh-dark", "zh-system"):
        add_account(app, name)


def pages_of_a_second_factor(client: CheckingClient, name: str) -> list[TestResponse]:
    """Return every page on the way to a second factor, and away from it."""
    submit(client, "/auth/login", login=name, password=PASSWORD)
    first = client.get(FACTOR)
    telephone = scan(client)
    wrong = submit(client, f"{FACTOR}/scan", code="wrong")
    shown = [first, client.get(f"{FACTOR}/scan"), wrong]
    submit(client, f"{FACTOR}/scan", code=telephone.code())
    shown += [client.get(NEW_CODES), submit(client, NEW_CODES)]
    shown += [client.get(f"{FACTOR}{page}") for page in ("", "/off", "/recovery-codes")]
    press(client, "/auth/logout")
    submit(client, "/auth/login", login=name, password=PASSWORD)
    return [*shown, client.get("/auth/login/code")]
