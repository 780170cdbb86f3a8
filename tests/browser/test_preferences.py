"""Choosing a language and colours in a real browser."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import visit

PAPER = {"light": "rgb(246, 243, 236)", "dark": "rgb(20, 32, 31)"}


def expect_paper(page: Page, theme: str) -> None:
    expect(page.locator("body")).to_have_css("background-color", PAPER[theme])


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_the_colours_are_the_systems_until_others_are_chosen(
    browser: Browser, address: str, theme: str, *, script: bool
) -> None:
    chosen, label = {"light": ("dark", "Dark"), "dark": ("light", "Light")}[theme]
    with visit(browser, address, color_scheme=theme, java_script_enabled=script) as page:
        page.goto("/nowhere")
        expect_paper(page, theme)
        page.get_by_role("button", name=label).click()
        expect_paper(page, chosen)
        expect(page.get_by_role("button", name=label)).to_have_attribute("aria-pressed", "true")
        page.goto("/")
        expect_paper(page, chosen)
        page.get_by_role("button", name="System").click()
        expect_paper(page, theme)
        page.reload()
        expect_paper(page, theme)


def test_whoever_changes_the_colours_keeps_what_was_typed(page: Page) -> None:
    field = page.get_by_label("What is your name?")
    field.fill("joh")
    page.get_by_role("button", name="Dark").click()
    expect_paper(page, "dark")
    expect(field).to_have_value("joh")
    page.wait_for_load_state("networkidle")
    page.reload()
    expect_paper(page, "dark")


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_a_language_is_chosen_on_any_page(browser: Browser, address: str, *, script: bool) -> None:
    with visit(browser, address, locale="zh-CN", java_script_enabled=script) as page:
        page.goto("/nowhere")
        expect(page.get_by_role("heading", level=1)).to_have_text("找不到页面")
        page.get_by_role("button", name="English").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Page not found")
        assert page.url == f"{address}/nowhere"
        page.get_by_role("button", name="简体中文").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("找不到页面")


def test_times_are_in_the_language_of_the_page(browser: Browser, address: str) -> None:
    with visit(browser, address, locale="en-US", timezone_id="Asia/Shanghai") as page:
        page.goto("/")
        page.locator("#name").fill("john")
        page.keyboard.press("Enter")
        page.get_by_role("link", name="What Flasky knows about you").click()
        page.get_by_role("button", name="简体中文").click()
        expect(page.locator("time").first).to_contain_text("月")
