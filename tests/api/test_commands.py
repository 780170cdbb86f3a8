"""Tokens by `flask token`, for whoever has no browser."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select, update

from app import db
from app.api.models import ApiToken
from app.models import User
from tests.api.people import ME, add_token, program
from tests.auth.people import add_account
from tests.board.people import disable


def run(app: Flask, *arguments: str) -> Result:
    return app.test_cli_runner().invoke(args=["token", *arguments])


def create(app: Flask, *arguments: str) -> str:
    """Make a token, and return what it is shown by, which is all that is printed."""
    answer = run(app, "create", *arguments)
    assert answer.exit_code == 0, answer.output
    assert answer.output.startswith("flasky_")
    return answer.output.removesuffix("\n")


def refused(app: Flask, *arguments: str) -> str:
    """Return what is said of a command that does nothing."""
    answer = run(app, *arguments)
    assert answer.exit_code in {1, 2}
    assert "Traceback" not in answer.output
    return answer.output


def test_a_token_is_made_listed_and_revoked(app: Flask) -> None:
    add_account(app, "susan")
    secret = create(app, "susan", "backup")
    assert program(app, secret).get(ME).get_json()["token"]["scopes"] == ["read"]
    end = datetime.now(UTC) + timedelta(days=90)
    today = datetime.now(UTC)
    assert run(app, "list", "susan@example.com").output == (
        f"1  backup  read  until {end:%Y-%m-%d}  last used {today:%Y-%m-%d}\n"
    )
    assert run(app, "revoke", "1").output == "backup is revoked.\n"
    assert program(app, secret).get(ME).status_code == 401
    assert "There is no token 1" in refused(app, "revoke", "1")
    assert "No tokens. Create one" in run(app, "list", "susan").output


def test_programs_get_the_tokens_as_json(app: Flask) -> None:
    add_account(app, "susan")
    assert json.loads(run(app, "list", "susan", "--json").stdout) == []
    secret = create(app, "susan", "backup", "--scope", "write", "--scope", "read")
    [token] = json.loads(run(app, "list", "susan", "--json").stdout)
    for name in ("created_at", "expires_at"):
        assert datetime.fromisoformat(token.pop(name)).utcoffset() == timedelta(0)
    known = {"id": 1, "name": "backup", "scopes": ["read", "write"], "last_used_at": None}
    assert token == known
    assert secret not in run(app, "list", "susan", "--json").stdout


def test_a_token_has_the_scopes_and_the_days_that_are_asked_for(app: Flask) -> None:
    add_account(app, "susan")
    options = ["--scope", "write", "--scope", "read", "--scope", "read", "--days", "1"]
    secret = create(app, "susan", "a bot", *options)
    assert program(app, secret).get(ME).get_json()["token"]["scopes"] == ["read", "write"]
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    assert run(app, "list", "susan").output.startswith(
        f"1  a bot  read write  until {tomorrow:%Y-%m-%d}"
    )


def test_a_token_that_has_expired_or_never_does_is_listed(app: Flask) -> None:
    add_account(app, "susan")
    for _ in range(2):
        add_token(app, "susan")
    with app.app_context():
        yesterday = datetime.now(UTC) - timedelta(days=1)
        db.session.execute(update(ApiToken).where(ApiToken.id == 1).values(expires_at=yesterday))
        db.session.commit()
    assert [line.split("  ")[3:] for line in run(app, "list", "susan").output.splitlines()] == [
        ["without an end", "never used"],
        [f"expired {yesterday:%Y-%m-%d}", "never used"],
    ]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["create"], "Missing argument"),
        (["create", "susan"], "Missing argument"),
        (["create", "nobody", "backup"], "No account has the name or address 'nobody'"),
        (["create", "visitor", "backup"], "No account has the name or address 'visitor'"),
        (["create", "susan", ""], "Please give it a name"),
        (["create", "susan", " "], "Please give it a name"),
        (["create", "susan", "x" * 65], "Please give it a name of at most 64 characters."),
        (["create", "susan", "backup", "--scope", "all"], "'all' is not one of"),
        (["create", "susan", "backup", "--days", "0"], "0 is not in the range"),
        (["create", "susan", "backup", "--days", "99999999999"], "is not in the range"),
        (["create", "susan", "backup", "--days", "x"], "'x' is not a valid integer"),
        (["create", "david", "backup"], "david is disabled."),
        (["list", "nobody"], "No account has the name or address 'nobody'"),
        (["revoke", "0"], "0 is not in the range"),
        (["revoke", "-1"], "No such option"),
        (["revoke", "99999999999999999999"], "is not in the range"),
        (["revoke", "backup"], "'backup' is not a valid integer"),
        (["revoke", "7"], "There is no token 7"),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, list) else "",
)
def test_what_cannot_be_done_is_told(sqlite_app: Flask, arguments: list[str], told: str) -> None:
    add_account(sqlite_app, "susan")
    add_account(sqlite_app, "david")
    disable(sqlite_app, "david")
    with sqlite_app.app_context():
        db.session.add(User(username="visitor"))
        db.session.commit()
    assert told in refused(sqlite_app, *arguments)
    with sqlite_app.app_context():
        assert db.session.scalar(select(ApiToken)) is None


def test_without_its_tables_the_command_says_what_to_run(sqlite_app: Flask) -> None:
    with sqlite_app.app_context():
        db.drop_all()
    assert "run `flask db upgrade`" in refused(sqlite_app, "list", "susan")
