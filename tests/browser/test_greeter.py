"""Saying a name in a real browser."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.states import say


def expect_greeting(page: Page, name: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Hello, {name}!")


def test_the_whole_story(page: Page) -> None:
    expect_greeting(page, "Stranger")
    say(page, "john")
    expect_greeting(page, "john")
    expect(page.get_by_text("Pleased to meet you!")).to_be_visible()

    page.reload()
    expect_greeting(page, "john")
    expect(page.get_by_text("Pleased to meet you!")).to_be_visible()

    say(page, "john")
    expect(page.get_by_text("Happy to see you again!")).to_be_visible()
    expect(page.get_by_text(re.compile("You were last here on"))).to_be_visible()

    say(page, "susan")
    expect_greeting(page, "susan")
    notice = page.get_by_text("Looks like you have changed your name!")
    expect(notice).to_be_visible()
    page.reload()
    expect(notice).to_have_count(0)

    page.get_by_role("link", name="What Flasky knows about you").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("susan")
    expect(page.get_by_role("definition").last).to_have_text("once")


def test_with_the_keyboard_alone(page: Page) -> None:
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_label("What is your name?")).to_be_focused()
    page.keyboard.type("david")
    page.keyboard.press("Enter")
    expect_greeting(page, "david")


def test_a_name_that_is_none_is_told_where_it_was_typed(page: Page) -> None:
    say(page, "x" * 65)
    field = page.get_by_label("What is your name?")
    expect(field).to_have_value("x" * 65)
    expect(field).to_be_focused()
    expect(field).to_have_accessible_description("Names can have up to 64 characters.")


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "محمد", "AC/DC", "a/../b", "..."])
def test_every_name_has_a_page(page: Page, name: str) -> None:
    say(page, name)
    expect_greeting(page, name)
    page.get_by_role("link", name="What Flasky knows about you").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)


@pytest.mark.parametrize("name", ["x" * 64, "😀" * 64], ids=["narrow", "wide"])
def test_a_long_name_does_not_make_the_page_wider(page: Page, name: str) -> None:
    say(page, name)
    expect_greeting(page, name)
    width = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert width <= 0, "the page scrolls sideways"
