"""Tokens in the settings: made behind the password, shown until they are saved, revoked."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import update

from app import db
from app.api import tokens
from app.api.models import LONGEST_TOKEN_NAME, ApiToken, Scope
from app.mail.letters import write
from app.models import User
from app.models.lookup import find_by_name
from tests.auth.people import OTHER_PASSWORD, add_account, let_proof_run_out, log_in, submit
from tests.clients import CheckingClient
from tests.conftest import visitor
from tests.mail.inbox import text_of
from tests.mail.outbox import mails
from tests.pages import field_error, find, heading, links, notices, parse, shown
from tests.pages import text_of as text_in

TOKENS = "/auth/settings/tokens"
NEW, CREATED = f"{TOKENS}/new", f"{TOKENS}/created"
WANTED = {"name": "backup", "scopes": "read", "days": "90"}


@pytest.fixture
def susan(sqlite_app: Flask) -> CheckingClient:
    """The browser of a user, where the database makes no difference."""
    add_account(sqlite_app, "susan")
    return log_in(sqlite_app, "susan")


def create(client: CheckingClient, **fields: str) -> str:
    """Make a token, and return it as its page shows it."""
    answer = submit(client, NEW, **(WANTED | fields))
    assert answer.location == CREATED, shown(answer.text)
    return text_in(find(client.get(CREATED).text, ".//main//code"))


def listed(client: CheckingClient) -> list[str]:
    """Return what the list says of each token."""
    rows = parse(client.get(TOKENS).text).findall(".//ul[@class='rows']/li")
    return [text_in(row) for row in rows]


def opens(app: Flask, token: str) -> bool:
    headers = {"Authorization": f"Bearer {token}"}
    return visitor(app).get("/api/v1/me", headers=headers).status_code == 200


def get_user(app: Flask, name: str) -> User:
    """Return a user, in the context of the application."""
    assert app
    user = find_by_name(name)
    assert user
    return user


def test_the_settings_lead_to_them_and_count_them(susan: CheckingClient) -> None:
    assert "API tokens none yet" in shown(susan.get("/auth/settings").text)
    assert TOKENS in links(susan.get("/auth/settings").text)
    assert "You have no tokens yet." in shown(susan.get(TOKENS).text)
    create(susan)
    assert "API tokens One token" in shown(susan.get("/auth/settings").text)
    create(susan)
    assert "API tokens 2 tokens" in shown(susan.get("/auth/settings").text)


def test_one_is_shown_again_until_it_is_saved(sqlite_app: Flask, susan: CheckingClient) -> None:
    token = create(susan)
    assert opens(sqlite_app, token)
    page = susan.get(CREATED)
    assert token in page.text
    assert page.headers["Cache-Control"] == "no-store"
    not_yet = submit(susan, CREATED)
    assert not_yet.status_code == 422
    assert field_error(not_yet.text, "saved").startswith("Please save the token first")
    assert token in not_yet.text
    assert submit(susan, CREATED, saved="y").location == TOKENS
    assert susan.get(CREATED).location == TOKENS
    assert token not in susan.get(TOKENS).text


def test_nobody_else_sees_it(sqlite_app: Flask, susan: CheckingClient) -> None:
    token = create(susan)
    with susan.session_transaction() as session:
        kept = dict(session["api_token"])
        assert token not in str(session)
    assert log_in(sqlite_app, "susan").get(CREATED).location == TOKENS
    add_account(sqlite_app, "mallory")
    mallory = log_in(sqlite_app, "mallory")
    with mallory.session_transaction() as session:
        session["api_token"] = kept
    assert mallory.get(CREATED).location == TOKENS


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        ("name", "", "Please give it a name."),
        ("name", " \t ", "Please give it a name of at most 64 characters."),
        ("name", "x" * (LONGEST_TOKEN_NAME + 1), "Please enter at most 64 characters."),
    ],
)
def test_none_is_made_from_a_form_that_is_wrong(
    susan: CheckingClient, field: str, value: str, error: str
) -> None:
    answer = submit(susan, NEW, **(WANTED | {field: value}))
    assert answer.status_code == 422
    assert field_error(answer.text, field) == error
    assert listed(susan) == []


@pytest.mark.parametrize(
    "fields",
    [{"scopes": "admin"}, {"scopes": ""}, {"days": "36500"}, {"days": "-1"}, {"days": "x"}],
)
def test_none_is_made_with_what_the_form_does_not_offer(
    susan: CheckingClient, fields: dict[str, str]
) -> None:
    assert submit(susan, NEW, **(WANTED | fields)).status_code == 422
    assert listed(susan) == []


def test_it_may_do_what_was_chosen_for_as_long(sqlite_app: Flask, susan: CheckingClient) -> None:
    create(susan, scopes="read write", days="")
    create(susan, days="30")
    with sqlite_app.app_context():
        month, endless = tokens.find_by_user(get_user(sqlite_app, "susan"))
        assert (month.allows(Scope.READ), month.allows(Scope.WRITE)) == (True, False)
        assert (endless.allows(Scope.WRITE), endless.expires_at) == (True, None)
        assert month.expires_at
        assert timedelta(0) <= datetime.now(UTC) + timedelta(days=30) - month.expires_at
    assert "read only" in listed(susan)[0]
    assert "read and write" in listed(susan)[1]
    assert "Valid until you revoke it" in listed(susan)[1]


def test_a_revoked_one_opens_nothing(sqlite_app: Flask, susan: CheckingClient) -> None:
    token, other = create(susan), create(susan, name="phone")
    assert "Never used" in listed(susan)[0]
    assert opens(sqlite_app, token)
    assert "Last used" in listed(susan)[1]
    page = susan.get(f"{TOKENS}/1/revoke")
    assert heading(page.text) == "Revoke “backup”"
    assert opens(sqlite_app, token)
    answer = submit(susan, f"{TOKENS}/1/revoke")
    assert answer.location == TOKENS
    assert notices(susan.get(TOKENS).text) == [("notice-success", "The token no longer works.")]
    assert (opens(sqlite_app, token), opens(sqlite_app, other)) == (False, True)
    assert len(listed(susan)) == 1
    assert susan.get(f"{TOKENS}/1/revoke").status_code == 404


def test_nobody_revokes_anothers(sqlite_app: Flask, susan: CheckingClient) -> None:
    token = create(susan)
    add_account(sqlite_app, "david", role="Administrator")
    david = log_in(sqlite_app, "david")
    assert david.get(f"{TOKENS}/1/revoke").status_code == 404
    assert submit(david, "/auth/settings/profile").status_code == 303
    csrf = find(david.get(NEW).text, ".//main//input[@name='csrf_token']").get("value")
    answer = david.post(f"{TOKENS}/1/revoke", data={"csrf_token": csrf})
    assert answer.status_code == 404
    assert opens(sqlite_app, token)
    assert listed(david) == []


def test_an_expired_one_is_shown_so(sqlite_app: Flask, susan: CheckingClient) -> None:
    token = create(susan)
    assert "no longer valid" not in listed(susan)[0]
    with sqlite_app.app_context():
        db.session.execute(update(ApiToken).values(expires_at=datetime.now(UTC)))
        db.session.commit()
    assert "no longer valid" in listed(susan)[0]
    assert not opens(sqlite_app, token)


def test_one_ends_with_the_password_that_it_was_made_behind(
    sqlite_app: Flask, susan: CheckingClient
) -> None:
    token = create(susan)
    fields = {"password": OTHER_PASSWORD}
    assert submit(susan, "/auth/settings/password", **fields).status_code == 303
    assert not opens(sqlite_app, token)
    assert "no longer valid" in listed(susan)[0]
    assert opens(sqlite_app, create(susan))


def test_one_ends_with_what_a_thief_may_have_made(sqlite_app: Flask, susan: CheckingClient) -> None:
    token = create(susan)
    assert opens(sqlite_app, token)
    submit(susan, "/auth/settings/not-me")
    assert not opens(sqlite_app, token)


def test_looking_at_them_needs_no_proof(sqlite_app: Flask, susan: CheckingClient) -> None:
    let_proof_run_out(sqlite_app)
    assert susan.get(TOKENS).status_code == 200


def test_its_owner_is_told_by_mail(sqlite_app: Flask, susan: CheckingClient) -> None:
    create(susan, name="<b>backup</b> محمد")
    with sqlite_app.app_context():
        letter = write(mails(sqlite_app)[-1])
    assert letter["To"] == "susan@example.com"
    assert letter["Subject"] == "[Flasky] An API token was created"
    text = text_of(letter)
    assert "the API token <b>backup</b> محمد for your account susan" in text
    assert "http://127.0.0.1:5000/auth/not-me/" in text
    html = text_of(letter, "html")
    assert "<bdi>&lt;b&gt;backup&lt;/b&gt; محمد</bdi>" in html
    assert 'href="http://127.0.0.1:5000/auth/not-me/' in html


def test_the_mail_speaks_the_language_of_the_owner(
    sqlite_app: Flask, susan: CheckingClient
) -> None:
    susan.environ_base["HTTP_ACCEPT_LANGUAGE"] = "zh-CN"
    create(susan)
    with sqlite_app.app_context():
        letter = write(mails(sqlite_app)[-1])
    assert letter["Subject"] == "[Flasky] 创建了 API 令牌"
    assert letter["Content-Language"] == "zh-Hans"


def test_one_has_fifty_at_most(sqlite_app: Flask, susan: CheckingClient) -> None:
    with sqlite_app.app_context():
        user = get_user(sqlite_app, "susan")
        for number in range(tokens.MOST_TOKENS - 1):
            tokens.create(user, f"token {number}", [Scope.READ], None)
    create(susan)
    answer = submit(susan, NEW, **WANTED)
    assert answer.status_code == 422
    assert field_error(answer.text, "name").startswith("You have 50 tokens.")
    assert len(listed(susan)) == 50


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("\N{RIGHT-TO-LEFT OVERRIDE}pukcab", "\N{RIGHT-TO-LEFT OVERRIDE}pukcab"),
        ("backup\r\nBcc: david@example.com", "backup Bcc: david@example.com"),
        ("back\0up\x1b[2J", "back\N{REPLACEMENT CHARACTER}up\N{REPLACEMENT CHARACTER}[2J"),
        ("%(name)s {{ 7 * 7 }} 100%", "%(name)s {{ 7 * 7 }} 100%"),
        ("“备份” 🫖 محمد", "“备份” 🫖 محمد"),
    ],
)
def test_a_name_is_a_line_of_text_whatever_it_holds(
    sqlite_app: Flask, susan: CheckingClient, typed: str, kept: str
) -> None:
    create(susan, name=typed)
    [name] = parse(susan.get(TOKENS).text).iterfind(".//main//bdi")
    assert name.text == kept
    assert heading(susan.get(f"{TOKENS}/1/revoke").text) == f"Revoke “{kept}”"
    with sqlite_app.app_context():
        letter = write(mails(sqlite_app)[-1])
    assert f"the API token {kept} for" in text_of(letter)
