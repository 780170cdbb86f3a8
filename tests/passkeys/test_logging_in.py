"""Logging in by a passkey: alone, and after the password."""

import json
import time
from collections.abc import Callable
from functools import partial
from itertools import repeat
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from app import db
from app.accounts import administration, deletion
from app.models import AuditEvent, User
from app.models.lookup import find_by_name
from app.passkeys.models import Passkey
from tests.auth.people import PASSWORD, add_account, is_logged_in, log_in, submit
from tests.auth.races import at_once, meanwhile
from tests.clients import CheckingClient
from tests.conftest import visitor
from tests.mail.inbox import Inbox, text_of
from tests.mail.outbox import run
from tests.pages import find, form_token, shown
from tests.passkeys.authenticator import (
    ALONE,
    BACKED_UP,
    CAN_BE_BACKED_UP,
    ORIGIN,
    PRESENT,
    SECOND,
    VERIFIED,
    Authenticator,
    add_passkey,
    encode,
    read_codes,
    send_signed,
    use_passkey,
)
from tests.two_factor.telephone import give_code, set_up

REFUSED = "This passkey was not accepted."


def events(app: Flask) -> list[tuple[str, str]]:
    with app.app_context():
        found = db.session.scalars(select(AuditEvent).order_by(AuditEvent.id)).all()
        return [(event.action, event.detail) for event in found]


def is_refused(client: CheckingClient, device: Authenticator, path: str = ALONE) -> bool:
    answer = use_passkey(client, device, path)
    assert answer.status_code == 303
    is_told = REFUSED in shown(client.get(answer.location).text)
    return is_told and not is_logged_in(client)


def test_a_passkey_alone_logs_in(app: Flask, susan: CheckingClient) -> None:
    device = add_passkey(susan)
    client = visitor(app)
    options = client.get(ALONE).get_json()
    assert (options["rpId"], options["userVerification"]) == ("localhost", "required")
    assert options["allowCredentials"] == []
    answer = use_passkey(client, device, f"{ALONE}?next=/user/susan")
    assert (answer.status_code, answer.location) == (303, "/user/susan")
    assert is_logged_in(client)
    assert events(app)[-1] == ("logged in", "passkey")
    with client.session_transaction() as session:
        assert not session.permanent
    with app.app_context():
        assert db.session.scalars(select(Passkey)).one().last_used_at
    assert send_signed(client, ALONE, "{}").location == "/"  # who is in is led on


def test_it_keeps_who_wants_to_be_kept(sqlite_app: Flask) -> None:
    add_account(sqlite_app, "susan")
    device = add_passkey(log_in(sqlite_app, "susan"))
    client = visitor(sqlite_app)
    send_signed(client, ALONE, device.sign(client.get(ALONE).get_json()), keep="y")
    with client.session_transaction() as session:
        assert session.permanent


def test_after_the_password_a_passkey_stands_for_a_code(app: Flask, susan: CheckingClient) -> None:
    device = add_passkey(susan)
    client = log_in(app, "susan", keep="y")
    assert not is_logged_in(client)
    page = client.get("/auth/login/code")
    assert "Your password is right. Now use a passkey" in shown(page.text)
    assert find(page.text, ".//form[@class='passkey']").get("action") == SECOND
    options = client.get(SECOND).get_json()
    assert [each["id"] for each in options["allowCredentials"]] == [encode(device.credential_id)]
    device.flags = PRESENT  # which is enough after the password
    answer = use_passkey(client, device, f"{SECOND}?next=/user/susan")
    assert answer.location == "/user/susan"
    assert is_logged_in(client)
    with client.session_transaction() as session:
        assert session.permanent
    assert events(app)[-2:] == [("code asked for", ""), ("logged in", "passkey")]


def test_whoever_has_an_app_as_well_chooses(app: Flask, susan: CheckingClient) -> None:
    telephone, codes = set_up(susan)
    device = add_passkey(susan)
    assert find(log_in(app, "susan").get("/auth/login/code").text, ".//form[@class='passkey']")
    for code in (telephone.code(), codes[0]):
        assert give_code(log_in(app, "susan"), code) == 303
    client = log_in(app, "susan")
    assert use_passkey(client, device, SECOND).location == "/"
    assert is_logged_in(client)


