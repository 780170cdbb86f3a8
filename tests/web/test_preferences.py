"""What visitors choose in the footer."""

import pytest
from flask import Flask

from app import create_app
from tests.clients import CheckingClient
from tests.conftest import application, visitor
from tests.pages import find, heading

FROM_HERE = "http://localhost"


def choose(client: CheckingClient, name: str, value: str) -> None:
    answer = client.post("/preferences", data={name: value})
    assert (answer.status_code, answer.location) == (303, "/")


def pressed(page: str, name: str) -> list[str | None]:
    buttons = find(page, ".//form[@class='preferences']").iter("button")
    return [
        button.get("value")
        for button in buttons
        if button.get("name") == name and button.get("aria-pressed") == "true"
    ]


def test_a_language_that_was_chosen_stays(sqlite_client: CheckingClient) -> None:
    sqlite_client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
    assert pressed(sqlite_client.get("/").text, "language") == ["en"]
    choose(sqlite_client, "language", "zh_Hans")
    page = sqlite_client.get("/").text
    assert heading(page) == "你好，陌生人！"
    assert pressed(page, "language") == ["zh_Hans"]
    choose(sqlite_client, "language", "en")
    assert heading(sqlite_client.get("/").text) == "Hello, Stranger!"


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_colours_that_were_chosen_stay_until_the_system_shall_decide(
    sqlite_client: CheckingClient, theme: str
) -> None:
    page = sqlite_client.get("/").text
    assert find(page, ".").get("data-theme") is None
    assert pressed(page, "theme") == ["system"]
    choose(sqlite_client, "theme", theme)
    for address in ("/", "/nowhere"):
        page = sqlite_client.get(address).text
        assert find(page, ".").get("data-theme") == theme
        assert pressed(page, "theme") == [theme]
    choose(sqlite_client, "theme", "system")
    assert sqlite_client.get_cookie("theme") is None
    assert find(sqlite_client.get("/").text, ".").get("data-theme") is None


def test_a_choice_costs_no_session_and_keeps_the_one_there_is(
    sqlite_client: CheckingClient,
) -> None:
    choose(sqlite_client, "language", "en")
    assert sqlite_client.get_cookie("session") is None
    sqlite_client.say("john")
    choose(sqlite_client, "theme", "dark")
    assert heading(sqlite_client.get("/").text) == "Hello, john!"


@pytest.mark.parametrize(
    "form", [{"language": "eo"}, {"theme": "pink"}, {"language": "en", "theme": ""}]
)
def test_what_cannot_be_chosen_is_refused(
    sqlite_client: CheckingClient, form: dict[str, str]
) -> None:
    answer = sqlite_client.post("/preferences", data=form)
    assert answer.status_code == 400
    assert "Set-Cookie" not in answer.headers


def test_a_cookie_that_somebody_altered_counts_for_nothing(sqlite_client: CheckingClient) -> None:
    sqlite_client.set_cookie("language", "../x")
    sqlite_client.set_cookie("theme", '"><script>')
    page = sqlite_client.get("/").text
    assert find(page, ".").attrib == {"lang": "en"}


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_another_site_cannot_choose(sqlite_client: CheckingClient, site: str) -> None:
    headers = {"Sec-Fetch-Site": site}
    answer = sqlite_client.post("/preferences", data={"theme": "dark"}, headers=headers)
    assert answer.status_code == 403
    assert sqlite_client.get_cookie("theme") is None


def test_the_cookies_are_for_flasky_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "x" * 32)
    monkeypatch.setenv("TRUSTED_HOSTS", "localhost")
    client = create_app("production").test_client()
    form = {"language": "en", "theme": "dark"}
    answer = client.post("/preferences", data=form, base_url="https://localhost")
    cookies = answer.headers.getlist("Set-Cookie")
    assert [cookie.partition("=")[0] for cookie in cookies] == ["__Host-language", "__Host-theme"]
    for cookie in cookies:
        attributes = {part.strip() for part in cookie.split(";")[1:]}
        assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=31536000"} <= attributes
    page = client.get("/nowhere", base_url="https://localhost").text
    assert pressed(page, "theme") == ["dark"]
    answer = client.post("/preferences", data={"theme": "system"}, base_url="https://localhost")
    [cookie] = answer.headers.getlist("Set-Cookie")
    assert cookie.startswith("__Host-theme=;")
    assert "Secure" in cookie  # or browsers would not forget it


@pytest.mark.parametrize(
    ("referrer", "location"),
    [
        (f"{FROM_HERE}/user/john?page=2", "/user/john?page=2"),
        (f"{FROM_HERE}/user/%E6%97%A5%2F%3F", "/user/%E6%97%A5%2F%3F"),
        (f"{FROM_HERE}/nowhere", "/nowhere"),
        (f"{FROM_HERE}/preferences", "/"),
        (f"{FROM_HERE}//evil.example/x", "/"),
        (f"{FROM_HERE}/\\evil.example/x", "/"),
        (FROM_HERE, "/"),
        ("http://evil.example/user/john", "/"),
        ("https://localhost.evil.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("http://[", "/"),
        ("", "/"),
    ],
)
def test_one_comes_back_to_where_one_was(
    sqlite_client: CheckingClient, referrer: str, location: str
) -> None:
    headers = {"Referer": referrer}
    answer = sqlite_client.post("/preferences", data={"theme": "dark"}, headers=headers)
    assert answer.location == location


def test_a_site_below_a_path_stays_below_it(sqlite_client: CheckingClient) -> None:
    answer = sqlite_client.post(
        "/preferences",
        data={"theme": "dark"},
        base_url="http://localhost/flasky",
        headers={"Referer": f"{FROM_HERE}/flasky/user/john"},
    )
    assert answer.location == "/flasky/user/john"


def test_no_cookie_before_one_is_needed(sqlite_app: Flask) -> None:
    for address in ("/nowhere", "/user/john", "/static/flasky.css"):
        assert "Set-Cookie" not in visitor(sqlite_app).get(address).headers
    with application() as app:  # the form needs one, against forgery
        assert "session=" in visitor(app).get("/").headers["Set-Cookie"]
