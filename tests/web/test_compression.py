"""Pages sent compressed, and when they are not."""

import gzip
from collections.abc import Iterator

import pytest
from flask import Flask, Response, request
from flask.testing import FlaskClient

from app.web.access import everybody
from tests.auth.people import add_account, log_in
from tests.clients import CheckingClient
from tests.pages import check_page, heading

FROM_HERE = {"Sec-Fetch-Site": "same-origin", "Accept-Encoding": "gzip, deflate, br, zstd"}
LONG = "<!doctype html>" + "<p>Hello!" * 1000
SECRET = "IjQ5YTRhYjM1ZmYwOTc2MTA4"  # noqa: S105


@everybody
def guess() -> str:
    return f"{LONG}<input value={SECRET}><p>{request.args['text']}"


@everybody
def tagged() -> Response:
    response = Response(LONG)
    response.set_etag("one")
    response.make_conditional(request)
    return response


@everybody
def short() -> str:
    return LONG[:500]


@everybody
def data() -> Response:
    return Response(LONG, mimetype="application/json")


@everybody
def packed() -> Response:
    return Response(LONG, headers={"Content-Encoding": "zstd"})


@everybody
def streamed() -> Iterator[str]:
    yield LONG
    yield LONG


@pytest.fixture
def browser(sqlite_app: Flask) -> FlaskClient:
    """A client that unpacks nothing, and pages of all kinds."""
    for view in (guess, tagged, short, data, packed, streamed):
        sqlite_app.add_url_rule(f"/{view.__name__}", view_func=view)
    sqlite_app.test_client_class = None
    return sqlite_app.test_client()


@pytest.mark.parametrize("site", ["same-origin", "none"])
@pytest.mark.parametrize(("address", "status"), [("/", 200), ("/nowhere", 404)])
def test_a_page_is_compressed_for_who_comes_from_here(
    browser: FlaskClient, address: str, status: int, site: str
) -> None:
    plain = browser.get(address)
    answer = browser.get(address, headers=FROM_HERE | {"Sec-Fetch-Site": site})
    assert answer.status_code == status
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.content_length == len(answer.data) < 0.5 * len(plain.data)
    assert "Accept-Encoding" in answer.vary
    page = gzip.decompress(answer.data).decode()
    check_page(page)
    assert heading(page) == heading(plain.text)


def test_so_is_a_page_of_somebody_who_is_logged_in(sqlite_app: Flask) -> None:
    add_account(sqlite_app, "david", role="Administrator")
    david = log_in(sqlite_app, "david")
    answer = FlaskClient.open(david, "/admin/users", headers=FROM_HERE)
    assert "david@example.com" in gzip.decompress(answer.data).decode()
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("site", ["cross-site", "same-site", "", "of a later day", None])
def test_a_page_that_another_site_may_have_asked_for_is_not(
    sqlite_client: CheckingClient, site: str | None
) -> None:
    headers = {"Accept-Encoding": "gzip"} | ({} if site is None else {"Sec-Fetch-Site": site})
    assert "Content-Encoding" not in sqlite_client.get("/", headers=headers).headers


@pytest.mark.parametrize(("site", "learns"), [("cross-site", False), ("same-origin", True)])
def test_no_other_site_learns_from_the_length_whether_it_guessed_a_secret(
    browser: FlaskClient, site: str, *, learns: bool
) -> None:
    headers = FROM_HERE | {"Sec-Fetch-Site": site}
    lengths = {
        browser.get("/guess", query_string={"text": text}, headers=headers).content_length
        for text in (f"value={SECRET}", f"value={SECRET[::-1]}")
    }
    assert (len(lengths) == 2) == learns


@pytest.mark.parametrize("accepted", [None, "", "identity", "br", "gzip;q=0", "gzip;q=0, *"])
def test_who_reads_no_gzip_gets_the_page_as_it_is(
    sqlite_client: CheckingClient, accepted: str | None
) -> None:
    headers = {"Sec-Fetch-Site": "none"}
    if accepted is not None:
        headers["Accept-Encoding"] = accepted
    answer = sqlite_client.get("/", headers=headers)
    assert "Content-Encoding" not in answer.headers
    assert "Accept-Encoding" in answer.vary


@pytest.mark.parametrize("address", ["/short", "/data", "/streamed", "/health"])
def test_what_is_no_long_page_is_left_alone(browser: FlaskClient, address: str) -> None:
    answer = browser.get(address, headers=FROM_HERE)
    assert "Content-Encoding" not in answer.headers
    assert "Accept-Encoding" not in answer.vary


def test_nothing_is_compressed_twice(browser: FlaskClient) -> None:
    answer = browser.get("/packed", headers=FROM_HERE)
    assert answer.headers.getlist("Content-Encoding") == ["zstd"]
    assert answer.text == LONG


def test_asking_for_the_head_alone_tells_the_same_of_the_page(browser: FlaskClient) -> None:
    get = browser.get("/tagged", headers=FROM_HERE)
    head = browser.head("/tagged", headers=FROM_HERE)
    assert head.data == b""
    for answer in (head, get):
        for own in ("X-Request-ID", "Date"):
            del answer.headers[own]
    assert head.headers == get.headers


def test_a_tag_is_of_the_page_and_not_of_its_bytes(browser: FlaskClient) -> None:
    first = browser.get("/tagged", headers=FROM_HERE)
    assert first.headers["ETag"] == 'W/"one"'
    assert gzip.decompress(first.data).decode() == LONG
    again = browser.get("/tagged", headers=FROM_HERE | {"If-None-Match": 'W/"one"'})
    assert (again.status_code, again.data) == (304, b"")
    assert [again.headers[name] for name in ("ETag", "Vary")] == ['W/"one"', "Accept-Encoding"]
    assert "Content-Encoding" not in again.headers


def test_a_compressed_page_does_not_tell_the_time(browser: FlaskClient) -> None:
    answer = browser.get("/", headers=FROM_HERE)
    assert answer.data[4:8] == bytes(4)  # RFC 1952: when it was changed last
