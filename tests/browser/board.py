"""What a browser does on the board, and the pages that it sees."""

from collections.abc import Callable
from urllib.parse import urlsplit

from playwright.sync_api import Page

from tests.browser import accounts

TEXT = """Is anybody here? I have read https://flask.palletsprojects.com/ twice.

你好！ السلام عليكم https://example.com/a-rather-long-address/which-does-not-fit-on-a-phone"""


def write(page: Page, text: str) -> None:
    """Write a message, on the page that has the form for it."""
    page.locator("#text").fill(text)
    accounts.press(page)


def another_browser(page: Page) -> Page:
    """Return a page in which nobody is logged in."""
    site = urlsplit(page.url)
    assert page.context.browser
    context = page.context.browser.new_context(base_url=f"{site.scheme}://{site.netloc}")
    return context.new_page()


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


def _found(page: Page) -> None:
    _board(page)
    page.locator("#q").fill("anybody 你好 example")
    accounts.press(page, page.locator("form[role='search'] button"))


def _not_found(page: Page) -> None:
    page.goto("/board/search?q=nothing+of+the+kind")


def _no_search(page: Page) -> None:
    page.goto("/board/search?q=?!")


def _news(page: Page) -> None:
    _board(page)
    page.locator("[data-live]").evaluate("live => live.dataset.seconds = 0.2")
    other = page.context.new_page()
    other.goto("/board/new")
    write(other, "Is anybody else here?")
    other.close()
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    if page.locator(".draft-count").count():  # which a script has made
        page.locator(".newer button").wait_for()


def _write_as_somebody(page: Page) -> tuple[str, str]:
    """Let somebody new write a message, and return their name, and its address."""
    name = accounts.new_account(page)
    page.goto("/board/new")
    write(page, TEXT)
    return name, page.url


def _log_out(page: Page) -> None:
    page.context.clear_cookies(name="session")


def _hide_as_administrator(page: Page, message: str) -> None:
    accounts.administrate(page)
    page.goto(f"{message}/hide")
    page.locator("#reason").fill("Please stay friendly.")
    accounts.press(page)


def _report_form(page: Page) -> None:
    _, message = _write_as_somebody(page)
    _log_out(page)
    accounts.new_account(page)
    page.goto(f"{message}/report")


def _report(page: Page) -> None:
    _report_form(page)
    page.locator("#reason").fill("Rude\nand wrong, https://example.com/as-one-sees-everywhere")
    accounts.press(page)


def _report_what_is_deleted(page: Page) -> None:
    author, message = _write_as_somebody(page)
    _log_out(page)
    accounts.new_account(page)
    page.goto(f"{message}/report")
    page.locator("#reason").fill("Rude")
    accounts.press(page)
    _log_out(page)
    accounts.log_in(page, author)
    page.goto(f"{message}/delete")
    accounts.press(page)


def _reports(page: Page) -> None:
    """Let two messages be reported, one of them deleted since, and a third one have an appeal."""
    _report(page)
    _log_out(page)
    _report_what_is_deleted(page)
    _log_out(page)
    _appealed(page)
    _log_out(page)
    accounts.administrate(page)
    page.goto("/board/reports")


def _dismiss(page: Page) -> None:
    _report(page)
    _log_out(page)
    accounts.administrate(page)
    page.goto("/board/reports")
    accounts.press(page, page.locator("a[href$='/dismiss']").last)


def _appeal_form(page: Page) -> None:
    author, message = _write_as_somebody(page)
    _log_out(page)
    _hide_as_administrator(page, message)
    _log_out(page)
    accounts.log_in(page, author)
    page.goto(f"{message}/appeal")


def _appealed(page: Page) -> None:
    _appeal_form(page)
    page.locator("#reason").fill("It was a joke among friends.")
    accounts.press(page)


def _log(page: Page) -> None:
    _hidden(page)
    page.goto("/board/moderation")


def _favourites(page: Page) -> None:
    _board(page)
    accounts.press(page, page.locator(".message-head a[href^='/board/']").first)
    accounts.press(page, page.locator("form[action$='/favourite'] button"))
    page.goto("/board/favourites")


def _empty_favourites(page: Page) -> None:
    accounts.new_account(page)
    page.goto("/board/favourites")


def _mentioned(page: Page) -> None:
    """Mention a reader, whose browser this is then, and who has visited the board before."""
    accounts.new_account(page)
    reader = page.locator("header a[href='/auth/settings']").inner_text()
    page.goto("/board/new")
    write(page, f"Is anybody here? {reader}")
    page.goto("/board/")
    reply = page.locator(".message a[href*=reply_to]").first.get_attribute("href")
    assert reply
    other = another_browser(page)
    accounts.new_account(other)
    other.goto(reply)
    write(other, f"I am, @{reader}.")
    other.goto("/board/new")
    write(other, f"And how is @{reader}? 你好 @{reader}！")
    other.context.close()


def _unread(page: Page) -> None:
    _mentioned(page)
    page.goto("/board/")


def _notifications(page: Page) -> None:
    _mentioned(page)
    page.goto("/board/notifications")


def _empty_notifications(page: Page) -> None:
    accounts.new_account(page)
    page.goto("/board/notifications")


def _mails(page: Page) -> None:
    accounts.new_account(page)
    page.goto("/board/settings")


STATES: dict[str, Callable[[Page], None]] = {
    "board-empty": _empty,
    "board": _board,
    "board-news": _news,
    "board-message": _message,
    "board-form": _wrong,
    "board-hidden": _hidden,
    "board-search": _found,
    "board-search-nothing": _not_found,
    "board-search-wrong": _no_search,
    "board-report": _report_form,
    "board-reports": _reports,
    "board-dismiss": _dismiss,
    "board-appeal": _appeal_form,
    "board-appealed": _appealed,
    "board-log": _log,
    "board-favourites": _favourites,
    "board-favourites-empty": _empty_favourites,
    "board-unread": _unread,
    "board-notifications": _notifications,
    "board-notifications-empty": _empty_notifications,
    "board-mails": _mails,
}
