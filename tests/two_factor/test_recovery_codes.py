"""New recovery codes: a page shows them until they are saved, to their owner alone."""

import pytest
from flask import Flask

from app.web.shown_once import SECONDS_TO_SEE
from tests.auth.people import add_account, log_in, submit
from tests.clients import CheckingClient
from tests.pages import field_error, notices
from tests.two_factor.telephone import FACTOR, NEW_CODES, recovery_codes, scan, set_up


@pytest.fixture
def susan(sqlite_app: Flask) -> CheckingClient:
    """The browser of a user, where the database makes no difference."""
    add_account(sqlite_app, "susan")
    return log_in(sqlite_app, "susan")


def test_they_are_shown_again_until_they_are_saved(susan: CheckingClient) -> None:
    answer = submit(susan, f"{FACTOR}/scan", code=scan(susan).code())
    assert answer.location == NEW_CODES
    page = susan.get(NEW_CODES)
    assert page.headers["Cache-Control"] == "no-store"
    assert notices(page.text) == [("notice-success", "Two-factor authentication is on.")]
    codes = recovery_codes(page.text)
    assert len({*codes}) == 10
    assert recovery_codes(susan.get(NEW_CODES).text) == codes
    not_yet = submit(susan, NEW_CODES)
    assert not_yet.status_code == 422
    assert field_error(not_yet.text, "saved").startswith("Please save the codes first")
    assert recovery_codes(not_yet.text) == codes
    assert susan.post(NEW_CODES, data={"saved": "y"}).status_code == 400  # without a token
    assert recovery_codes(susan.get(NEW_CODES).text) == codes
    assert submit(susan, NEW_CODES, saved="y").location == FACTOR
    assert susan.get(NEW_CODES).location == FACTOR


def test_another_browser_of_the_same_user_does_not_show_them(
    sqlite_app: Flask, susan: CheckingClient
) -> None:
    _, codes = set_up(susan)
    phone = log_in(sqlite_app, "susan")
    submit(phone, "/auth/login/code", code=codes[0])
    assert phone.get(FACTOR).status_code == 200
    assert phone.get(NEW_CODES).location == FACTOR


def test_they_are_shown_for_half_an_hour(susan: CheckingClient) -> None:
    _, codes = set_up(susan)
    for passed, is_shown in ((SECONDS_TO_SEE - 60, True), (61, False)):
        with susan.session_transaction() as session:
            session["recovery_codes"]["since"] -= passed
            session.modified = True
        page = susan.get(NEW_CODES)
        assert (recovery_codes(page.text) == codes) is is_shown


def test_newer_ones_are_shown_in_place_of_the_former(susan: CheckingClient) -> None:
    _, former = set_up(susan)
    answer = submit(susan, f"{FACTOR}/recovery-codes")
    assert answer.location == NEW_CODES
    new = recovery_codes(susan.get(NEW_CODES).text)
    assert len({*former, *new}) == 20


def test_nobody_else_can_read_what_is_kept_of_them(
    sqlite_app: Flask, susan: CheckingClient
) -> None:
    _, codes = set_up(susan)
    with susan.session_transaction() as session:
        kept = dict(session["recovery_codes"])
        assert not any(code in str(session) for code in codes)
    add_account(sqlite_app, "mallory")
    mallory = log_in(sqlite_app, "mallory")
    with mallory.session_transaction() as session:
        session["recovery_codes"] = kept
    assert mallory.get(NEW_CODES).location == FACTOR


@pytest.mark.parametrize(
    "kept", ["x", [1], {"is": "x"}, {"is": "x", "since": 2**40}, {"is": "\xe9", "since": 2**40}]
)
def test_what_another_release_has_left_in_a_cookie_is_nothing(
    susan: CheckingClient, kept: object
) -> None:
    with susan.session_transaction() as session:
        session["recovery_codes"] = kept
    assert susan.get(NEW_CODES).location == FACTOR