def test_without_its_device_a_recovery_code_lets_one_in(app: Flask, susan: CheckingClient) -> None:
    add_passkey(susan)
    [code, *_] = read_codes(susan)
    client = log_in(app, "susan")
    assert "One of your recovery codes." in shown(client.get("/auth/login/code").text)
    assert give_code(client, "000000") == 422
    assert give_code(client, code) == 303
    assert is_logged_in(client)
    assert give_code(log_in(app, "susan"), code) == 422


def test_nobody_uses_a_passkey_after_the_password_of_another(
    app: Flask, susan: CheckingClient
) -> None:
    add_passkey(susan)
    add_account(app, "mallory")
    device = add_passkey(log_in(app, "mallory"))
    thief = log_in(app, "susan")  # whose password is known
    assert is_refused(thief, device, SECOND)
    assert ("passkey refused", "unknown passkey") in events(app)
    assert visitor(app).get(SECOND).location == "/auth/login"


@pytest.mark.parametrize(
    "wrong",
    [
        {"origin": "http://localhost:5001"},
        {"origin": "https://localhost:5000"},
        {"origin": "http://localhost:5000.evil.example"},
        {"host": "evil.example"},
        {"flags": PRESENT},
        {"flags": VERIFIED},
        {"flags": PRESENT | VERIFIED | BACKED_UP},
        {"user_handle": None},
        {"user_handle": b"another one"},
        {"credential_id": b"unknown"},
        {"credential_id": b"x" * 2000},
        {"credential_id": b""},
    ],
    ids=str,
)
def test_what_is_not_signed_as_it_should_be_opens_nothing(
    sqlite_app: Flask, wrong: dict[str, Any]
) -> None:
    add_account(sqlite_app, "susan")
    device = add_passkey(log_in(sqlite_app, "susan"))
    device.__dict__.update(wrong)
    assert is_refused(visitor(sqlite_app), device)


@pytest.mark.parametrize(
    "change",
    [{"type": "webauthn.create"}, {"challenge": "AAAA"}, {"challenge": 7}, {"origin": None}],
    ids=str,
)
def test_what_is_signed_is_what_was_asked(sqlite_app: Flask, change: dict[str, Any]) -> None:
    add_account(sqlite_app, "susan")
    device = add_passkey(log_in(sqlite_app, "susan"))
    client = visitor(sqlite_app)
    use_passkey(client, device, **change)
    assert not is_logged_in(client)
    assert use_passkey(client, device).location == "/"


def test_another_key_signs_nothing(app: Flask, susan: CheckingClient) -> None:
    device = add_passkey(susan)
    forged = Authenticator(credential_id=device.credential_id, user_handle=device.user_handle)
    assert is_refused(visitor(app), forged)
    assert ("passkey refused", "") in events(app)


def test_a_challenge_is_of_one_session_and_works_once(app: Flask, susan: CheckingClient) -> None:
    device = add_passkey(susan)
    thief, client = visitor(app), visitor(app)
    thief.get(ALONE)
    stolen = device.sign(client.get(ALONE).get_json())
    assert send_signed(thief, ALONE, stolen).location == "/auth/login"
    kept = client.get_cookie("session")
    assert kept
    assert send_signed(client, ALONE, stolen).location == "/"
    thief.set_cookie("session", kept.value)  # from before: it holds the challenge
    assert send_signed(thief, ALONE, stolen).location == "/auth/login"
    assert not is_logged_in(thief)
    assert send_signed(visitor(app), ALONE, stolen).location == "/auth/login"


def test_of_many_who_send_one_answer_at_once_one_is_let_in(
    app: Flask, susan: CheckingClient
) -> None:
    device = add_passkey(susan)
    client = visitor(app)
    form = {
        "credential": device.sign(client.get(ALONE).get_json()),
        "csrf_token": form_token(client.get("/auth/login").text),
    }
    kept = client.get_cookie("session")
    assert kept
    clients = [visitor(app) for _ in range(4)]
    for each in clients:
        each.set_cookie("session", kept.value)

    def send(each: CheckingClient) -> int:
        return each.post(ALONE, data=form).status_code

    at_once(*map(partial, repeat(send), clients))
    assert [is_logged_in(each) for each in clients].count(True) == 1


