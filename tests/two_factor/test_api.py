"""A second factor and programs, which have none."""

import pytest
from flask import Flask

from tests.api.people import ME, MESSAGES, add_program


def test_who_needs_a_second_factor_first_is_told_so(
    sqlite_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = add_program(sqlite_app, "susan")
    monkeypatch.setitem(sqlite_app.config, "SECOND_FACTOR", "everybody")
    assert client.get(ME).status_code == 403
    assert client.get(MESSAGES).status_code == 200
