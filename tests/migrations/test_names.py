"""Accounts that are there have their names when looks begin to count."""

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from tests.commands import flask

BEFORE = "c41e7d92b06a"
ROLE = "INSERT INTO roles (id, name, permissions) VALUES (1, 'User', 4)"
USER = (
    "INSERT INTO users (id, username, username_key, first_seen, last_seen, visits, email, "
    "email_key, password_hash, role_id) VALUES (:id, :name, :key, :now, :now, 1, :email, :email, "
    ":hash, :role)"
)


def test_of_accounts_that_look_alike_the_first_has_the_claim(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEV_DATABASE_URL", database_url)
    flask("db", "upgrade", BEFORE)
    engine = create_engine(database_url, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text(ROLE))
        for number, name in enumerate(["Visitor", "linda", "Iinda", "Zoë"]):
            is_account = number > 0
            row = {
                "id": number + 1,
                "name": name,
                "key": name.lower(),
                "now": "2026-01-01 00:00:00.000000",
                "email": f"{number}@example.com" if is_account else None,
                "hash": "x" if is_account else None,
                "role": 1 if is_account else None,
            }
            connection.execute(text(USER), row)
    flask("db", "upgrade")
    with engine.connect() as connection:
        claims = connection.execute(text("SELECT skeleton, user_id FROM account_names"))
        assert sorted(map(tuple, claims)) == [("linda", 2), ("zoe\N{COMBINING DIAERESIS}", 4)]
        assert connection.scalar(text("SELECT count(*) FROM users")) == 4
