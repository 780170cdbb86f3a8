"""Static files and their addresses."""

from pathlib import Path

import html5lib
import pytest
from flask import Flask

from app.web.static import static_url
from tests.clients import CheckingClient
from tests.pages import find


def stylesheets(page: str) -> list[str]:
    links = html5lib.parse(page, namespaceHTMLElements=False).findall(".//link[@rel='stylesheet']")
    return [link.get("href", "") for link in links]


def test_every_file_that_a_page_links_to_is_there_and_may_be_kept(
    sqlite_client: CheckingClient,
) -> None:
    page = sqlite_client.get("/").text
    icon = find(page, ".//link[@rel='icon']").get("href", "")
    for address in [icon, *stylesheets(page)]:
        answer = sqlite_client.get(address)
        assert answer.status_code == 200
        assert "max-age=31536000" in answer.headers["Cache-Control"]
        assert answer.data
        answer.close()


def test_an_address_changes_with_the_content(
    sqlite_app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_app, "static_folder", str(tmp_path))
    monkeypatch.setattr(sqlite_app, "debug", True)
    with sqlite_app.test_request_context():
        (tmp_path / "flasky.css").write_text("one")
        one = static_url("flasky.css")
        (tmp_path / "flasky.css").write_text("two")
        assert one.partition("?")[0] == "/static/flasky.css"
        assert static_url("flasky.css") != one


def test_a_site_below_a_path_links_below_it(sqlite_client: CheckingClient) -> None:
    page = sqlite_client.get("/", base_url="http://localhost/flasky").text
    assert all(address.startswith("/flasky/") for address in stylesheets(page))


def test_a_link_to_nothing_is_an_error(sqlite_app: Flask) -> None:
    with sqlite_app.test_request_context(), pytest.raises(FileNotFoundError):
        static_url("missing.css")
