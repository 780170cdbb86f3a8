"""What a browser does on the board, and the pages that it sees."""

from collections.abc import Callable

from playwright.sync_api import Page

from tests.browser import accounts

TEXT = """Is anybody here? I have read https://flask.palletsprojects.com/ twice.

你好！ السلام عليكم https://example.com/a-rather-long-address/which-does-not-fit-on-a-phone"""


def write(page: Page, text: str) -> None:
    """Write a message, on the page that has the form for it."""
    page.locator("#text").fill(text)
    accounts.press(page)


def _empty(page: Page) -> None:
    page.goto("/board/")


def _board(page: Page) -> None:
    accounts.new_account(page)
    page.goto("/board/")
    write(page, TEXT)
    accounts.press(page, page.locator("header a[href='/board/']"))


def _message(page: Page) -> None:
    _board(page)
    accounts.press(page, page.locator(".message a[href*=reply_to]").first)
    write(page, "I am.")
    accounts.press(page, page.locator(".message a[href^='/board/']").nth(1))


def _wrong(page: Page) -> None:
    accounts.new_account(page)
    page.goto("/board/new")
    write(page, "x" * 4001)


def _hidden(page: Page) -> None:
    accounts.administrate(page)
    page.goto("/board/new")
    write(page, f"{TEXT} {next(accounts.numbers)}")  # the same within a minute is one message
    accounts.press(page, page.locator("a[href$='/hide']"))
    page.locator("#reason").fill("Please stay friendly.")
    accounts.press(page)


STATES: dict[str, Callable[[Page], None]] = {
    "board-empty": _empty,
    "board": _board,
    "board-message": _message,
    "board-form": _wrong,
    "board-hidden": _hidden,
}
