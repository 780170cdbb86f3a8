"""The site's name, which is the operator's."""

from collections.abc import Iterator

import pytest
from flask import Flask

from tests.conftest import application, visitor
from tests.pages import find, shown, title

NAME = "Tools & 100% <Co>"


@pytest.fixture
def named_app(monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """A Flasky of another name."""
    monkeypatch.setenv("SITE_NAME", NAME)
    with application() as app:
        yield app


def test_pages_bear_the_name_of_the_site(named_app: Flask) -> None:
    client = visitor(named_app)
    for language in ("en", "zh"):
        page = client.get("/auth/login", headers={"Accept-Language": language}).text
        assert title(page).endswith(f" · {NAME}")
        assert find(page, ".//header/a[@class='brand']").text == NAME
        assert page.count("Tools &amp; 100% &lt;Co&gt;") >= 3
        assert "Flasky" not in shown(page)


def test_errors_bear_it_too(named_app: Flask) -> None:
    body = {"name": "x" * 17_000}
    page = visitor(named_app).post("/", data=body)
    assert f"You sent more than {NAME} can accept." in shown(page.text)
    problem = visitor(named_app).post("/", data=body, headers={"Accept": "application/json"})
    assert f"You sent more than {NAME} can accept." in problem.json["detail"]  # type: ignore[index]


def test_mails_begin_with_it(named_app: Flask) -> None:
    assert named_app.config["FLASKY_MAIL_SUBJECT_PREFIX"] == f"[{NAME}]"
