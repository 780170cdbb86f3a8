"""Whoever has a second factor proves who they are by the password and a code."""

from flask import Flask
from sqlalchemy import select

from app import db
from app.models import AuditEvent
from tests.auth.people import (
    OTHER_PASSWORD,
    PASSWORD,
    is_logged_in,
    let_proof_run_out,
    log_in,
    prove,
    submit,
)
from tests.auth.races import at_once
from tests.clients import CheckingClient
from tests.pages import field_error, find, form_token
from tests.two_factor.telephone import FACTOR, give_code, scan, set_up


def test_the_password_alone_changes_nothing(app: Flask, susan: CheckingClient) -> None:
    telephone, codes = set_up(susan)
    let_proof_run_out(app)
    for path, fields in (
        ("email", {"email": "evil@evil.example"}),
        ("password", {"password": OTHER_PASSWORD}),
        ("delete", {}),
    ):
        page = f"/auth/settings/{path}"
        assert prove(susan, page).status_code == 422
        assert field_error(prove(susan, page).text, "code") == "Please enter the code."
        data = {"csrf_token": form_token(susan.get("/auth/settings").text)} | fields
        assert susan.post(page, data=data).location.startswith("/auth/prove?")
    assert prove(susan, code="000000").status_code == 422
    assert prove(susan, current="wrong", code=codes[0]).status_code == 422
    assert prove(susan, "/auth/settings/delete", code=telephone.code()).status_code == 303
    assert submit(susan, "/auth/settings/delete", name="susan").status_code == 303
    assert not is_logged_in(susan)


def test_the_page_asks_for_the_code_beside_the_password(app: Flask, susan: CheckingClient) -> None:
    set_up(susan)
    let_proof_run_out(app)
    page = susan.get("/auth/prove").text
    assert find(page, ".//input[@name='current']").get("autocomplete") == "current-password"
    assert find(page, ".//input[@name='code']").get("autocomplete") == "one-time-code"


def test_a_code_proves_once_and_a_recovery_code_stands_in(
    app: Flask, susan: CheckingClient
) -> None:
    telephone, codes = set_up(susan)
    code = telephone.code()
    for given, status in ((code, 303), (code, 422), (codes[0], 303), (codes[0], 422)):
        let_proof_run_out(app)
        answer = prove(susan, code=given)
        assert answer.status_code == status
    assert field_error(answer.text, "code").startswith("This code is wrong, or it has already")
    with app.app_context():
        proofs = select(AuditEvent.detail).filter_by(action="proved").order_by(AuditEvent.id)
        assert db.session.scalars(proofs).all() == ["code", "recovery code"]


def test_a_login_by_a_code_is_a_proof(app: Flask, susan: CheckingClient) -> None:
    telephone, _ = set_up(susan)
    client = log_in(app, "susan")
    assert client.get(FACTOR).location.startswith("/auth/login")  # the password is none
    assert give_code(client, telephone.code()) == 303
    assert client.get(FACTOR).status_code == 200


def test_a_wrong_password_costs_no_code(app: Flask, susan: CheckingClient) -> None:
    telephone, _ = set_up(susan)
    let_proof_run_out(app)
    for _ in range(4):
        assert prove(susan, current="wrong", code="000000").status_code == 422
    for _ in range(4):
        assert prove(susan, code="000000").status_code == 422
    assert prove(susan, code=telephone.code()).status_code == 303


def test_a_proof_at_the_moment_it_is_set_up_needs_a_code(app: Flask, susan: CheckingClient) -> None:
    telephone = scan(susan)
    library = log_in(app, "susan")
    let_proof_run_out(app)
    prove(susan)
    token = form_token(susan.get(f"{FACTOR}/scan").text)
    proof = {"csrf_token": form_token(library.get("/auth/prove").text), "current": PASSWORD}
    code = {"csrf_token": token, "code": telephone.code()}
    at_once(
        lambda: library.post("/auth/prove", data=proof).status_code,
        lambda: susan.post(f"{FACTOR}/scan", data=code).status_code,
    )
    assert not is_logged_in(library)  # the other browsers are logged out


def test_the_secret_to_scan_is_there_after_a_proof(app: Flask, susan: CheckingClient) -> None:
    telephone = scan(susan)
    let_proof_run_out(app)
    token = form_token(susan.get("/auth/settings").text)
    data = {"csrf_token": token, "code": telephone.code()}
    path = f"{FACTOR}/scan"
    assert susan.post(path, data=data).location.startswith("/auth/prove?")
    assert prove(susan, path).location == path
    assert telephone.totp.secret in susan.get(path).text
    assert submit(susan, path, code=telephone.code()).status_code == 303
