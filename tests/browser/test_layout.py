"""Where things stand on pages of different widths."""

import pytest
from playwright.sync_api import Browser, Locator

from tests.browser import accounts
from tests.browser.chromium import DESKTOP, PHONE
from tests.browser.conftest import visit
from tests.browser.states import STATES
from tests.browser.test_accessibility import NARROW, WIDTH


def lines(things: Locator) -> int:
    """Return on how many lines things stand: what begins below the end of a line begins another."""
    boxes = [box for thing in things.all() if (box := thing.bounding_box())]
    count, end = 0, float("-inf")
    for box in sorted(boxes, key=lambda box: box["y"]):
        if box["y"] >= end:
            count, end = count + 1, box["y"] + box["height"]
    return count


@pytest.mark.parametrize("locale", ["en-GB", "zh-CN"])
def test_the_header_of_an_administrator_takes_two_lines_at_most(
    browser: Browser, address: str, locale: str
) -> None:
    with visit(browser, address, locale=locale) as page:
        accounts.administrate(page)
        header = page.locator("header :is(.brand, li)")
        for size, most in ((DESKTOP, 1), (PHONE, 2), (NARROW, 2)):
            page.set_viewport_size(size)
            for path in ("/", "/admin/users", "/auth/settings"):
                page.goto(path)
                assert header.count() >= 4  # the brand, and a way to each room
                assert lines(header) <= most, (size, path)
                assert page.evaluate(WIDTH) <= size["width"], (size, path)


def test_an_administrators_table_is_cards_on_a_telephone(browser: Browser, address: str) -> None:
    with visit(browser, address) as page:
        STATES["mails"](page)  # an administrator's, to whom mails went
        for path in ("/admin/users", "/admin/log", "/admin/mails?state=sent"):
            page.goto(path)
            cells = page.locator(".list tbody tr:first-child > :not(:empty)")
            heads = page.locator(".list thead")
            page.set_viewport_size(DESKTOP)
            assert (lines(cells), heads.is_visible()) == (1, True), path
            page.set_viewport_size(PHONE)
            assert cells.count() >= 4
            assert (lines(cells), heads.is_visible()) == (cells.count(), False), path
