"""A second factor: set up with an app, asked for at every login, given up, and lost."""

import logging
import math
import secrets
import time
from collections.abc import Callable
from functools import partial
from itertools import repeat
from typing import Any, get_args

import pytest
from flask import Flask
from sqlalchemy import select, update
from werkzeug.exceptions import TooManyRequests

from app import db
from app.accounts.links import ResetLink, hash_credentials
from app.mail.letters import subject_of
from app.models import AuditEvent, Detail, LoginSession, OutgoingMail, User
from app.models.lookup import find
from app.two_factor import second_factor
from app.two_factor.limits import CODES, limit_codes
from app.two_factor.models import RecoveryCode, SecondFactor
from app.two_factor.second_factor import News, mail_news
from app.web.limits import TOLD
from tests.auth.people import (
    OTHER_PASSWORD,
    PASSWORD,
    add_account,
    is_logged_in,
    let_proof_run_out,
    log_in,
    press,
    prove,
    submit,
)
from tests.auth.races import at_once, meanwhile, set_another_password
from tests.auth.test_commands import user
from tests.clients import CheckingClient
from tests.conftest import visitor
from tests.mail.inbox import Inbox, text_of
from tests.mail.outbox import run
from tests.pages import form_token, heading, shown
from tests.two_factor.telephone import FACTOR, give_code, read_recovery_codes, scan, set_up


def events(app: Flask) -> list[tuple[str, str]]:
    with app.app_context():
        found = db.session.scalars(select(AuditEvent).order_by(AuditEvent.id)).all()
        return [(event.action, event.detail) for event in found]


def factors(app: Flask) -> int:
    with app.app_context():
        return int(SecondFactor.query.count())


def test_whoever_has_one_gives_a_code_after_the_password(
    app: Flask, inbox: Inbox, susan: CheckingClient
) -> None:
    elsewhere = log_in(app, "susan")
    before = susan.get_cookie("session")
    telephone, codes = set_up(susan)
    assert len({*codes}) == 10
    after = susan.get_cookie("session")
    assert before
    assert after
    assert before.value != after.value
    assert is_logged_in(susan)
    assert not is_logged_in(elsewhere)
    assert "10 codes are left." in shown(susan.get(FACTOR).text)

    client = log_in(app, "susan")
    assert not is_logged_in(client)
    assert susan.get("/auth/settings").status_code == 200
    assert give_code(client, "000000") == 422
    assert not is_logged_in(client)
    assert give_code(client, telephone.code()) == 303
    assert is_logged_in(client)
    run(app, "send")
    assert inbox.mails[-1]["Subject"] == "[Flasky] Two-factor authentication was turned on"
    assert "This is about your account susan." in text_of(inbox.mails[-1])
    assert events(app)[-4:] == [
        ("second factor set up", ""),
        ("code asked for", ""),
        ("code refused", ""),
        ("logged in", "code"),
    ]


def test_it_is_set_up_by_a_code_and_not_before(app: Flask, susan: CheckingClient) -> None:
    telephone = scan(susan)
    page = susan.get(f"{FACTOR}/scan").text
    assert 'role="img"' in page
    assert "<svg" in page
    answer = submit(susan, f"{FACTOR}/scan", code="12345")
    assert answer.status_code == 422
    assert "That code is not valid right now." in shown(answer.text)
    assert telephone.totp.secret in answer.text  # the app, which has scanned it, is right still
    assert factors(app) == 0
    assert is_logged_in(log_in(app, "susan"))
    wide = telephone.code().translate({digit: digit + 0xFEE0 for digit in range(48, 58)})
    assert submit(susan, f"{FACTOR}/scan", code=f" {wide[:3]}-{wide[3:]}").status_code == 303
    assert factors(app) == 1
    assert susan.get(f"{FACTOR}/scan").location == FACTOR


def test_a_code_works_once_and_none_before_it(app: Flask, susan: CheckingClient) -> None:
    telephone, _ = set_up(susan)
    first = telephone.code()
    assert give_code(log_in(app, "susan"), first) == 303
    assert give_code(log_in(app, "susan"), first) == 422
    for step in (telephone.last - 1, telephone.last, telephone.last + 3, telephone.last - 100):
        assert give_code(log_in(app, "susan"), telephone.totp.generate_otp(step)) == 422
        app.extensions["limiter"].storage.reset()


