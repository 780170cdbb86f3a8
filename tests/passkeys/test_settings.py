"""Passkeys in the settings: added, listed, removed; and what operators do."""

import json
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app import db
from app.models import Action, AuditEvent
from app.passkeys import keys
from app.passkeys.models import Passkey
from app.two_factor.models import RecoveryCode
from tests.auth.people import add_account, is_logged_in, log_in, submit
from tests.auth.races import at_once
from tests.auth.test_commands import user
from tests.clients import CheckingClient
from tests.conftest import visitor
from tests.mail.inbox import Inbox, text_of
from tests.mail.outbox import run
from tests.pages import form_token, shown
from tests.passkeys.authenticator import (
    BACKED_UP,
    OPTIONS,
    PASSKEYS,
    PRESENT,
    VERIFIED,
    Authenticator,
    add_passkey,
    decode,
    encode,
    read_codes,
    send_new,
    use_passkey,
)
from tests.passkeys.test_logging_in import nonsense
from tests.two_factor.telephone import FACTOR, give_code, set_up


def count(app: Flask, model: Any = Passkey) -> int:
    with app.app_context():
        return int(model.query.count())


def events(app: Flask, *actions: Action) -> list[tuple[str, str, str]]:
    with app.app_context():
        found = select(AuditEvent).where(AuditEvent.action.in_(actions)).order_by(AuditEvent.id)
        return [(each.action, each.subject, each.detail) for each in db.session.scalars(found)]


def remove(client: CheckingClient, name: str) -> str:
    """Remove a passkey, and return what was asked before."""
    page = client.get(PASSKEYS).text
    number = page.partition(f"Remove “{name}”")[0].rpartition("/remove")[0].rpartition("/")[2]
    path = f"{PASSKEYS}/{number}/remove"
    asked = client.get(path).text
    assert client.post(path, data={"csrf_token": form_token(asked)}).location == PASSKEYS
    return shown(asked)


def test_the_first_one_comes_with_recovery_codes(
    app: Flask, inbox: Inbox, susan: CheckingClient
) -> None:
    assert "You have no passkeys yet." in shown(susan.get(PASSKEYS).text)
    assert "From then on, your password alone" in shown(susan.get(f"{PASSKEYS}/new").text)
    elsewhere, before = log_in(app, "susan"), susan.get_cookie("session")
    add_passkey(susan, name="  my telephone ")
    after = susan.get_cookie("session")
    assert before
    assert after
    assert before.value != after.value
    assert len(read_codes(susan)) == 10
    assert is_logged_in(susan)
    assert not is_logged_in(elsewhere)
    page = shown(susan.get(PASSKEYS).text)
    assert "my telephone Added" in page
    assert "Never used" in page
    settings = shown(susan.get("/auth/settings").text)
    assert "Passkeys One passkey" in settings
    assert "Two-factor authentication on" in settings
    assert events(app, Action.PASSKEY_ADDED) == [("passkey added", "susan", "my telephone")]
    run(app, "send")
    assert inbox.mails[-1]["Subject"] == "[Flasky] A passkey was added to your account"
    text = text_of(inbox.mails[-1])
    assert "The passkey is called “my telephone”." in text
    assert "This is about your account susan." in text


def test_a_device_knows_its_user_by_nothing_that_tells_who_it_is(
    susan: CheckingClient,
) -> None:
    first = susan.get(OPTIONS).get_json()
    assert first["rp"] == {"id": "localhost", "name": "Flasky"}
    assert first["user"]["name"] == "susan"
    assert len(decode(first["user"]["id"])) == 64
    assert first["attestation"] == "none"
    assert first["excludeCredentials"] == []
    selection = first["authenticatorSelection"]
    assert (selection["residentKey"], selection["userVerification"]) == ("required", "required")
    device = add_passkey(susan)
    second = susan.get(OPTIONS).get_json()
    assert decode(second["user"]["id"]) == device.user_handle
    assert second["user"]["id"] != first["user"]["id"]  # which nobody has used
    [excluded] = second["excludeCredentials"]
    assert excluded["id"] == encode(device.credential_id)
    assert excluded["transports"] == ["internal", "hybrid"]
    assert len(decode(second["challenge"])) == 32


