"""A second factor, in a browser."""

from playwright.sync_api import Browser, expect

from tests.auth.people import PASSWORD
from tests.browser import accounts, two_factor
from tests.browser.accounts import is_logged_in
from tests.browser.conftest import visit


def test_a_second_factor_is_asked_for_until_it_is_turned_off(
    browser: Browser, address: str
) -> None:
    with visit(browser, address) as page:
        name = accounts.new_account(page)
        telephone = two_factor.scan(page)
        expect(page.get_by_role("img", name="QR code")).to_be_visible()
        two_factor.give_code(page, telephone.code())
        codes = page.locator(".recovery-codes code").all_inner_texts()
        two_factor.say_saved(page)
        accounts.press(page, page.get_by_role("button", name="Log out", exact=True))

        accounts.log_in(page, name)
        expect(page.locator("#code")).to_have_attribute("autocomplete", "one-time-code")
        two_factor.give_code(page, "000000")
        expect(page.locator("#code")).to_be_focused()
        expect(page.get_by_text("This code is wrong")).to_be_visible()
        assert not is_logged_in(page)
        page.goto("/auth/login/code")
        two_factor.give_code(page, telephone.code())
        assert is_logged_in(page)

        accounts.press(page, page.get_by_role("link", name="Manage two-factor authentication"))
        accounts.press(page, page.get_by_role("link", name="Turn off two-factor authentication"))
        accounts.let_proof_run_out()
        accounts.press(page)
        page.locator("#current").fill(PASSWORD)
        two_factor.give_code(page, codes[0])
        expect(page.get_by_text("Nothing has been changed yet.")).to_be_visible()
        accounts.press(page)
        expect(page.get_by_text("Two-factor authentication is off.")).to_be_visible()
        accounts.press(page, page.get_by_role("button", name="Log out", exact=True))
        accounts.log_in(page, name)
        assert is_logged_in(page)
