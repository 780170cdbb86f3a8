"""Static files and their addresses."""

import gzip
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path

import brotli
import html5lib
import pytest
from flask import Flask

from app.web import static
from app.web.static import static_url
from tests.clients import CheckingClient

DECOMPRESSORS: dict[str, Callable[[bytes], bytes]] = {
    "br": brotli.decompress,
    "gzip": gzip.decompress,
}


def addresses(page: str) -> list[str]:
    """Return the addresses of the files that a page loads."""
    html = html5lib.parse(page, namespaceHTMLElements=False)
    links = [link.get("href", "") for link in html.findall(".//link")]
    return links + [script.get("src", "") for script in html.findall(".//script")]


def test_every_file_that_a_page_loads_is_ours_and_may_be_kept(
    sqlite_client: CheckingClient,
) -> None:
    loaded = addresses(sqlite_client.get("/").text)
    assert len(loaded) == 6
    for address in loaded:
        assert address.startswith(("/static/", "/bootstrap/static/"))
        answer = sqlite_client.get(address)
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert "Set-Cookie" not in answer.headers
        assert "Cookie" not in answer.headers["Vary"]


@pytest.mark.parametrize(("encoding", "decompress"), DECOMPRESSORS.items())
def test_a_file_is_sent_compressed_to_who_can_read_it(
    sqlite_client: CheckingClient, encoding: str, decompress: Callable[[bytes], bytes]
) -> None:
    for address in addresses(sqlite_client.get("/").text):
        plain = sqlite_client.get(address)
        packed = sqlite_client.get(address, headers={"Accept-Encoding": f"zstd, {encoding}"})
        assert "Content-Encoding" not in plain.headers
        assert packed.headers["Content-Encoding"] == encoding
        assert decompress(packed.data) == plain.data
        assert len(packed.data) < len(plain.data)
        assert packed.content_type == plain.content_type
        assert packed.headers["Vary"] == plain.headers["Vary"] == "Accept-Encoding"
        assert packed.headers["ETag"] != plain.headers["ETag"]


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("br;q=0.5, gzip", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("br;q=0, gzip;q=0, *", None),
        ("*", "br"),
        ("x" * 1000 + ", gzip", None),  # nobody writes that much
    ],
)
def test_it_is_compressed_as_the_browser_likes_best(
    sqlite_client: CheckingClient, accepted: str, encoding: str | None
) -> None:
    answer = sqlite_client.get("/static/flasky.css", headers={"Accept-Encoding": accepted})
    assert answer.headers.get("Content-Encoding") == encoding


def test_brotli_makes_the_styles_a_quarter_smaller_than_gzip(sqlite_client: CheckingClient) -> None:
    [styles] = [one for one in addresses(sqlite_client.get("/").text) if "bootstrap" in one]
    sizes = {
        encoding: len(sqlite_client.get(styles, headers={"Accept-Encoding": encoding}).data)
        for encoding in DECOMPRESSORS
    }
    assert sizes["br"] < 0.8 * sizes["gzip"]


def test_each_form_of_a_file_has_its_own_tag(sqlite_client: CheckingClient) -> None:
    answers = [
        sqlite_client.get("/static/flasky.css", headers={"Accept-Encoding": encoding})
        for encoding in [*DECOMPRESSORS, "identity"]
    ]
    assert len({answer.headers["ETag"] for answer in answers}) == 3


def test_a_file_is_compressed_when_it_is_asked_for_and_once(
    sqlite_client: CheckingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    compressed: list[bytes] = []
    for name in ("_versioned_path", "_read", "_compress"):  # as in a process that has just started
        monkeypatch.setattr(static, name, cache(getattr(static, name).__wrapped__))

    def compress(content: bytes) -> bytes:
        compressed.append(content)
        return content

    monkeypatch.setitem(static.COMPRESSORS, "br", compress)
    loaded = addresses(sqlite_client.get("/").text)
    assert compressed == []
    for address in loaded * 2:
        sqlite_client.get(address, headers={"Accept-Encoding": "br"})
    assert len(compressed) == len(loaded)


@pytest.mark.parametrize("encoding", ["br", "gzip", "identity"])
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


@pytest.mark.parametrize(
    "name", ["missing.css", "../base.html", "..%2f..%2fconfig.py", "", ".", "x" * 300]
)
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
