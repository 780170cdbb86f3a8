"""Whatever is sent to whichever address, by whomever, is answered: Flasky makes no mistake of it.

`HOSTILE_REQUESTS=10000` sends more of them than the few hundred of each run, on each database.
"""

import os
from collections import Counter
from typing import NamedTuple

import pytest
from flask import Flask
from sqlalchemy import delete

from app import db
from app.accounts.links import ChangeEmailLink, RegisterLink, ResetLink, hash_credentials
from app.models.lookup import find
from app.web.limits import Allowance
from tests.api.people import add_token
from tests.auth.people import PASSWORD, add_account, log_in, submit
from tests.clients import CheckingClient
from tests.conftest import visitor
from tests.two_factor.telephone import set_up
from tests.web.hostile import Stranger

REQUESTS = int(os.environ.get("HOSTILE_REQUESTS", "300"))


class People(NamedTuple):
    """The browsers of a stranger, a user, an administrator, and one asked for a code.

    And what programs and mails of the user's hold.
    """

    browsers: list[CheckingClient]
    token: str
    links: dict[str, str]


@pytest.fixture(autouse=True)
def _behind_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRUSTED_PROXIES", "1")
    monkeypatch.setattr(Allowance, "allows", lambda *_: True)


def test_nothing_can_be_made_to_fail(app: Flask) -> None:
    app.config["PROPAGATE_EXCEPTIONS"] = False  # a mistake is answered 500, as on the web
    stranger = Stranger(app)
    statuses: Counter[int] = Counter()
    mistakes = []
    for number in range(REQUESTS):
        if number % 50 == 0:  # what was sent before may have ended a login, or an account
            people = make_people(app)
            stranger.links = people.links
        attack, status = stranger.attack(stranger.chance.choice(people.browsers), people.token)
        statuses[status] += 1
        if status >= 500:
            mistakes.append(attack)
    print(f"{REQUESTS} requests to {len(stranger.targets)} targets: {sorted(statuses.items())}")
    assert mistakes == []
    assert len(statuses) > 5  # many were taken, many were refused for many reasons


def make_people(app: Flask) -> People:
    """Begin anew, with three accounts and what one of them has written."""
    with app.app_context():
        for table in reversed(db.metadata.sorted_tables):
            db.session.execute(delete(table))
        db.session.commit()
    for name, role in [("susan", "User"), ("david", "Administrator"), ("miguel", "User")]:
        add_account(app, name, role=role)
    set_up(log_in(app, "miguel"))
    browsers = [visitor(app) for _ in range(4)]
    for browser, name in zip(browsers[1:], ("susan", "david", "miguel"), strict=True):
        submit(browser, "/auth/login", login=name, password=PASSWORD)
    submit(browsers[1], "/board/new", text="Flowers for @david")
    return People(browsers, add_token(app, "susan"), make_links(app))


def make_links(app: Flask) -> dict[str, str]:
    """Return the links that are in mails, by endpoint."""
    with app.test_request_context():
        susan = find("susan")
        assert susan
        state = hash_credentials(susan)
        links = [
            RegisterLink("anna", "anna@example.com"),
            ResetLink(susan.id, state),
            ChangeEmailLink(susan.id, "susan@flower.example", state),
        ]
        return {link.endpoint: link.make_url().removeprefix("http://localhost") for link in links}
