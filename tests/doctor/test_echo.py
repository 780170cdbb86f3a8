"""The page that tells `flask doctor` what the site saw, and tells nobody else anything."""

import pytest
from flask import Flask
from itsdangerous import TimestampSigner

from app.accounts.signing import make_serializer
from app.doctor.echo import ANSWER, HEADER, PATH, QUESTION
from tests.clients import CheckingClient
from tests.conftest import visitor


def sign(app: Flask, salt: str) -> str:
    with app.app_context():
        token = make_serializer(salt).dumps("a nonce")
    assert isinstance(token, str)
    return token


def ask(client: CheckingClient, token: str) -> int:
    return client.get(PATH, headers={HEADER: token}).status_code


def test_who_shows_a_token_learns_how_they_are_seen(sqlite_app: Flask) -> None:
    headers = {HEADER: sign(sqlite_app, QUESTION), "X-Forwarded-For": "192.0.2.1, 192.0.2.2"}
    answer = visitor(sqlite_app).get(PATH, headers=headers)
    assert answer.cache_control.no_store
    with sqlite_app.app_context():
        seen = make_serializer(ANSWER).loads(answer.text)
    assert seen.pop("process")
    assert seen == {
        "nonce": "a nonce",
        "scheme": "http",
        "host": "localhost",
        "address": "127.0.0.1",
        "proxies": 2,
    }


def test_for_everybody_else_there_is_no_such_page(
    sqlite_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, token = visitor(sqlite_app), sign(sqlite_app, QUESTION)
    assert ask(client, token) == 200
    assert client.get(PATH).status_code == 404
    for other in ["", "x", token[:-1], f"{token}x", "x" * 60_000, sign(sqlite_app, "register")]:
        assert ask(client, other) == 404
    stamp = TimestampSigner.get_timestamp
    monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda self: stamp(self) - 61)
    old = sign(sqlite_app, QUESTION)
    monkeypatch.undo()
    assert ask(client, old) == 404


def test_an_answer_opens_nothing(sqlite_app: Flask) -> None:
    client = visitor(sqlite_app)
    answer = client.get(PATH, headers={HEADER: sign(sqlite_app, QUESTION)})
    assert ask(client, answer.text) == 404