@pytest.mark.parametrize("nearly", ["{0} ", "{0}0", "0{0}", "", "\0", "٣٤٥٦٧٨", "x" * 5000])
def test_what_is_no_code(sqlite_app: Flask, nearly: str) -> None:
    add_account(sqlite_app, "susan")
    telephone, _ = set_up(log_in(sqlite_app, "susan"))
    typed = nearly.format(telephone.code())
    status = 303 if typed.endswith(" ") else 422  # blanks do no harm
    assert give_code(log_in(sqlite_app, "susan"), typed) == status


def send_code(client: CheckingClient, form: dict[str, str]) -> int:
    return client.post("/auth/login/code", data=form).status_code


def test_of_many_who_give_one_code_at_once_one_is_let_in(app: Flask, susan: CheckingClient) -> None:
    telephone, codes = set_up(susan)
    for code in (telephone.code(), codes[0]):
        app.extensions["limiter"].storage.reset()
        clients = [log_in(app, "susan") for _ in range(4)]
        tokens = [form_token(client.get("/auth/login/code").text) for client in clients]
        forms = [{"csrf_token": token, "code": code} for token in tokens]
        deeds = map(partial, repeat(send_code), clients, forms)
        statuses = at_once(*deeds)
        assert statuses == {303, 422}
        assert sum(map(is_logged_in, clients)) == 1


@pytest.mark.parametrize(
    "write", [str, str.upper, lambda code: f" {code}\n", lambda code: code.replace("-", " ")]
)
def test_a_recovery_code_stands_in_once(
    app: Flask, inbox: Inbox, susan: CheckingClient, write: Callable[[str], str]
) -> None:
    _, codes = set_up(susan)
    assert give_code(log_in(app, "susan"), write(codes[3])) == 303
    assert give_code(log_in(app, "susan"), write(codes[3])) == 422
    assert "9 codes are left." in shown(susan.get(FACTOR).text)
    assert ("logged in", "recovery code") in events(app)
    run(app, "send")
    assert inbox.mails[-1]["Subject"] == "[Flasky] One of your recovery codes was used"


def test_new_recovery_codes_void_the_former(
    app: Flask, inbox: Inbox, susan: CheckingClient
) -> None:
    path = f"{FACTOR}/recovery-codes"
    assert susan.get(path).location == FACTOR
    _, former = set_up(susan)
    answer = submit(susan, path)
    new = read_recovery_codes(susan, answer)
    assert len({*former, *new}) == 20
    assert give_code(log_in(app, "susan"), former[0]) == 422
    assert give_code(log_in(app, "susan"), new[0]) == 303
    assert ("recovery codes made", "") in events(app)
    run(app, "send")
    subjects = [mail["Subject"] for mail in inbox.mails]
    assert "[Flasky] Your recovery codes were replaced" in subjects


def test_each_news_of_it_has_a_subject_of_its_own(sqlite_app: Flask) -> None:
    with sqlite_app.app_context():
        for news in get_args(News):
            mail_news(User(username="susan", email="susan@example.com"), news)
        subjects = {subject_of(mail).strip() for mail in db.session.new}
        db.session.rollback()
    assert len(subjects - {""}) == len(get_args(News))


def test_it_is_turned_off_after_a_proof(app: Flask, inbox: Inbox, susan: CheckingClient) -> None:
    path = f"{FACTOR}/off"
    assert susan.get(path).location == FACTOR
    telephone, codes = set_up(susan)
    let_proof_run_out(app)
    token = form_token(susan.get("/auth/settings").text)
    assert susan.post(path, data={"csrf_token": token}).location.startswith("/auth/prove?")
    assert prove(susan, code="000000").status_code == 422
    assert prove(susan, current="wrong", code=codes[0]).status_code == 422
    assert susan.get(path).location.startswith("/auth/prove?")
    assert factors(app) == 1
    assert prove(susan, path, code=telephone.code()).location == path
    answer = submit(susan, path)
    assert answer.location == "/auth/settings"
    assert is_logged_in(susan)
    assert is_logged_in(log_in(app, "susan"))
    with app.app_context():
        assert RecoveryCode.query.count() == 0
    assert ("proved", "code") in events(app)
    assert ("second factor removed", "") in events(app)
    run(app, "send")
    assert inbox.mails[-1]["Subject"] == "[Flasky] Two-factor authentication was turned off"


def test_a_form_without_its_token_does_nothing(sqlite_app: Flask) -> None:
    add_account(sqlite_app, "susan")
    susan = log_in(sqlite_app, "susan")
    assert susan.post(FACTOR).status_code == 400
    code = scan(susan).code()
    assert susan.post(f"{FACTOR}/scan", data={"code": code}).status_code == 400
    assert factors(sqlite_app) == 0
    telephone, _ = set_up(susan)
    for path in ("off", "recovery-codes"):
        assert susan.post(f"{FACTOR}/{path}").status_code == 400
    client = log_in(sqlite_app, "susan")
    data = {"code": telephone.code()}
    assert client.post("/auth/login/code", data=data).status_code == 400
    assert not is_logged_in(client)
    assert "10 codes are left." in shown(susan.get(FACTOR).text)