def test_the_next_ones_leave_codes_and_logins_as_they_are(
    app: Flask, susan: CheckingClient
) -> None:
    add_passkey(susan)
    codes = read_codes(susan)
    elsewhere = visitor(app)
    use_passkey(elsewhere, add_passkey(susan, name="a key"))
    answer = send_new(susan, Authenticator().make(susan.get(OPTIONS).get_json()), "a third one")
    assert answer.location == PASSKEYS
    assert is_logged_in(elsewhere)
    assert count(app) == 3
    assert count(app, RecoveryCode) == 10
    assert give_code(log_in(app, "susan"), codes[0]) == 303


def test_after_an_app_the_codes_are_as_they_were(app: Flask, susan: CheckingClient) -> None:
    _, codes = set_up(susan)
    add_passkey(susan)
    assert count(app, RecoveryCode) == 10
    assert give_code(log_in(app, "susan"), codes[0]) == 303


@pytest.mark.parametrize(
    "wrong",
    [
        {"origin": "http://127.0.0.1:5000"},
        {"host": "evil.example"},
        {"flags": PRESENT},
        {"flags": VERIFIED},
        {"flags": PRESENT | VERIFIED | BACKED_UP},
        {"credential_id": b"x" * 1024},
        {"credential_id": b""},
    ],
    ids=str,
)
def test_what_is_no_passkey_of_this_site_is_not_added(
    sqlite_app: Flask, wrong: dict[str, Any]
) -> None:
    add_account(sqlite_app, "susan")
    susan = log_in(sqlite_app, "susan")
    device = Authenticator(**wrong)
    answer = send_new(susan, device.make(susan.get(OPTIONS).get_json()))
    assert answer.status_code == 422
    assert "The passkey could not be added." in shown(answer.text)
    assert count(sqlite_app) == 0
    assert count(sqlite_app, RecoveryCode) == 0


class OffTheCurve(Authenticator):
    def public_key(self) -> bytes:
        return super().public_key()[:-1] + b"\0"


class OfAnotherKind(Authenticator):
    """It signs by an algorithm that this site does not know: ES512."""

    def public_key(self) -> bytes:
        return super().public_key().replace(b"\x03\x26", b"\x03\x38\x23")


@pytest.mark.parametrize("kind", [OffTheCurve, OfAnotherKind])
def test_a_key_that_can_sign_nothing_is_not_added(
    sqlite_app: Flask, kind: type[Authenticator]
) -> None:
    add_account(sqlite_app, "susan")
    susan = log_in(sqlite_app, "susan")
    answer = send_new(susan, kind().make(susan.get(OPTIONS).get_json()))
    assert answer.status_code == 422


def test_a_long_id_is_kept_whole(app: Flask, susan: CheckingClient) -> None:
    device = add_passkey(susan, Authenticator(credential_id=bytes(range(256)) * 3 + b"x" * 255))
    client = visitor(app)
    use_passkey(client, device)
    assert is_logged_in(client)
    add_passkey(susan, Authenticator(credential_id=device.credential_id[:-1] + b"X"))
    add_passkey(susan, Authenticator(credential_id=device.credential_id[:-1]))
    assert count(app) == 3


def test_a_challenge_is_for_one_session_and_one_passkey(app: Flask, susan: CheckingClient) -> None:
    add_account(app, "mallory")
    mallory = log_in(app, "mallory")
    made = Authenticator().make(susan.get(OPTIONS).get_json())
    assert send_new(mallory, made).status_code == 422
    mallory.get(OPTIONS)
    assert send_new(mallory, made).status_code == 422
    assert send_new(susan, made).status_code == 303
    assert send_new(susan, made).status_code == 422
    signed = Authenticator().make(susan.get(OPTIONS).get_json(), type="webauthn.get")
    assert send_new(susan, signed).status_code == 422
    assert count(app) == 1


