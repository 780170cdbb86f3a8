"""Tokens: what lets a program in, and what does not."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError

from app import db
from app.accounts import administration, changes, deletion
from app.api import tokens
from app.api.models import ApiToken, Scope
from app.models import AuditEvent, OutgoingMail, passwords
from tests.api.people import ME, MESSAGES, Program, add_program, add_token, program
from tests.auth.people import OTHER_PASSWORD, log_in
from tests.board.people import disable, user_of

INVALID = "Bearer error=invalid_token"


def change(app: Flask, **values: object) -> None:
    """Change all tokens."""
    with app.app_context():
        db.session.execute(update(ApiToken).values(values))
        db.session.commit()


def read(app: Flask) -> ApiToken:
    """Return the only token, in the context of the application."""
    assert app
    return db.session.scalars(select(ApiToken)).one()


def test_a_token_says_who_one_is(susan: Program) -> None:
    me = susan.get(ME)
    assert me.status_code == 200
    assert me.get_json() | {"first_seen": "", "last_seen": ""} == {
        "id": 1,
        "username": "susan",
        "about_me": "",
        "role": "User",
        "first_seen": "",
        "last_seen": "",
        "member_since": "2026-01-01T00:00:00+00:00",
        "visits": 0,
        "page": "http://127.0.0.1:5000/user/susan",
        "email": "susan@example.com",
        "locale": None,
        "time_zone": None,
        "permissions": ["WRITE"],
        "token": {"name": "backup", "scopes": ["read", "write"], "expires_at": None},
    }
    assert me.cache_control.no_store


def test_who_shows_no_token_is_asked_for_one(nobody: Program) -> None:
    answer = nobody.get(ME)
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert answer.get_json() == {
        "type": "about:blank",
        "title": "Unauthorized",
        "status": 401,
        "detail": "Please send a token, with “Authorization: Bearer TOKEN”.",
    }
    assert nobody.get(MESSAGES).status_code == 200  # which everybody may read


@pytest.mark.parametrize(
    "header",
    [
        "Bearer",
        "Bearer ",
        "Bearer nothing",
        "Bearer flasky_",
        "Bearer flasky_" + "x" * 43,
        "Bearer flasky_" + "x" * 9000,
        "Bearer \xff",
        "flasky_",
        "Basic c3VzYW46Y29ycmVjdA==",
        "Digest username=susan",
        ",",
    ],
)
def test_what_is_no_token_is_refused_wherever_it_is_shown(app: Flask, header: str) -> None:
    client = program(app)
    for path in (ME, MESSAGES):
        answer = client.get(path, headers={"Authorization": header})
        assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, INVALID)


def test_a_token_with_a_letter_changed_or_cut_off_is_none(app: Flask, susan: Program) -> None:
    secret = susan.token
    for wrong in (secret[:-1], secret + "x", secret.swapcase(), secret.removeprefix("flasky_")):
        assert program(app, wrong).get(ME).status_code == 401
    for scheme in ("Bearer", "bearer", "BEARER"):
        headers = {"Authorization": f"{scheme} {secret}"}
        assert program(app).get(ME, headers=headers).status_code == 200


def test_of_a_token_only_a_digest_is_kept(app: Flask, susan: Program) -> None:
    with app.app_context():
        for table in db.metadata.sorted_tables:
            for row in db.session.execute(select(table)):
                assert susan.token not in str(row)


def test_a_token_that_is_revoked_opens_nothing(app: Flask, susan: Program) -> None:
    assert susan.get(ME).status_code == 200
    with app.app_context():
        tokens.revoke(read(app))
    for path in (ME, MESSAGES):
        answer = susan.get(path)
        assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, INVALID)


def test_a_token_ends_when_it_is_to_end(app: Flask, susan: Program) -> None:
    now = datetime.now(UTC)
    change(app, expires_at=now + timedelta(minutes=1))
    assert susan.get(ME).status_code == 200
    change(app, expires_at=now - timedelta(seconds=1))
    assert susan.get(ME).status_code == 401


def test_a_disabled_account_has_no_tokens_until_it_is_enabled(app: Flask, susan: Program) -> None:
    disable(app, "susan")
    assert susan.get(ME).status_code == 401
    with app.app_context():
        administration.enable(user_of(app, "susan"))
    assert susan.get(ME).status_code == 200


def test_another_password_ends_the_tokens(app: Flask, susan: Program) -> None:
    with app.app_context():
        another = passwords.hash_password(OTHER_PASSWORD)
        changes.set_password(user_of(app, "susan"), password_hash=another)
        db.session.commit()
    assert susan.get(ME).status_code == 401
    assert program(app, add_token(app, "susan")).get(ME).status_code == 200


def test_an_account_that_is_deleted_takes_its_tokens_along(app: Flask, susan: Program) -> None:
    with app.app_context():
        deletion.delete(user_of(app, "susan"))
        assert db.session.scalar(select(ApiToken)) is None
    assert susan.get(ME).status_code == 401


def test_a_login_of_a_browser_opens_nothing(app: Flask, susan: Program) -> None:
    browser = log_in(app, "susan")
    cookie = browser.get_cookie("session")
    assert cookie
    headers = {"Cookie": f"session={cookie.value}; language=zh_Hans"}
    stranger = program(app)
    answer = stranger.get(ME, headers=headers)
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert "Please send a token" in answer.get_json()["detail"]  # in English, whatever the cookie
    for path in ("/api/v1/nothing", "/api/nothing", MESSAGES):
        assert stranger.get(path, headers=headers).status_code in {200, 404}
    assert stranger.post(MESSAGES, headers=headers, json={"text": "Hello"}).status_code == 401
    assert susan.get(ME, headers=headers).status_code == 200


def test_the_token_counts_and_not_the_cookie_beside_it(app: Flask, susan: Program) -> None:
    add_program(app, "john")
    cookie = log_in(app, "john").get_cookie("session")
    assert cookie
    headers = {"Cookie": f"session={cookie.value}"}
    assert susan.get(ME, headers=headers).get_json()["username"] == "susan"


@pytest.mark.parametrize(
    ("scopes", "may_read", "may_write"),
    [
        ([], 403, 403),
        ([Scope.READ], 200, 403),
        ([Scope.WRITE], 403, 201),
        ([Scope.READ, Scope.WRITE], 200, 201),
    ],
)
def test_a_token_does_what_its_scopes_allow(
    app: Flask, susan: Program, scopes: list[Scope], may_read: int, may_write: int
) -> None:
    client = program(app, add_token(app, "susan", scopes))
    assert susan.get(ME).status_code == 200
    reading, writing = client.get(ME), client.post(MESSAGES, json={"text": "Hello!"})
    assert (reading.status_code, writing.status_code) == (may_read, may_write)
    assert client.get(MESSAGES).status_code == 200  # which everybody may read
    if may_write == 403:
        scope = "Bearer error=insufficient_scope, scope=write"
        assert writing.headers["WWW-Authenticate"] == scope
        assert writing.get_json()["detail"] == (
            "This token is not for that. It would need the scope “write”."
        )


def test_its_last_use_is_noted_every_ten_minutes(app: Flask, susan: Program) -> None:
    def used_at(noted: datetime | None) -> datetime | None:
        change(app, last_used_at=noted)
        assert susan.get(ME).status_code == 200
        with app.app_context():
            return read(app).last_used_at

    now = datetime.now(UTC)
    first = used_at(None)
    assert first
    assert first >= now - timedelta(seconds=1)
    lately, before = now - timedelta(minutes=9), now - timedelta(minutes=11)
    noted = used_at(lately)
    assert noted
    assert abs(noted - lately) < timedelta(seconds=1)
    again = used_at(before)
    assert again
    assert again >= now - timedelta(seconds=1)
    with app.app_context():
        assert user_of(app, "susan").last_seen >= now - timedelta(seconds=1)


def test_a_request_is_answered_though_its_use_cannot_be_noted(
    app: Flask, susan: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise OperationalError("UPDATE", {}, ConnectionError("deadlock"))

    monkeypatch.setattr(tokens, "is_transient_conflict", lambda _error: True)
    monkeypatch.setattr(db.session, "commit", fail)
    assert susan.get(ME).status_code == 200
    monkeypatch.undo()
    with app.app_context():
        assert read(app).last_used_at is None


def test_a_token_that_is_revoked_while_it_comes_in_opens_nothing(
    susan: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = tokens.touch

    def revoke_and_touch(token: ApiToken) -> None:
        with db.engine.begin() as other:
            other.execute(ApiToken.__table__.delete())  # type: ignore[attr-defined]
        real(token)

    monkeypatch.setattr(tokens, "touch", revoke_and_touch)
    assert susan.get(ME).status_code == 401


def test_the_owner_is_told_of_a_token_and_the_log_has_it(app: Flask, susan: Program) -> None:
    assert susan.token
    with app.app_context():
        tokens.revoke(read(app))
        events = db.session.scalars(select(AuditEvent).order_by(AuditEvent.id)).all()
        assert [(event.action, event.subject, event.detail) for event in events] == [
            ("token created", "susan", "backup"),
            ("token revoked", "susan", "backup"),
        ]
        mail = db.session.scalars(select(OutgoingMail)).one()
        assert (mail.recipient, mail.template) == ("susan@example.com", "api/mail/token_created")


def test_a_user_has_as_many_tokens_as_anybody_needs(app: Flask, susan: Program) -> None:
    assert susan.token
    for _ in range(tokens.MOST_TOKENS - 1):
        add_token(app, "susan")
    with pytest.raises(tokens.TokenError, match="You have"):
        add_token(app, "susan")


def test_tokens_that_have_long_expired_are_cleaned_away(app: Flask, susan: Program) -> None:
    assert susan.token
    now = datetime.now(UTC)
    for days, left in ((29, 1), (31, 0)):
        change(app, expires_at=now - timedelta(days=days))
        assert app.test_cli_runner().invoke(args=["clean"]).exit_code == 0
        with app.app_context():
            assert len(db.session.scalars(select(ApiToken)).all()) == left