def test_guessing_codes_is_slowed_down_and_the_owner_gets_in(
    app: Flask, inbox: Inbox, susan: CheckingClient
) -> None:
    telephone, codes = set_up(susan)
    thief = log_in(app, "susan")
    assert [give_code(thief, f"{n:06}") for n in range(6)] == [422] * 5 + [429]
    code = telephone.code()
    assert give_code(thief, code) == 429
    token = form_token(thief.get("/auth/login/code").text)
    refused = thief.post("/auth/login/code", data={"csrf_token": token, "code": code})
    assert "Or go back and use a recovery code." in shown(refused.text)
    let_proof_run_out(app)
    assert prove(susan, code="000000").status_code == 429
    assert ("too many tries", "codes") in events(app)
    run(app, "send")
    assert "Someone is trying to guess your login codes\n\n" in text_of(inbox.mails[-1])
    subjects = [mail["Subject"] for mail in inbox.mails]
    assert subjects.count("[Flasky] Someone is trying to guess your login codes") == 1
    assert give_code(log_in(app, "susan"), codes[0]) == 303  # the owner
    assert give_code(log_in(app, "susan"), code) == 303


def test_a_warning_keeps_nothing_of_what_was_half_done(app: Flask) -> None:
    add_account(app, "susan")
    with app.app_context():
        susan = db.session.scalars(select(User)).one()
        TOLD.allows(f"{Detail.CODES} {susan.id}")  # so that nothing is noted
        for _ in range(5):
            limit_codes(susan, "123456")
        susan.about_me = "half done"
        db.session.flush()
        with pytest.raises(TooManyRequests):
            limit_codes(susan, "123456")
        assert susan.about_me == ""
        assert db.session.scalars(select(OutgoingMail.recipient)).all() == [susan.email]


def test_a_long_code_or_password_is_cut_or_refused_before_anything_else(
    app: Flask, susan: CheckingClient
) -> None:
    slower = "a" + "\u0345" * 25_000 + "\u0334" * 25_000
    begin = time.thread_time()
    assert second_factor.normalize_code(slower) == second_factor.normalize_code(slower[:64])
    assert time.thread_time() - begin < 0.5  # seconds
    let_proof_run_out(app)
    assert prove(susan, current="x" * 2049).status_code == 422


