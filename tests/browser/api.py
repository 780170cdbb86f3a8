"""What a browser does about tokens and on the reference page of the API, and what it sees."""

from collections.abc import Callable

from playwright.sync_api import Locator, Page

from tests.browser import accounts

TOKENS = "/auth/settings/tokens"


def make_token(page: Page, name: str = "backup", scopes: str = "read write") -> str:
    """Make a token of whoever is logged in, and return it: the page shows it."""
    page.goto(f"{TOKENS}/new")
    page.locator("#name").fill(name)
    page.locator("#scopes").select_option(scopes)
    accounts.press(page)
    return page.locator(".secret").inner_text()


def say_saved(page: Page) -> None:
    """Say that the token is saved, and press the button."""
    page.locator("#saved").check()
    accounts.press(page)


def call(page: Page, operation: str, **fields: str) -> Locator:
    """Try a call on the reference page, and return the place of the answer."""
    section = page.locator(f"#{operation}")
    section.locator("summary").click()
    for name, value in fields.items():
        section.locator(f"#{operation}-{name}").fill(value)
    section.locator("button").click()
    return section.locator(".answer")


def _no_tokens(page: Page) -> None:
    accounts.new_account(page)
    page.goto(TOKENS)


def _tokens(page: Page) -> None:
    accounts.new_account(page)
    make_token(page, "The backup of every night, which copies everything to the cellar")
    make_token(page, "هاتف", "read")
    page.goto(TOKENS)


def _new_token(page: Page) -> None:
    accounts.new_account(page)
    page.goto(f"{TOKENS}/new")


def _wrong_token(page: Page) -> None:
    _new_token(page)
    page.locator("#name").fill("x" * 65)
    accounts.press(page)


def _token(page: Page) -> None:
    accounts.new_account(page)
    make_token(page)


def _revoke(page: Page) -> None:
    _tokens(page)
    accounts.press(page, page.locator(".rows .action a").first)


def _reference(page: Page) -> None:
    page.goto("/api")


def _called(page: Page) -> None:
    _reference(page)
    if page.locator("#token").is_visible():  # which a script has shown
        call(page, "list_roles").locator("pre").wait_for()
        call(page, "say_hello", **{"Idempotency-Key": "1"}).locator("pre").wait_for()


STATES: dict[str, Callable[[Page], None]] = {
    "tokens-empty": _no_tokens,
    "tokens": _tokens,
    "token-form": _new_token,
    "token-wrong": _wrong_token,
    "token": _token,
    "token-revoke": _revoke,
    "reference": _reference,
    "reference-called": _called,
}