def test_a_challenge_waits_for_five_minutes(sqlite_app: Flask) -> None:
    add_account(sqlite_app, "susan")
    device = add_passkey(log_in(sqlite_app, "susan"))
    for age, is_in in ((290, True), (301, False)):
        client = visitor(sqlite_app)
        signed = device.sign(client.get(ALONE).get_json())
        with sqlite_app.app_context():
            db.session.execute(update(Passkey).values(last_used_at=None))
            db.session.commit()
        with client.session_transaction() as session:
            session["passkey_challenge"]["since"] -= age
            session.modified = True
        send_signed(client, ALONE, signed)
        assert is_logged_in(client) is is_in


@pytest.mark.parametrize("kept", ["x", [1], {"is": "x"}, {"is": "AA==", "since": 1e18}])
def test_what_another_release_has_left_in_a_cookie_is_nothing(sqlite_app: Flask, kept: Any) -> None:
    add_account(sqlite_app, "susan")
    device = add_passkey(log_in(sqlite_app, "susan"))
    client = visitor(sqlite_app)
    signed = device.sign(client.get(ALONE).get_json())
    with client.session_transaction() as session:
        session["passkey_challenge"] = kept
    assert send_signed(client, ALONE, signed).location == "/auth/login"


DEEP = "[" * 4000


def nonsense(signed: dict[str, Any]) -> list[str]:
    """Return what somebody may send in place of what a passkey has signed."""
    response = signed["response"]
    broken = {
        "clientDataJSON": [7, encode(DEEP.encode()), encode(b"\xff\xfe"), encode(b"{}")],
        "authenticatorData": [7, encode(b"\xff" * 36)],
        "signature": [7, ""],
        "userHandle": [7, "a", "="],
        "attestationObject": [7, encode(b"\x81" * 3000), encode(b"\xbf" * 9)],
    }
    responses = [{**response, name: value} for name, values in broken.items() for value in values]
    wholes = [
        *({**signed, "response": each} for each in [None, *responses]),
        {**signed, "id": 7},
        {**signed, "rawId": "é"},
        {**signed, "rawId": "="},
        {**signed, "type": "password"},
    ]
    texts = ["", "null", "7", "[]", "{}", '"', "\0", "\ufffd", DEEP, '{"id":' * 1000, "9" * 9000]
    return [*texts, *map(json.dumps, wholes)]


def test_nonsense_is_refused(sqlite_app: Flask) -> None:
    add_account(sqlite_app, "susan")
    device = add_passkey(log_in(sqlite_app, "susan"))
    client = visitor(sqlite_app)
    for text in nonsense(json.loads(device.sign(client.get(ALONE).get_json()))):
        sqlite_app.extensions["limiter"].storage.reset()
        client.get(ALONE)
        assert send_signed(client, ALONE, text).location == "/auth/login", text[:300]
    begin = time.thread_time()
    assert send_signed(client, ALONE, "[" * 100_000).status_code == 413
    assert time.thread_time() - begin < 0.5  # seconds
    assert use_passkey(client, device).location == "/"


def test_a_count_that_goes_back_is_refused_and_told_to_its_owner(
    app: Flask, inbox: Inbox, susan: CheckingClient
) -> None:
    device = add_passkey(susan, Authenticator(count=2**32 - 3))
    device.count += 1
    assert use_passkey(visitor(app), device).location == "/"
    for _ in range(2):  # the copy counts from where it was made
        assert is_refused(visitor(app), device)
    assert events(app)[-1] == ("passkey refused", "copied passkey")
    forged = Authenticator(credential_id=device.credential_id, user_handle=device.user_handle)
    assert is_refused(visitor(app), forged)  # which nobody is told of
    device.count += 1
    assert use_passkey(visitor(app), device).location == "/"
    run(app, "send")
    told = [mail for mail in inbox.mails if "There may be a copy" in mail["Subject"]]
    assert len(told) == 1
    assert "The passkey is called “a telephone”." in text_of(told[0])


def test_a_passkey_that_counts_nothing_works_again_and_again(sqlite_app: Flask) -> None:
    add_account(sqlite_app, "susan")
    device = add_passkey(log_in(sqlite_app, "susan"))
    device.flags |= CAN_BE_BACKED_UP | BACKED_UP
    for _ in range(3):
        client = visitor(sqlite_app)
        use_passkey(client, device)
        assert is_logged_in(client)
    assert "on several devices" in shown(client.get("/auth/settings/passkeys").text)


