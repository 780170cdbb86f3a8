"""Administrators who act while something else happens."""

from functools import partial

import pytest
from flask import Flask

from app.accounts import administration, login_sessions
from app.models import Role
from app.models.lookup import find_by_name
from tests.admin.test_users import path_of
from tests.auth.people import add_account, log_in
from tests.auth.races import Deed, at_once, delete_susan, meanwhile
from tests.clients import CheckingClient
from tests.pages import form_token


@pytest.mark.parametrize("path", ["role", "disable", "enable", "sessions", "forget-factor"])
def test_an_administrator_is_told_that_somebody_is_gone(
    app: Flask,
    david: CheckingClient,
    susan: CheckingClient,
    monkeypatch: pytest.MonkeyPatch,
    path: str,
) -> None:
    assert susan
    page = path_of(david, "susan")
    token = form_token(david.get(page).text)
    meanwhile(app, monkeypatch, delete_susan, "lock_as_administrator")
    answer = david.post(f"{page}/{path}", data={"csrf_token": token, "role": "Moderator"})
    assert answer.status_code == 409


def test_administrators_who_act_on_one_user_do_not_wait_for_each_other(
    app: Flask, david: CheckingClient
) -> None:
    add_account(app, "susan")
    add_account(app, "anna", role="Administrator")
    anna = log_in(app, "anna")
    path = path_of(david, "susan")
    tokens = {client: form_token(client.get(path).text) for client in (david, anna)}

    def change_role(role: str) -> Deed:
        data = {"csrf_token": tokens[david], "role": role}
        return lambda: david.post(f"{path}/role", data=data).status_code

    def act(deed: str) -> Deed:
        data = {"csrf_token": tokens[anna]}
        return lambda: anna.post(f"{path}/{deed}", data=data).status_code

    statuses: set[int] = set()
    for role, deed in [("Administrator", "disable"), ("User", "enable")] * 6:
        statuses |= at_once(change_role(role), act(deed))
    assert statuses == {303}


def remove_david(how: str) -> None:
    """Take from david what an administrator needs."""
    david = find_by_name("david")
    assert david
    if how == "demoted":
        administration.set_role(david, Role.get_or_insert("User"))
    elif how == "disabled":
        administration.disable(david)
    else:
        administration.log_out_everywhere(david)


@pytest.mark.parametrize("path", ["role", "disable", "enable", "sessions", "forget-factor"])
@pytest.mark.parametrize("how", ["demoted", "disabled", "logged out"])
def test_whoever_was_removed_at_this_moment_does_nothing_more(
    app: Flask, david: CheckingClient, monkeypatch: pytest.MonkeyPatch, path: str, how: str
) -> None:
    add_account(app, "anna", role="Administrator")
    log_in(app, "anna")
    page = path_of(david, "anna")
    data = {"csrf_token": form_token(david.get(page).text), "role": "User"}
    meanwhile(app, monkeypatch, partial(remove_david, how), "lock_as_administrator")
    assert david.post(f"{page}/{path}", data=data).status_code == 403
    with app.app_context():
        anna = find_by_name("anna")
        assert anna
        assert anna.is_administrator()
        assert anna.disabled_at is None
        assert len(login_sessions.find_by_user(anna)) == 1


@pytest.mark.parametrize("path", ["role", "disable", "sessions"])
def test_of_two_who_remove_each_other_at_once_one_does(
    app: Flask, david: CheckingClient, path: str
) -> None:
    add_account(app, "anna", role="Administrator")
    add_account(app, "susan", role="Administrator")
    anna = log_in(app, "anna")
    deeds = []
    for client, other in ((david, "anna"), (anna, "david")):
        page = path_of(client, other)
        data = {"csrf_token": form_token(client.get(page).text), "role": "User"}
        deeds.append(partial(post, client, f"{page}/{path}", data))
    statuses = at_once(*deeds)
    assert 303 in statuses
    assert len(statuses) == 2
    assert statuses <= {303, 401, 403}  # 401: it was over before the second one began


def post(client: CheckingClient, path: str, data: dict[str, str]) -> int:
    return client.post(path, data=data).status_code
