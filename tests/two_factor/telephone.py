"""An authenticator app, and what the tests do with it."""

import re
import time

import pyotp
from flask import Flask
from sqlalchemy import update
from werkzeug.test import TestResponse

from app import db
from app.two_factor.models import SecondFactor
from tests.auth.people import submit
from tests.clients import CheckingClient
from tests.pages import form_token

SECONDS = 30
FACTOR = "/auth/settings/second-factor"
NEW_CODES = f"{FACTOR}/recovery-codes/new"


class Telephone:
    """An app that knows a secret, and shows each code once, the first two of them at once."""

    def __init__(self, secret: str) -> None:
        self.totp = pyotp.TOTP(secret)
        self.last = 0

    def code(self) -> str:
        """Return the next code: of now, or of the next half minute, which is good already."""
        now = int(time.time()) // SECONDS
        self.last = max(now, self.last + 1)
        assert self.last <= now + 1, "the third code within half a minute; see wait()"
        return self.totp.generate_otp(self.last)

    def wait(self, app: Flask) -> None:
        """Let some minutes pass since the last code."""
        self.last = 0
        with app.app_context():
            earlier = update(SecondFactor).values(last_step=SecondFactor.last_step - 10)
            db.session.execute(earlier)
            db.session.commit()


def scan(client: CheckingClient) -> Telephone:
    """Begin to set up a second factor, and let an app scan the secret."""
    answer = submit(client, FACTOR)
    assert answer.location == f"{FACTOR}/scan"
    [secret] = re.findall(r"secret=([A-Z2-7]{32})&", client.get(answer.location).text)
    return Telephone(secret)


def set_up(client: CheckingClient) -> tuple[Telephone, list[str]]:
    """Set up a second factor, and return the app and the recovery codes."""
    telephone = scan(client)
    answer = submit(client, f"{FACTOR}/scan", code=telephone.code())
    return telephone, read_recovery_codes(client, answer)


def read_recovery_codes(client: CheckingClient, answer: TestResponse) -> list[str]:
    """Return the recovery codes on the page that the answer to a form leads to."""
    assert (answer.status_code, answer.location) == (303, NEW_CODES)
    return recovery_codes(client.get(NEW_CODES).text)


def recovery_codes(page: str) -> list[str]:
    """Return the recovery codes that a page shows."""
    codes: list[str] = re.findall(r"<code>([a-z2-9-]{29})</code>", page)
    return codes


def give_code(client: CheckingClient, code: str) -> int:
    """Type a code on the page that asks for it after the password, and return the status."""
    token = form_token(client.get("/auth/login/code").text)
    return client.post("/auth/login/code", data={"csrf_token": token, "code": code}).status_code
