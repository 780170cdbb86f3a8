"""What is typed on the board, in a browser."""

from playwright.sync_api import Page, expect

from tests.auth.people import PASSWORD
from tests.browser import accounts, board

FAMILY = "👩‍👩‍👧"


def test_what_is_typed_is_kept_until_it_is_posted(page: Page) -> None:
    name = accounts.new_account(page)
    page.goto("/board/")
    text, count = page.locator("#text"), page.locator(".draft-count")
    expect(count).to_have_text("0 of 4000 characters")
    text.fill(f"A long thought {FAMILY}")
    expect(count).to_have_text("16 of 4000 characters")
    page.context.clear_cookies()
    accounts.press(page)
    expect(page.get_by_role("heading", name="Not logged in")).to_be_visible()
    accounts.press(page, page.locator("main").get_by_role("link", name="Log in"))
    page.locator("#login").fill(name)
    page.locator("#password").fill(PASSWORD)
    accounts.press(page)
    expect(text).to_have_value(f"A long thought {FAMILY}")
    expect(page.get_by_text("This is what you wrote before.")).to_be_visible()
    accounts.press(page)
    expect(page.locator(".message-text")).to_have_text(f"A long thought {FAMILY}")
    page.goto("/board/")
    expect(text).to_have_value("")


def test_what_is_typed_is_nobody_elses(page: Page) -> None:
    accounts.new_account(page)
    page.goto("/board/new")
    text = page.locator("#text")
    text.fill("A secret thought")
    page.reload()
    expect(text).to_have_value("A secret thought")
    page.context.clear_cookies()
    accounts.new_account(page)
    page.goto("/board/new")
    expect(text).to_have_value("")


def test_too_much_is_said_while_it_is_typed_and_stays(page: Page) -> None:
    accounts.new_account(page)
    page.goto("/board/new")
    page.locator("#text").fill("x" * 4001)
    expect(page.locator(".is-too-long .draft-count")).to_have_text("4001 of 4000 characters")
    accounts.press(page)
    expect(page.get_by_text("This is too long.")).to_be_visible()
    expect(page.locator("#text")).to_have_value("x" * 4001)
    board.write(page, "Shorter")
    expect(page.locator(".message-text")).to_have_text("Shorter")


def test_an_edit_is_kept_apart(page: Page) -> None:
    accounts.new_account(page)
    page.goto("/board/new")
    board.write(page, "Helo")
    message = page.url
    accounts.press(page, page.get_by_role("link", name="Edit"))
    page.locator("#text").fill("Hello")
    page.goto("/board/new")
    expect(page.locator("#text")).to_have_value("")
    page.goto(f"{message}/edit")
    expect(page.locator("#text")).to_have_value("Hello")
    accounts.press(page)
    expect(page.locator(".message-text")).to_have_text("Hello")
    accounts.press(page, page.get_by_role("link", name="Edit"))
    expect(page.get_by_text("This is what you wrote before.")).to_have_count(0)
