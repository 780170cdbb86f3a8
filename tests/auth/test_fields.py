"""Who reads and who writes what is kept of an account: docs/security.md has the table."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app import db
from app.models import User
from tests.auth.people import PASSWORD, add_account, link_in, log_in, submit
from tests.clients import CheckingClient
from tests.conftest import visitor
from tests.mail.inbox import Inbox

# What no form asks for.
SMUGGLED = {
    "disabled_at": "2026-01-01",
    "email_key": "admin@example.com",
    "first_seen": "2026-01-01",
    "id": "7",
    "is_administrator": "y",
    "member_since": "2026-01-01",
    "password_hash": "x",
    "role": "Administrator",
    "role_id": "3",
    "user_id": "7",
    "username": "admin",
    "visits": "1000",
}


def fields(app: Flask) -> dict[str, Any]:
    """Return the row of the only user."""
    with app.app_context():
        return dict(db.session.execute(select(User.__table__)).mappings().one())


def test_a_form_sets_its_own_fields_and_no_others(app: Flask) -> None:
    add_account(app, "susan")
    susan = log_in(app, "susan")
    before = fields(app)
    submit(susan, "/auth/settings/profile", about_me="Flowers", email="x@y.example", **SMUGGLED)
    assert fields(app) == before | {"about_me": "Flowers"}


def test_nobody_registers_as_more_than_a_user(app: Flask, inbox: Inbox) -> None:
    client = visitor(app)
    submit(client, "/auth/register", name="susan", email="susan@example.com", **SMUGGLED)
    submit(client, link_in(app, inbox), password=PASSWORD, email="x@y.example", **SMUGGLED)
    with app.app_context():
        susan = db.session.scalars(select(User)).one()
        assert susan.role
        assert (susan.username, susan.email, susan.role.name, susan.visits) == (
            "susan",
            "susan@example.com",
            "User",
            0,
        )


@pytest.mark.parametrize("reader", ["nobody", "david", "susan"])
def test_a_page_tells_nobody_an_address_or_what_is_kept_of_a_password(
    app: Flask, reader: str
) -> None:
    add_account(app, "susan")
    clients: dict[str, CheckingClient] = {"nobody": visitor(app), "susan": log_in(app, "susan")}
    add_account(app, "david")
    clients["david"] = log_in(app, "david")
    client = clients[reader]
    page = client.get("/user/susan").text
    assert "susan@example.com" not in page
    assert "127.0.0.1" not in page  # where she is logged in
    assert "argon2" not in page
    assert "argon2" not in client.get("/auth/settings").text
    assert "@" not in client.get("/health").text