def test_a_passkey_is_somebodys_alone(app: Flask, susan: CheckingClient) -> None:
    device = add_passkey(susan)
    add_account(app, "mallory")
    mallory = log_in(app, "mallory")
    copied = Authenticator(credential_id=device.credential_id)
    answer = send_new(mallory, copied.make(mallory.get(OPTIONS).get_json()))
    assert answer.status_code == 422
    page = susan.get(PASSKEYS).text
    path = PASSKEYS + page.partition("/remove")[0].rpartition(PASSKEYS)[2] + "/remove"
    assert mallory.get(path).status_code == 404
    assert mallory.post(path, data={"csrf_token": form_token(page)}).status_code in {400, 404}
    assert count(app) == 1
    assert is_logged_in(mallory)


def test_nonsense_is_not_added(sqlite_app: Flask) -> None:
    add_account(sqlite_app, "susan")
    susan = log_in(sqlite_app, "susan")
    made = json.loads(Authenticator().make(susan.get(OPTIONS).get_json()))
    made["response"] |= {"authenticatorData": "", "signature": ""}
    for text in nonsense(made):
        sqlite_app.extensions["limiter"].storage.reset()
        susan.get(OPTIONS)
        assert send_new(susan, text).status_code == 422
    assert send_new(susan, "x" * 12_001).status_code == 422
    assert send_new(susan, "x", name="").status_code == 422
    assert send_new(susan, "x", name="x" * 65).status_code == 422
    assert send_new(susan, "x" * 20_000).status_code == 413
    assert count(sqlite_app) == 0


def test_a_name_may_hold_anything(susan: CheckingClient) -> None:
    name = "<b>\0 ключ 🔑 " + "é" * 40
    add_passkey(susan, name=name)
    assert name.replace("\0", "\N{REPLACEMENT CHARACTER}") in shown(susan.get(PASSKEYS).text)


def test_nobody_has_more_than_twenty(app: Flask, susan: CheckingClient) -> None:
    for number in range(keys.MOST):
        app.extensions["limiter"].storage.reset()
        add_passkey(susan, name=f"key {number}")
    assert "New passkey" not in shown(susan.get(PASSKEYS).text)
    app.extensions["limiter"].storage.reset()
    answer = send_new(susan, Authenticator().make(susan.get(OPTIONS).get_json()))
    assert answer.status_code == 422
    assert "Please remove one of your passkeys first." in shown(answer.text)


def test_of_two_that_are_added_at_once_by_one_answer_one_is(
    app: Flask, susan: CheckingClient
) -> None:
    others = log_in(app, "susan")
    made = Authenticator()
    forms = []
    for client in (susan, others):
        token = form_token(client.get(f"{PASSKEYS}/new").text)
        credential = made.make(client.get(OPTIONS).get_json())
        forms.append({"csrf_token": token, "name": "a key", "credential": credential})
    statuses = at_once(
        lambda: susan.post(f"{PASSKEYS}/new", data=forms[0]).status_code,
        lambda: others.post(f"{PASSKEYS}/new", data=forms[1]).status_code,
    )
    assert 303 in statuses
    assert count(app) == 1


def test_the_last_one_is_removed_and_the_password_is_enough(
    app: Flask, inbox: Inbox, susan: CheckingClient
) -> None:
    device = add_passkey(susan)
    add_passkey(susan, name="a key")
    assert "It is your last one" not in remove(susan, "a key")
    assert not is_logged_in(log_in(app, "susan"))
    assert count(app, RecoveryCode) == 10
    assert "It is your last one" in remove(susan, "a telephone")
    assert "The passkey no longer works." in shown(susan.get(PASSKEYS).text)
    assert is_logged_in(susan)
    assert count(app, RecoveryCode) == 0
    assert is_logged_in(log_in(app, "susan"))
    client = visitor(app)
    use_passkey(client, device)
    assert not is_logged_in(client)
    removed = [("passkey removed", "susan", name) for name in ("a key", "a telephone")]
    assert events(app, Action.PASSKEY_REMOVED) == removed
    run(app, "send")
    assert inbox.mails[-1]["Subject"] == "[Flasky] A passkey was removed from your account"


