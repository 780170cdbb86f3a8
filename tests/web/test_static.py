"""Static files and their addresses."""

import gzip
import os
from pathlib import Path

import html5lib
import pytest
from flask import Flask

from app.web.static import static_url
from tests.clients import CheckingClient


def addresses(page: str) -> list[str]:
    """Return the addresses of the files that a page loads."""
    html = html5lib.parse(page, namespaceHTMLElements=False)
    links = [link.get("href", "") for link in html.findall(".//link")]
    return links + [script.get("src", "") for script in html.findall(".//script")]


def test_every_file_that_a_page_loads_is_ours_and_may_be_kept(
    sqlite_client: CheckingClient,
) -> None:
    loaded = addresses(sqlite_client.get("/").text)
    assert len(loaded) == 5
    for address in loaded:
        assert address.startswith(("/static/", "/bootstrap/static/"))
        answer = sqlite_client.get(address)
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert "Set-Cookie" not in answer.headers
        assert "Cookie" not in answer.headers["Vary"]


def test_a_file_is_sent_compressed_to_who_can_read_it(sqlite_client: CheckingClient) -> None:
    for address in addresses(sqlite_client.get("/").text):
        plain = sqlite_client.get(address)
        packed = sqlite_client.get(address, headers={"Accept-Encoding": "br, gzip"})
        assert "Content-Encoding" not in plain.headers
        assert packed.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(packed.data) == plain.data
        assert len(packed.data) < len(plain.data)
        assert packed.content_type == plain.content_type
        assert packed.headers["Vary"] == plain.headers["Vary"] == "Accept-Encoding"
        assert packed.headers["ETag"] != plain.headers["ETag"]


@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_who_has_a_file_is_not_sent_it_again(sqlite_client: CheckingClient, encoding: str) -> None:
    headers = {"Accept-Encoding": encoding}
    first = sqlite_client.get("/static/flasky.css", headers=headers)
    headers["If-None-Match"] = first.headers["ETag"]
    again = sqlite_client.get("/static/flasky.css", headers=headers)
    assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize("address", ["/static/flasky.css", "/static/flasky.css?v=0"])
def test_without_the_right_hash_a_file_is_not_kept(
    sqlite_client: CheckingClient, address: str
) -> None:
    assert sqlite_client.get(address).headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("name", ["missing.css", "../base.html", "..%2f..%2fconfig.py", "", "."])
def test_what_is_no_static_file_is_not_found(sqlite_client: CheckingClient, name: str) -> None:
    assert sqlite_client.get(f"/static/{name}").status_code == 404


def test_an_address_changes_with_the_content(
    sqlite_app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_app, "static_folder", str(tmp_path))
    monkeypatch.setattr(sqlite_app, "debug", True)
    file = tmp_path / "flasky.css"
    with sqlite_app.test_request_context():
        file.write_text("one")
        one = static_url("flasky.css")
        file.write_text("two")
        # Later: Linux may give all files of some milliseconds one time.
        os.utime(file, ns=(0, file.stat().st_mtime_ns + 1_000_000_000))
        assert one.partition("?")[0] == "/static/flasky.css"
        assert static_url("flasky.css") != one


def test_a_site_below_a_path_links_below_it(sqlite_client: CheckingClient) -> None:
    page = sqlite_client.get("/", base_url="http://localhost/flasky").text
    assert all(address.startswith("/flasky/") for address in addresses(page))


def test_a_link_to_nothing_is_an_error(sqlite_app: Flask) -> None:
    with sqlite_app.test_request_context(), pytest.raises(FileNotFoundError):
        static_url("missing.css")
