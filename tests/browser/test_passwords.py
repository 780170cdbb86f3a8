"""Fields for passwords, which can be shown."""

import re
from urllib.parse import parse_qs

from playwright.sync_api import Browser, Page, Request, expect

from tests.browser import accounts
from tests.browser.conftest import visit


def test_a_password_is_shown_and_hidden_again(page: Page) -> None:
    page.goto("/auth/login")
    password = page.get_by_label("Password", exact=True)
    button = page.get_by_role("button", name="Show password")
    password.fill("hunter2")
    for kind, is_pressed in (("text", "true"), ("password", "false"), ("text", "true")):
        button.click()
        expect(password).to_have_attribute("type", kind)
        expect(button).to_have_attribute("aria-pressed", is_pressed)
        expect(password).to_have_value("hunter2")


def test_a_password_that_is_shown_is_sent_from_a_hidden_field(page: Page) -> None:
    sent: list[Request] = []
    page.on("request", lambda request: sent.append(request) if request.method == "POST" else None)
    page.goto("/auth/login")
    page.route("**/auth/login", lambda route: route.fulfill(status=204))  # the page stays
    page.locator("#login").fill("susan")
    page.locator("#password").fill("hunter2")
    page.get_by_role("button", name="Show password").click()
    expect(page.locator("#password")).to_have_attribute("type", "text")
    with page.expect_response(lambda response: response.status == 204):
        page.locator("#submit").click()
    expect(page.locator("#password")).to_have_attribute("type", "password")
    assert [parse_qs(request.post_data or "")["password"] for request in sent] == [["hunter2"]]


def test_without_scripts_there_is_no_button_that_does_nothing(
    browser: Browser, address: str
) -> None:
    with visit(browser, address, java_script_enabled=False) as page:
        page.goto("/auth/login")
        expect(page.locator(".reveal")).to_be_hidden()


def test_after_a_wrong_login_the_password_is_typed_again(page: Page) -> None:
    accounts.come_from_elsewhere(page)
    accounts.log_in(page, "susan", "wrong")
    password = page.locator("#password")
    expect(password).to_be_focused()
    expect(password).to_have_value("")
    expect(password).to_have_accessible_description("Wrong name or password. Please try again.")
    expect(page.locator("#login")).to_have_value("susan")
    expect(page.get_by_text(re.compile("Wrong name"))).to_be_visible()