def test_whoever_goes_on_guessing_has_twenty_codes_a_day(
    sqlite_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_account(sqlite_app, "susan")
    set_up(log_in(sqlite_app, "susan"))
    monkeypatch.setattr(CODES, "rates", "1000 per day")  # as if it took all day
    thief = log_in(sqlite_app, "susan")
    assert [give_code(thief, f"{n:06}") for n in range(21)] == [422] * 20 + [429]


def test_one_address_tries_ten_recovery_codes_a_minute(sqlite_app: Flask) -> None:
    add_account(sqlite_app, "susan")
    set_up(log_in(sqlite_app, "susan"))
    thief = log_in(sqlite_app, "susan")
    assert [give_code(thief, f"abcd-{n:020}") for n in range(11)] == [422] * 10 + [429]


def test_a_right_code_counts_from_the_beginning(sqlite_app: Flask) -> None:
    add_account(sqlite_app, "susan")
    telephone, codes = set_up(log_in(sqlite_app, "susan"))
    for code in (telephone.code(), codes[0]):
        client = log_in(sqlite_app, "susan")
        assert [give_code(client, "000000") for _ in range(4)] == [422] * 4
        assert give_code(client, code) == 303


def test_a_former_password_does_not_wait_for_a_code(
    app: Flask, susan: CheckingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, codes = set_up(susan)
    meanwhile(app, monkeypatch, set_another_password)
    client = log_in(app, "susan")  # with the former password
    assert client.get("/auth/login/code").location == "/auth/login"
    token = form_token(client.get("/auth/login").text)
    data = {"csrf_token": token, "code": codes[0]}
    assert client.post("/auth/login/code", data=data).location == "/auth/login"
    assert not is_logged_in(client)


@pytest.mark.parametrize("kept", ["x", [1], {"user": 1}, {"since": "x"}])
def test_what_another_release_has_left_in_a_cookie_is_nothing(sqlite_app: Flask, kept: Any) -> None:
    add_account(sqlite_app, "susan")
    susan = log_in(sqlite_app, "susan")
    for client, key, path in (
        (visitor(sqlite_app), "pending_login", "/auth/login/code"),
        (susan, "secret", f"{FACTOR}/scan"),
    ):
        client.get("/auth/login")
        with client.session_transaction() as session:
            session[key] = kept
        assert client.get(path).status_code == 303


def change(app: Flask, **values: Any) -> None:
    with app.app_context():
        db.session.execute(update(User).values(values))
        db.session.commit()


def grow_old(client: CheckingClient) -> None:
    with client.session_transaction() as session:
        session["pending_login"]["since"] -= 601
        session.modified = True


def test_a_password_that_was_given_counts_for_a_while(sqlite_app: Flask) -> None:
    add_account(sqlite_app, "susan")
    telephone, _ = set_up(log_in(sqlite_app, "susan"))
    nobody = visitor(sqlite_app)
    assert nobody.get("/auth/login/code?next=/user/john").location == "/auth/login?next=/user/john"
    for deed in (
        lambda _: change(sqlite_app, disabled_at=db.func.now()),
        lambda _: change(sqlite_app, password_hash="another"),
        grow_old,
    ):
        client = log_in(sqlite_app, "susan")
        token = form_token(client.get("/auth/login/code").text)
        with sqlite_app.app_context():
            before = db.session.scalars(select(User.password_hash)).one()
        deed(client)
        answer = client.post(
            "/auth/login/code", data={"csrf_token": token, "code": telephone.code()}
        )
        telephone.wait(sqlite_app)
        assert answer.location == "/auth/login"
        assert not is_logged_in(client)
        assert "That took too long, or" in shown(client.get("/auth/login").text)
        change(sqlite_app, disabled_at=None, password_hash=before)


def test_the_code_leads_where_one_wanted_to_be(sqlite_app: Flask) -> None:
    add_account(sqlite_app, "susan")
    telephone, codes = set_up(log_in(sqlite_app, "susan"))
    for code, wish, place in (
        (telephone.code(), "/user/susan", "/user/susan"),
        (codes[0], "////evil.example", "/"),
    ):
        client = visitor(sqlite_app)
        path = f"/auth/login?next={wish}"
        data = {"login": "susan", "password": PASSWORD, "keep": "y"}
        data["csrf_token"] = form_token(client.get(path).text)
        asked = client.post(path, data=data).location
        assert asked.startswith("/auth/login/code")
        data = {"csrf_token": form_token(client.get(asked).text), "code": code}
        assert client.post(asked, data=data).location == place
        with client.session_transaction() as session:
            assert session.permanent


def test_a_new_password_needs_the_code_as_well(sqlite_app: Flask) -> None:
    add_account(sqlite_app, "susan")
    set_up(log_in(sqlite_app, "susan"))
    with sqlite_app.test_request_context():
        owner = find("susan")
        assert owner
        link = ResetLink(owner.id, hash_credentials(owner)).make_url()
    path = link.removeprefix("http://localhost")
    submit(visitor(sqlite_app), path, password=OTHER_PASSWORD)
    client = log_in(sqlite_app, "susan", password=OTHER_PASSWORD)
    assert not is_logged_in(client)
    assert heading(client.get("/auth/login/code").text) == "Enter your code"


def test_recovery_codes_are_of_more_than_112_bits(sqlite_app: Flask) -> None:
    add_account(sqlite_app, "susan")
    _, codes = set_up(log_in(sqlite_app, "susan"))
    letters = {letter for code in codes for letter in code if letter != "-"}
    assert {len(code.replace("-", "")) for code in codes} == {24}
    assert 24 * math.log2(len(letters)) >= 112  # each letter of the alphabet comes up in ten codes


def test_no_table_holds_what_opens_the_account(app: Flask, susan: CheckingClient) -> None:
    telephone, codes = set_up(susan)
    with app.app_context():
        tables = (SecondFactor, RecoveryCode, OutgoingMail, AuditEvent, LoginSession, User)
        rows = " ".join(
            str(row) for table in tables for row in db.session.execute(select(table.__table__))
        )
    assert telephone.totp.secret not in rows
    assert not any(code in rows or code.replace("-", "") in rows for code in codes)
    page = susan.get(FACTOR).text + susan.get("/auth/settings").text
    assert telephone.totp.secret not in page


def test_the_secret_of_a_browser_lives_half_an_hour(sqlite_app: Flask) -> None:
    add_account(sqlite_app, "susan")
    susan = log_in(sqlite_app, "susan")
    telephone = scan(susan)
    with susan.session_transaction() as session:
        assert telephone.totp.secret not in str(session)
        session["secret"]["since"] -= 30 * 60 + 1
        session.modified = True
    assert susan.get(f"{FACTOR}/scan").location == FACTOR
    assert "That took too long." in shown(susan.get(FACTOR).text)


def test_another_secret_key_keeps_the_factor(
    sqlite_app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    add_account(sqlite_app, "susan")
    telephone, codes = set_up(log_in(sqlite_app, "susan"))
    config = sqlite_app.config
    config["SECRET_KEY_FALLBACKS"] = [config["SECRET_KEY"]]
    config["SECRET_KEY"] = secrets.token_hex()
    assert give_code(log_in(sqlite_app, "susan"), telephone.code()) == 303
    telephone.wait(sqlite_app)
    config["SECRET_KEY_FALLBACKS"] = []  # it was encrypted anew
    assert give_code(log_in(sqlite_app, "susan"), telephone.code()) == 303
    telephone.wait(sqlite_app)
    config["SECRET_KEY"] = secrets.token_hex()  # the former is forgotten
    with caplog.at_level(logging.ERROR):
        assert give_code(log_in(sqlite_app, "susan"), telephone.code()) == 422
    assert "SECRET_KEY_FALLBACKS" in caplog.text
    assert give_code(log_in(sqlite_app, "susan"), codes[0]) == 303


def test_everybody_needs_one_where_it_is_asked_for(sqlite_app: Flask) -> None:
    sqlite_app.config["SECOND_FACTOR"] = "everybody"
    add_account(sqlite_app, "susan")
    susan = log_in(sqlite_app, "susan")
    assert susan.get("/").status_code == 200
    assert susan.get("/auth/settings/password").location == FACTOR
    assert "This site requires you to set up two-factor authentication." in shown(
        susan.get(FACTOR).text
    )
    assert susan.get("/auth/settings/delete").status_code == 200
    set_up(susan)
    assert susan.get("/auth/settings/password").status_code == 200
    assert press(susan, "/auth/logout").location == "/"


def test_a_secret_is_its_owners_alone(app: Flask, susan: CheckingClient) -> None:
    set_up(susan)
    add_account(app, "mallory")
    mallorys, _ = set_up(log_in(app, "mallory"))
    with app.app_context():
        ours, theirs = db.session.scalars(select(SecondFactor).order_by(SecondFactor.user_id))
        ours.secret = theirs.secret
        db.session.commit()
    mallorys.wait(app)
    assert give_code(log_in(app, "susan"), mallorys.code()) == 422


def test_an_operator_removes_a_lost_one(app: Flask, susan: CheckingClient) -> None:
    assert user(app, "forget-factor", "susan", succeeds=False) == (
        "Error: susan has not set up two-factor authentication."
    )
    set_up(susan)
    assert user(app, "forget-factor", "Susan") == (
        "susan can now log in with the password alone, and is logged out everywhere."
    )
    assert not is_logged_in(susan)
    assert is_logged_in(log_in(app, "susan"))
    assert "No account has the name" in user(app, "forget-factor", "nobody", succeeds=False)


def test_it_ends_with_the_account(app: Flask, susan: CheckingClient) -> None:
    set_up(susan)
    assert submit(susan, "/auth/settings/delete", name="susan").status_code == 303
    with app.app_context():
        assert SecondFactor.query.count() + RecoveryCode.query.count() == 0


def test_a_login_at_the_moment_it_is_set_up_needs_a_code(app: Flask, susan: CheckingClient) -> None:
    telephone = scan(susan)
    token = form_token(susan.get(f"{FACTOR}/scan").text)
    client = visitor(app)
    login_token = form_token(client.get("/auth/login").text)
    data = {"csrf_token": login_token, "login": "susan", "password": PASSWORD}
    at_once(
        lambda: client.post("/auth/login", data=data).status_code,
        lambda: (
            susan.post(
                f"{FACTOR}/scan", data={"csrf_token": token, "code": telephone.code()}
            ).status_code
        ),
    )
    assert factors(app) == 1
    assert not is_logged_in(client)


def test_news_of_a_former_release_is_sent_all_the_same(app: Flask, inbox: Inbox) -> None:
    add_account(app, "susan")
    with app.app_context():
        parameters = {"username": "susan", "news": "on"}
        mail = OutgoingMail(recipient="susan@example.com", template="mail/second_factor")
        mail.parameters, mail.locale = parameters, "en"
        db.session.add(mail)
        db.session.commit()
    run(app, "send")
    assert "http://127.0.0.1:5000/auth/reset\n" in text_of(inbox.mails[0])
