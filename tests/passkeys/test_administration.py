"""Passkeys, in the administration."""

from flask import Flask

from app.passkeys.models import Passkey
from tests.admin.test_confirmation import press_after_looking
from tests.admin.test_users import path_of
from tests.auth.people import is_logged_in, log_in
from tests.clients import CheckingClient
from tests.pages import shown
from tests.passkeys.authenticator import add_passkey


def test_an_administrator_forgets_them_all(
    app: Flask, david: CheckingClient, susan: CheckingClient
) -> None:
    add_passkey(susan)
    path = path_of(david, "susan")
    page = shown(david.get(path).text)
    assert "Two-factor authentication on" in page
    assert "Passkeys One passkey" in page
    title = "Turn off two-factor authentication"
    press_after_looking(app, david, f"{path}/forget-factor", title)
    assert not is_logged_in(susan)
    with app.app_context():
        assert Passkey.query.count() == 0
    assert is_logged_in(log_in(app, "susan"))