def test_without_passkeys_an_app_keeps_the_codes(app: Flask, susan: CheckingClient) -> None:
    telephone, codes = set_up(susan)
    add_passkey(susan)
    assert "It is your last one" not in remove(susan, "a telephone")
    assert give_code(log_in(app, "susan"), codes[0]) == 303
    assert give_code(log_in(app, "susan"), telephone.code()) == 303


def test_without_an_app_passkeys_keep_the_codes(
    app: Flask, inbox: Inbox, susan: CheckingClient
) -> None:
    _, codes = set_up(susan)
    add_passkey(susan)
    assert "Turn off the authenticator app" in shown(susan.get(FACTOR).text)
    submit(susan, f"{FACTOR}/off")
    assert "Your authenticator app is turned off." in shown(susan.get("/auth/settings").text)
    client = log_in(app, "susan")
    assert not is_logged_in(client)
    assert give_code(client, codes[0]) == 303
    run(app, "send")
    subjects = [mail["Subject"] for mail in inbox.mails]
    assert "[Flasky] Your authenticator app was turned off" in subjects


def test_whoever_has_passkeys_alone_sees_the_codes_and_sets_up_an_app(
    app: Flask, susan: CheckingClient
) -> None:
    add_passkey(susan)
    page = shown(susan.get(FACTOR).text)
    assert "you need a passkey or a recovery code" in page
    assert "10 codes are left." in page
    telephone, codes = set_up(susan)
    assert count(app, RecoveryCode) == 10
    assert give_code(log_in(app, "susan"), telephone.code()) == 303
    assert give_code(log_in(app, "susan"), codes[0]) == 303


def test_an_operator_forgets_them_all(app: Flask, inbox: Inbox, susan: CheckingClient) -> None:
    add_passkey(susan)
    add_passkey(susan, name="a key")
    assert "susan can now log in with the password alone" in user(app, "forget-factor", "susan")
    assert not is_logged_in(susan)
    assert is_logged_in(log_in(app, "susan"))
    assert count(app) + count(app, RecoveryCode) == 0
    run(app, "send")
    assert inbox.mails[-1]["Subject"] == "[Flasky] All passkeys were removed from your account"


def test_a_passkey_is_enough_where_a_second_factor_is_asked_for(sqlite_app: Flask) -> None:
    sqlite_app.config["SECOND_FACTOR"] = "everybody"
    add_account(sqlite_app, "susan")
    susan = log_in(sqlite_app, "susan")
    assert susan.get("/auth/settings/password").location == FACTOR
    assert PASSKEYS in susan.get(FACTOR).text
    add_passkey(susan)
    assert susan.get("/auth/settings/password").status_code == 200


def test_they_end_with_the_account(app: Flask, susan: CheckingClient) -> None:
    add_passkey(susan)
    assert submit(susan, "/auth/settings/delete", name="susan").status_code == 303
    assert count(app) + count(app, RecoveryCode) == 0


def test_administrators_are_told_of_one_who_has_no_factor_any_more(
    app: Flask, inbox: Inbox, david: CheckingClient
) -> None:
    add_account(app, "anna", role="Administrator")
    add_passkey(david)
    add_passkey(david, name="a key")
    remove(david, "a key")
    remove(david, "a telephone")
    run(app, "send")
    recipients = [(mail["To"], mail["Subject"]) for mail in inbox.mails if "david" in text_of(mail)]
    told = [subject for to, subject in recipients if to == "anna@example.com"]
    assert len(told) == 1, recipients
