"""The life of a message, in three windows: its author's, a reader's, and a moderator's."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, NamedTuple

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import accounts
from tests.browser.board import write
from tests.browser.chromium import DESKTOP, PHONE
from tests.browser.conftest import visit

CIRCUMSTANCES: dict[str, dict[str, Any]] = {
    "desktop": {"viewport": DESKTOP},
    "phone-chinese": {"viewport": PHONE, "locale": "zh-CN"},
    "without-javascript": {"viewport": PHONE, "java_script_enabled": False},
}


class Windows(NamedTuple):
    """The windows of three people who are logged in."""

    author: Page
    reader: Page
    moderator: Page
    name_of_author: str
    has_scripts: bool


@pytest.fixture(params=list(CIRCUMSTANCES.values()), ids=list(CIRCUMSTANCES))
def windows(request: pytest.FixtureRequest, browser: Browser, address: str) -> Iterator[Windows]:
    """The windows; it fails if a browser complains of anything."""
    with ExitStack() as stack:
        author, reader, moderator = (
            stack.enter_context(visit(browser, address, **request.param)) for _ in range(3)
        )
        name = accounts.new_account(author)
        accounts.new_account(reader)
        accounts.administrate(moderator)
        yield Windows(
            author, reader, moderator, name, request.param.get("java_script_enabled", True)
        )


def ask_why(page: Page, reason: str) -> None:
    """Give the reason that a page asks for."""
    page.locator("#reason").fill(reason)
    accounts.press(page)


def test_a_message_from_its_first_day_to_its_appeal(windows: Windows) -> None:
    author, reader, moderator, name, has_scripts = windows
    reader.goto("/board/")

    author.goto("/board/")
    write(author, "Is anybody here?")
    message = author.url
    assert message.endswith("/board/1")

    if has_scripts:  # it is told in the open window
        reader.locator("[data-live]").evaluate("live => live.dataset.seconds = 0.2")
        reader.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        reader.locator(".newer button, .messages .message").first.wait_for()
    reader.goto("/board/")
    expect(reader.locator(".message-text")).to_have_text("Is anybody here?")

    accounts.press(reader, reader.locator("a[href*=reply_to]"))
    write(reader, f"I am, @{name}.")
    expect(reader.locator(f".message-text a[href='/user/{name}']")).to_be_visible()

    author.goto("/board/notifications")
    expect(author.locator(".notification .message-text")).to_have_text(f"I am, @{name}.")
    author.goto(f"{message}/edit")
    write(author, "Is anybody here today?")
    expect(author.locator(".message-text").first).to_have_text("Is anybody here today?")

    reader.goto(message)
    accounts.press(reader, reader.locator("form[action$='/favourite'] button"))
    reader.goto("/board/favourites")
    expect(reader.locator(".message-text")).to_have_text("Is anybody here today?")
    reader.goto(f"{message}/report")
    ask_why(reader, "Too curious")

    moderator.goto("/board/reports")
    expect(moderator.get_by_text("Too curious")).to_be_visible()
    accounts.press(moderator, moderator.locator("a[href$='/hide']"))
    ask_why(moderator, "Please stay friendly.")
    for path in ("/board/favourites", "/board/search?q=anybody"):
        reader.goto(path)
        expect(reader.locator(".message-text")).to_have_count(0)

    author.goto(message)
    expect(author.locator(".message-reason")).to_contain_text("Please stay friendly.")
    accounts.press(author, author.locator("a[href$='/appeal']"))
    ask_why(author, "I only asked.")

    moderator.goto("/board/reports")
    expect(moderator.get_by_text("I only asked.")).to_be_visible()
    accounts.press(moderator, moderator.locator("form[action$='/show'] button"))
    reader.goto("/board/search?q=anybody")
    expect(reader.locator(".message-text")).to_have_text("Is anybody here today?")
