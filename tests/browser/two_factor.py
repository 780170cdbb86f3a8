"""What a browser does about a second factor, and the pages that it sees."""

from collections.abc import Callable

from playwright.sync_api import Page

from tests.browser import accounts
from tests.two_factor.telephone import Telephone


def scan(page: Page) -> Telephone:
    """Begin to set up a second factor, and let an app scan the secret."""
    page.goto("/auth/settings/second-factor")
    accounts.press(page)
    return Telephone(page.locator(".secret").inner_text().replace(" ", ""))


def give_code(page: Page, code: str) -> None:
    """Type a code, and press the button."""
    page.locator("#code").fill(code)
    accounts.press(page)


def say_saved(page: Page) -> None:
    """Say that the recovery codes are saved, and press the button."""
    page.locator("#saved").check()
    accounts.press(page)


def _factor(page: Page) -> None:
    accounts.administrate(page)
    page.goto("/auth/settings/second-factor")


def _scan(page: Page) -> None:
    accounts.administrate(page)
    scan(page)


def _recovery_codes(page: Page) -> None:
    accounts.new_account(page)
    give_code(page, scan(page).code())


def _code(page: Page) -> None:
    name = accounts.new_account(page)
    give_code(page, scan(page).code())
    say_saved(page)
    accounts.press(page, page.locator("header form button"))
    accounts.log_in(page, name)
    give_code(page, "000000")


STATES: dict[str, Callable[[Page], None]] = {
    "factor": _factor,
    "scan": _scan,
    "recovery-codes": _recovery_codes,
    "code": _code,
}