def disable_susan() -> None:
    user = find_by_name("susan")
    assert user
    administration.disable(user)


@pytest.mark.parametrize("when", ["before", "at that moment"])
def test_who_is_disabled_stays_out(
    app: Flask, susan: CheckingClient, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    add_account(app, "david", role="Administrator")
    device = add_passkey(susan)
    if when == "before":
        with app.app_context():
            disable_susan()
    else:
        meanwhile(app, monkeypatch, disable_susan)
    assert is_refused(visitor(app), device)
    assert ("login refused", "disabled") in events(app)


def delete_susan() -> None:
    user = find_by_name("susan")
    assert user
    deletion.delete(user)


def test_who_is_deleted_meanwhile_is_nobody(
    app: Flask, susan: CheckingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = add_passkey(susan)
    client = visitor(app)
    signed = device.sign(client.get(ALONE).get_json())
    meanwhile(app, monkeypatch, delete_susan)
    assert send_signed(client, ALONE, signed).status_code == 409
    assert not is_logged_in(client)


def test_one_address_tries_ten_times_a_minute(sqlite_app: Flask) -> None:
    add_account(sqlite_app, "susan")
    add_passkey(log_in(sqlite_app, "susan"))
    sqlite_app.extensions["limiter"].storage.reset()
    client = visitor(sqlite_app)
    statuses = [send_signed(client, ALONE, "{}").status_code for _ in range(11)]
    assert statuses == [303] * 10 + [429]
    login = {"login": "susan", "password": PASSWORD}
    assert submit(client, "/auth/login", **login).status_code == 429  # they count together
    sqlite_app.extensions["limiter"].storage.reset()
    client = log_in(sqlite_app, "susan")
    statuses = [send_signed(client, SECOND, "{}").status_code for _ in range(11)]
    assert statuses == [303] * 10 + [429]


def test_a_form_without_its_token_does_nothing(sqlite_app: Flask) -> None:
    add_account(sqlite_app, "susan")
    device = add_passkey(log_in(sqlite_app, "susan"))
    for client, path in ((visitor(sqlite_app), ALONE), (log_in(sqlite_app, "susan"), SECOND)):
        credential = device.sign(client.get(path).get_json())
        assert client.post(path, data={"credential": credential}).status_code == 400
        assert not is_logged_in(client)


@pytest.mark.parametrize(
    ("public_url", "host", "origin"),
    [
        ("http://127.0.0.1:5000", "localhost", ORIGIN),
        ("http://[::1]:8080", "localhost", "http://localhost:8080"),
        ("https://flasky.example.com", "flasky.example.com", "https://flasky.example.com"),
        ("https://Flasky.Example.com:443/app", "flasky.example.com", "https://flasky.example.com"),
        ("https://example.com:8443", "example.com", "https://example.com:8443"),
    ],
)
def test_a_passkey_belongs_to_the_public_url(
    sqlite_app: Flask, public_url: str, host: str, origin: str
) -> None:
    sqlite_app.config["PUBLIC_URL"] = public_url
    add_account(sqlite_app, "susan")
    page = log_in(sqlite_app, "susan").get("/auth/settings/passkeys/new").text
    assert find(page, ".//p[@data-origin]").get("data-origin") == origin
    device = add_passkey(log_in(sqlite_app, "susan"), Authenticator(host=host, origin=origin))
    client = visitor(sqlite_app)
    assert client.get(ALONE).get_json()["rpId"] == host
    assert use_passkey(client, device).location == "/"
    device.origin = ORIGIN.replace("localhost", "127.0.0.1")
    assert is_refused(visitor(sqlite_app), device)


Deed = Callable[[Flask], None]


def change_password(app: Flask) -> None:
    with app.app_context():
        db.session.execute(update(User).values(password_hash="another"))
        db.session.commit()


def test_a_former_password_does_not_wait_for_a_passkey(app: Flask, susan: CheckingClient) -> None:
    device = add_passkey(susan)
    client = log_in(app, "susan")
    signed = device.sign(client.get(SECOND).get_json())
    change_password(app)
    assert send_signed(client, SECOND, signed).location == "/auth/login"
    assert not is_logged_in(client)
