"""The whole story of an account, in a real browser, in both languages."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.auth.people import PASSWORD
from tests.browser import accounts
from tests.browser.accounts import is_logged_in
from tests.browser.conftest import visit
from tests.browser.states import say
from tests.mail.conftest import closed_inbox, inbox
from tests.mail.inbox import Inbox, text_of

__all__ = ["closed_inbox", "inbox"]  # a mail server, which the site sends to

OTHER_PASSWORD = "staple of another kind"  # noqa: S105

WORDS = {
    "en-GB": {
        "log out": "Log out",
        "yours": "Welcome! Your account is ready.",
        "changed": "Your email address has been changed.",
        "everywhere": "Log out everywhere else",
        "known": "Happy to see you again!",
        "login": "Log in",
        "secured": "Everyone is logged out of your account.",
        "requested": "not confirmed yet",
        "cancel": "Cancel this change",
        "stays": "Your email address stays as it is.",
    },
    "zh-CN": {
        "log out": "退出登录",
        "yours": "注册成功，欢迎！",
        "changed": "邮箱地址已更改。",
        "everywhere": "退出其他所有登录",
        "known": "很高兴再次见到你！",
        "login": "登录",
        "secured": "你的账户已在所有地方退出登录。",
        "requested": "尚未确认",
        "cancel": "取消此更改",
        "stays": "你的邮箱地址保持不变。",
    },
}


def follow_link(page: Page, inbox: Inbox, purpose: str) -> None:
    """Open the link of that kind which the mail server has taken, or takes next."""
    for _ in range(1000):
        texts = "\n".join(map(text_of, inbox.mails))
        if links := re.findall(rf"http://[^/\s]+(/auth/{purpose}/\S+)", texts):
            page.goto(links[-1])
            return
        page.wait_for_timeout(50)
    pytest.fail(f"no mail has a link to /auth/{purpose}/")


@pytest.mark.parametrize("locale", WORDS)
def test_the_whole_story(browser: Browser, inbox: Inbox, address: str, locale: str) -> None:
    words = WORDS[locale]
    with visit(browser, address, locale=locale) as page:
        page.goto("/")
        say(page, "susan")
        accounts.register(page, "susan")
        follow_link(page, inbox, "register")
        accounts.set_password(page)
        expect(page.get_by_text(words["yours"])).to_be_visible()
        accounts.press(page, page.get_by_role("button", name=words["log out"], exact=True))
        assert not is_logged_in(page)
        accounts.log_in(page, "SUSAN")
        assert is_logged_in(page)
        say_hello = page.get_by_role("link", name="susan").first
        expect(say_hello).to_be_visible()

        page.goto("/auth/settings/email")
        page.locator("#email").fill("susan@flower.example")
        accounts.press(page)
        follow_link(page, inbox, "change-email")
        accounts.press(page)
        expect(page.get_by_text(words["changed"])).to_be_visible()
        page.goto("/auth/settings")
        expect(page.get_by_text(re.compile("susan@flower.example"))).to_be_visible()

        with visit(browser, address, locale=locale) as phone:
            phone.goto("/auth/reset")
            phone.locator("#email").fill("susan@flower.example")
            accounts.press(phone)
            follow_link(phone, inbox, "reset")
            accounts.set_password(phone, OTHER_PASSWORD)
            assert not is_logged_in(page)
            accounts.log_in(phone, "susan@flower.example", OTHER_PASSWORD)
            accounts.log_in(page, "susan", OTHER_PASSWORD)
            page.goto("/auth/settings")
            page.get_by_role("link", name=words["everywhere"]).click()
            accounts.press(page)
            assert is_logged_in(page)
            assert not is_logged_in(phone)


@pytest.mark.parametrize("locale", WORDS)
def test_an_owner_takes_an_account_back(
    browser: Browser, inbox: Inbox, address: str, locale: str
) -> None:
    words = WORDS[locale]
    with visit(browser, address, locale=locale) as thief:
        name = accounts.new_account(thief)
        ask_for_email(thief, "mistyped@evil.example")
        thief.goto("/auth/settings")
        expect(thief.get_by_text(words["requested"])).to_be_visible()
        accounts.press(thief, thief.get_by_role("button", name=words["cancel"]))
        expect(thief.get_by_text(words["stays"])).to_be_visible()
        inbox.mails.clear()
        ask_for_email(thief, "thief@evil.example")
        follow_link(thief, inbox, "change-email")
        accounts.press(thief)
        with visit(browser, address, locale=locale) as owner:
            follow_link(owner, inbox, "not-me")
            expect(owner.get_by_text(f"{name}@example.com").first).to_be_visible()
            accounts.press(owner)
            expect(owner.get_by_text(words["secured"])).to_be_visible()
            assert not is_logged_in(thief)
            follow_link(owner, inbox, "reset")
            accounts.set_password(owner, OTHER_PASSWORD)
            accounts.log_in(owner, name, OTHER_PASSWORD)
            owner.goto("/auth/settings/activity")
            expect(owner.locator(".event")).to_have_count(9)
            owner.locator("main .btn").click()
            accounts.press(owner)
            expect(owner.get_by_text(words["secured"])).to_be_visible()
            assert not is_logged_in(owner)


def ask_for_email(page: Page, email: str) -> None:
    page.goto("/auth/settings/email")
    page.locator("#email").fill(email)
    accounts.press(page)


def test_a_password_manager_finds_its_fields(page: Page) -> None:
    page.goto("/auth/login")
    expect(page.locator("#login")).to_have_attribute("autocomplete", "username webauthn")
    expect(page.locator("#password")).to_have_attribute("autocomplete", "current-password")
    accounts.register(page, "susan")
    accounts.open_link(page, "mail/register")
    expect(page.locator("[name=username]")).to_have_value("susan")
    expect(page.locator("#password")).to_have_attribute("autocomplete", "new-password")


def test_a_password_can_be_pasted(page: Page) -> None:
    page.goto("/auth/login")
    page.locator("#login").fill(PASSWORD)
    page.locator("#login").press("Control+A")
    page.locator("#login").press("Control+C")
    page.locator("#password").press("Control+V")
    expect(page.locator("#password")).to_have_value(PASSWORD)


def test_an_administrator_shuts_somebody_out_and_lets_them_in(
    browser: Browser, address: str
) -> None:
    with visit(browser, address) as page, visit(browser, address) as admin:
        name = accounts.new_account(page)
        accounts.administrate(admin)
        admin.get_by_role("link", name="Administration").click()
        admin.get_by_role("link", name="Users").first.click()
        admin.locator("#q").fill(name.upper())
        accounts.press(admin, admin.get_by_role("button", name="Search"))
        admin.get_by_role("link", name=name).click()
        accounts.press(admin, admin.get_by_role("link", name="Disable account"))
        accounts.press(admin, admin.get_by_role("button", name="Disable account"))
        expect(admin.get_by_text("The account is disabled")).to_be_visible()
        assert not is_logged_in(page)
        admin.get_by_role("button", name="Enable account").click()
        expect(admin.get_by_text("The account is enabled again.")).to_be_visible()
        accounts.log_in(page, name)
        assert is_logged_in(page)
        accounts.press(admin, admin.get_by_role("link", name="Activity log", exact=True))
        newest = admin.locator(".list tbody th").all_inner_texts()
        assert newest[:3] == ["Logged in", "Account enabled", "Account disabled"]


def test_a_form_that_comes_too_late_is_there_again_after_the_proof(page: Page) -> None:
    accounts.new_account(page)
    page.goto("/auth/settings/email")
    page.locator("#email").fill("susan@flower.example")
    accounts.let_proof_run_out()
    accounts.press(page)
    expect(page.locator("#current")).to_be_focused()
    page.keyboard.type(PASSWORD)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.get_by_text("Nothing has been changed yet.")).to_be_visible()
    expect(page.locator("#email")).to_have_value("susan@flower.example")
    accounts.press(page)
    expect(page.get_by_text("We have sent an email to susan@flower.example.")).to_be_visible()
