"""Tokens, and calls that are tried on the reference page, in a browser."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Page, expect

from tests.browser import accounts, api
from tests.browser.chromium import PHONE, listen_for_complaints
from tests.browser.conftest import visit

REFUSED = "Failed to load resource: the server responded with a status of 4"


@contextmanager
def visit_to_be_refused(browser: Browser, address: str, **circumstances: Any) -> Iterator[Page]:
    """Do as `visit` does; of calls that are refused, the browser may complain."""
    context = browser.new_context(base_url=address, **circumstances)
    page = context.new_page()
    complaints = listen_for_complaints(page)
    yield page
    context.close()
    assert [complaint for complaint in complaints if not complaint.startswith(REFUSED)] == []


def open_reference(page: Page, token: str = "") -> None:
    page.goto("/api")
    page.locator("#token").fill(token)


def test_a_token_from_the_settings_opens_calls_that_are_tried(
    browser: Browser, address: str
) -> None:
    with visit(browser, address) as page:
        name = accounts.new_account(page)
        token = api.make_token(page)
        api.say_saved(page)
        open_reference(page, token)
        me = api.call(page, "get_me")
        expect(me.get_by_role("status")).to_have_text("200 OK")
        expect(me).to_contain_text(f'"username": "{name}"')
        posted = api.call(page, "post_message", body='{"text": "Hello from the API"}')
        expect(posted.get_by_role("status")).to_have_text("201 Created")
        expect(posted).to_contain_text("location: /api/v1/messages/1")
        listed = api.call(page, "list_messages", limit="1")
        expect(listed).to_contain_text("Hello from the API")


def test_a_login_opens_nothing_and_the_token_is_forgotten(browser: Browser, address: str) -> None:
    with visit_to_be_refused(browser, address) as page:
        accounts.new_account(page)
        token = api.make_token(page)
        open_reference(page)
        refused = api.call(page, "get_me")
        expect(refused.get_by_role("status")).to_contain_text("401")
        page.locator("#token").fill(token)
        page.locator("#token").press("Enter")  # which leads nowhere
        page.locator("#get_me button").click()
        expect(refused.get_by_role("status")).to_contain_text("200")
        page.goto("/")
        page.go_back()
        expect(page.locator("#token")).to_have_value("")
        kept = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
        assert token not in kept


def test_an_edit_names_what_was_read(browser: Browser, address: str) -> None:
    with visit_to_be_refused(browser, address, viewport=PHONE) as page:
        accounts.new_account(page)
        open_reference(page, api.make_token(page))
        api.call(page, "post_message").locator("pre").wait_for()
        read = api.call(page, "read_message", message_id="1").locator("pre")
        expect(read).to_contain_text("etag")
        [tag] = [line for line in read.inner_text().splitlines() if line.startswith("etag")]
        edit = {"message_id": "1", "body": '{"text": "Changed"}'}
        other = api.call(page, "edit_message", **edit, **{"If-Match": '"other"'})
        expect(other.get_by_role("status")).to_contain_text("412")
        page.locator("#edit_message-If-Match").fill(tag.removeprefix("etag: "))
        page.locator("#edit_message button").click()
        expect(other.get_by_role("status")).to_contain_text("200")
        expect(other).to_contain_text('"text": "Changed"')


def test_what_is_typed_stays_in_its_part_of_the_address(browser: Browser, address: str) -> None:
    with visit_to_be_refused(browser, address) as page:
        open_reference(page)
        with page.expect_response("**/api/v1/users/**") as caught:
            api.call(page, "get_user", user_id="../me?x#y")
        assert caught.value.url == f"{address}/api/v1/users/..%2Fme%3Fx%23y"
        assert caught.value.status == 404
        with page.expect_response("**/api/v1/search**") as caught:
            api.call(page, "search_messages", q="a&b=c #d")
        assert caught.value.url == f"{address}/api/v1/search?q=a%26b%3Dc+%23d"


def test_without_javascript_there_is_nothing_to_try(browser: Browser, address: str) -> None:
    with visit(browser, address, java_script_enabled=False) as page:
        page.goto("/api")
        expect(page.get_by_role("heading", name="Write a message")).to_be_visible()
        expect(page.get_by_text("Try it")).to_have_count(19)
        for part in page.get_by_text("Try it").all():
            expect(part).to_be_hidden()
        expect(page.locator("#token")).to_be_hidden()


def test_what_does_not_get_through_is_said(browser: Browser, address: str) -> None:
    context = browser.new_context(base_url=address)
    page = context.new_page()
    open_reference(page)
    context.set_offline(True)
    answer = api.call(page, "list_roles")
    expect(answer.get_by_role("status")).to_have_text("Failed to fetch")
    expect(answer.locator("pre")).to_be_hidden()
    context.close()
