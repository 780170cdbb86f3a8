"""Administrators who act while something else happens."""

import pytest
from flask import Flask

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
