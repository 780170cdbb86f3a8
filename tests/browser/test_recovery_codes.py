"""Recovery codes: to the clipboard, into a file, onto paper."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import accounts, two_factor
from tests.browser.conftest import visit

COUNT_PRINTS = "window.prints = 0; window.print = () => { window.prints += 1; };"


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """The page that shows new recovery codes."""
    with visit(browser, address) as page:
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        page.add_init_script(COUNT_PRINTS)
        accounts.new_account(page)
        two_factor.give_code(page, two_factor.scan(page).code())
        yield page


def codes_on(page: Page) -> list[str]:
    return page.locator(".recovery-codes code").all_inner_texts()


def test_they_are_copied(page: Page) -> None:
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()").split() == codes_on(page)


def test_they_are_downloaded(page: Page) -> None:
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert download.value.suggested_filename == "flasky-recovery-codes.txt"
    codes = codes_on(page)
    assert len(codes) == 10
    assert Path(download.value.path()).read_text().splitlines() == codes


def test_they_are_printed_and_nothing_around_them(page: Page) -> None:
    page.get_by_role("button", name="Print").click()
    assert page.evaluate("prints") == 1
    whose = page.locator(".only-print")
    expect(whose).to_be_hidden()
    page.emulate_media(media="print")
    expect(whose).to_contain_text("Flasky, susan")
    expect(page.locator(".recovery-codes code")).to_have_count(10)
    expect(page.locator(".recovery-codes")).to_be_visible()
    for around in ("header", "footer", "form", "#print", "#download", "#copy"):
        for thing in page.locator(around).all():
            expect(thing).to_be_hidden()


def test_leaving_without_having_saved_them_is_asked_about(page: Page) -> None:
    codes = codes_on(page)
    accounts.press(page)
    expect(page.get_by_label("I have saved these codes")).to_be_focused()
    assert codes_on(page) == codes
    two_factor.say_saved(page)
    expect(page.get_by_text("10 codes are left.")).to_be_visible()
