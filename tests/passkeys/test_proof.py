"""A passkey shows who somebody is, too, before they change something."""

from flask import Flask

from tests.auth.people import PASSWORD, add_account, let_proof_run_out, log_in, prove
from tests.clients import CheckingClient
from tests.pages import find, form_token, shown
from tests.passkeys.authenticator import (
    OPTIONS,
    PASSKEYS,
    PRESENT,
    Authenticator,
    add_passkey,
    encode,
    read_codes,
    use_passkey,
)
from tests.passkeys.test_logging_in import events

PROVE = "/auth/prove/passkey"
NEW = f"{PASSKEYS}/new"


def test_adding_and_removing_ask_for_a_proof(app: Flask, susan: CheckingClient) -> None:
    device = Authenticator()
    made = device.make(susan.get(OPTIONS).get_json())
    let_proof_run_out(app)
    asked = f"/auth/prove?next={NEW}"
    assert susan.get(NEW).location == asked
    assert susan.get(OPTIONS, headers={"Accept": "application/json"}).status_code == 403
    token = form_token(susan.get("/").text)
    form = {"csrf_token": token, "name": "my telephone", "credential": made}
    assert susan.post(NEW, data=form).location == asked
    assert prove(susan, NEW).location == NEW
    assert find(susan.get(NEW).text, ".//input[@id='name']").get("value") == "my telephone"
    add_passkey(susan, device)
    let_proof_run_out(app)
    page = susan.get(PASSKEYS).text  # which may be looked at
    path = PASSKEYS + page.partition("/remove")[0].rpartition(PASSKEYS)[2] + "/remove"
    assert susan.get(path).location == f"/auth/prove?next={path}"


def test_a_passkey_is_a_proof(app: Flask, susan: CheckingClient) -> None:
    device = add_passkey(susan)
    let_proof_run_out(app)
    page = susan.get(f"/auth/prove?next={NEW}").text
    assert find(page, ".//form[@class='passkey']").get("action") == f"{PROVE}?next={NEW}"
    options = susan.get(PROVE).get_json()
    assert options["userVerification"] == "required"
    assert [each["id"] for each in options["allowCredentials"]] == [encode(device.credential_id)]
    assert use_passkey(susan, device, f"{PROVE}?next={NEW}").location == NEW
    assert susan.get(NEW).status_code == 200
    assert events(app)[-1] == ("proved", "passkey")


def test_without_it_a_recovery_code_is_one_beside_the_password(
    app: Flask, susan: CheckingClient
) -> None:
    add_passkey(susan)
    [code, *_] = read_codes(susan)
    let_proof_run_out(app)
    asked = shown(susan.get("/auth/prove").text)
    assert "One of your recovery codes." in asked
    assert "six digits" not in asked  # there is no app
    assert prove(susan, NEW, current=PASSWORD).status_code == 422
    assert prove(susan, NEW, current=PASSWORD, code=code).location == NEW


def test_what_proves_nothing(app: Flask, susan: CheckingClient) -> None:
    device = add_passkey(susan)
    add_account(app, "mallory")
    others = add_passkey(log_in(app, "mallory"))
    let_proof_run_out(app)
    unverified = Authenticator(device.key, device.credential_id, device.user_handle, flags=PRESENT)
    for wrong in (others, unverified, Authenticator()):
        answer = use_passkey(susan, wrong, f"{PROVE}?next={NEW}")
        assert answer.location == f"/auth/prove?next={NEW}"
        assert "This passkey was not accepted." in shown(susan.get(answer.location).text)
    assert susan.get(NEW).location == f"/auth/prove?next={NEW}"


def test_whoever_has_none_is_asked_for_none(sqlite_app: Flask) -> None:
    add_account(sqlite_app, "susan")
    susan = log_in(sqlite_app, "susan")
    let_proof_run_out(sqlite_app)
    assert "passkey" not in susan.get("/auth/prove").text
    assert use_passkey(susan, Authenticator(), PROVE).location == "/auth/prove"
