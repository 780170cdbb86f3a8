"""What the first page of the administration tells of the running site."""

import pytest

from tests.auth.people import add_account, log_in
from tests.conftest import application
from tests.pages import shown


def test_administrators_see_the_running_site(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLOW_QUERY_MS", "0")
    with application() as app:
        add_account(app, "susan", role="Administrator")
        page = shown(log_in(app, "susan").get("/admin/").text)
    assert "The running site" in page
    assert "sqlite 3" in page
    assert "app/admin/overview.py:" in page
    assert "SELECT" not in page
