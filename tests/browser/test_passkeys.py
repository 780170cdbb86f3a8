"""Passkeys in Chromium, with its virtual authenticator."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.auth.people import let_proof_run_out
from tests.browser import accounts, passkeys, two_factor
from tests.browser.accounts import is_logged_in
from tests.browser.conftest import visit
from tests.browser.passkeys import BUTTON, Device

PASSKEYS = "/auth/settings/passkeys"


@pytest.fixture(params=["en", "zh-CN"])
def page(request: pytest.FixtureRequest, browser: Browser, address: str) -> Iterator[Page]:
    """A visitor at the address that passkeys know."""
    public = passkeys.public_address(address)
    with visit(browser, public, locale=request.param) as page:
        yield page


def log_out(page: Page) -> None:
    accounts.press(page, page.locator("form[action='/auth/logout'] button"))


def test_a_passkey_is_set_up_used_lost_and_removed(page: Page) -> None:
    name = accounts.new_account(page)
    device = Device(page)
    passkeys.add_passkey(page, "my telephone")
    codes = page.locator(".recovery-codes code").all_inner_texts()
    assert len(codes) == 10
    two_factor.say_saved(page)
    page.goto(PASSKEYS)
    expect(page.get_by_text("my telephone", exact=True)).to_be_visible()
    assert device.count() == 1

    passkeys.offer_nothing(page)
    log_out(page)
    accounts.log_in(page, name)
    accounts.press(page, page.locator(BUTTON))  # after the password
    assert is_logged_in(page)

    log_out(page)
    page.goto(f"/auth/login?next={PASSKEYS}")
    page.locator("#keep").check()
    accounts.press(page, page.locator(BUTTON))  # alone
    expect(page.locator("ul.rows time")).to_have_count(2)  # added, and last used
    assert [each["expires"] > 0 for each in page.context.cookies() if each["name"] == "session"]

    log_out(page)
    device.lose()
    accounts.log_in(page, name)
    two_factor.give_code(page, codes[0])
    page.goto(PASSKEYS)
    accounts.press(page, page.locator("ul.rows .action a"))
    accounts.press(page, page.locator("main form button"))
    expect(page.locator(".notice-success")).to_be_visible()
    log_out(page)
    accounts.log_in(page, name)
    assert is_logged_in(page)


def test_the_field_for_the_name_offers_them(page: Page) -> None:
    accounts.new_account(page)
    Device(page)
    passkeys.add_passkey(page, "my telephone")
    log_out(page)
    page.goto(f"/auth/login?next={PASSKEYS}")
    expect(page).to_have_url(f"{PASSKEYS}")  # the device takes the offer by itself
    assert is_logged_in(page)


def test_who_cancels_may_press_again(page: Page) -> None:
    accounts.new_account(page)
    device = Device(page)
    passkeys.add_passkey(page, "my telephone")
    device.set_verified(is_verified=False)
    passkeys.offer_nothing(page)
    page.goto("/")
    log_out(page)
    page.goto("/auth/login")
    page.locator(BUTTON).click()
    expect(page.locator(".passkey [role=status]")).not_to_be_empty()
    assert urlsplit(page.url).path == "/auth/login"
    device.set_verified(is_verified=True)
    accounts.press(page, page.locator(BUTTON))
    assert is_logged_in(page)


def test_one_device_has_one_passkey_of_an_account(page: Page) -> None:
    accounts.new_account(page)
    Device(page)
    passkeys.add_passkey(page, "my telephone")
    page.goto(f"{PASSKEYS}/new")
    page.locator("#submit").click()
    expect(page.locator("main [role=status][data-passkey]")).not_to_be_empty()
    page.goto(PASSKEYS)
    expect(page.locator("ul.rows > li")).to_have_count(1)


def test_a_passkey_proves_who_it_is(page: Page) -> None:
    accounts.new_account(page)
    Device(page)
    passkeys.add_passkey(page, "my telephone")
    with accounts.database() as app:
        let_proof_run_out(app)
    page.goto(f"{PASSKEYS}/new")
    accounts.press(page, page.locator(BUTTON))
    expect(page).to_have_url(f"{PASSKEYS}/new")


def test_without_passkeys_the_page_is_as_it_was(browser: Browser, address: str) -> None:
    circumstances = {"at numbers": address, "without JavaScript": passkeys.public_address(address)}
    for which, base in circumstances.items():
        with visit(browser, base, java_script_enabled=which == "at numbers") as page:
            page.goto("/auth/login")
            expect(page.locator(BUTTON)).to_be_hidden()
            accounts.new_account(page)
            page.goto(f"{PASSKEYS}/new")
            expect(page.locator("#no-passkeys a")).to_be_visible()
            accounts.press(page)
            expect(page.locator(".notice-error")).to_be_visible()
