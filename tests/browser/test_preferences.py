"""Choosing a language and colours in a real browser."""

import pytest
from playwright.sync_api import Browser, Page, Route, expect

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


def test_whoever_changes_the_language_keeps_what_was_typed(page: Page) -> None:
    page.get_by_label("What is your name?").fill("joh")
    page.get_by_role("button", name="简体中文").click()
    expect(page.get_by_label("你叫什么名字？")).to_have_value("joh")
    page.reload()
    expect(page.get_by_label("你叫什么名字？")).to_have_value("")


def test_the_last_of_two_quick_choices_stays(page: Page) -> None:
    page.route("**/preferences", lambda route: answer_late(page, route))
    page.get_by_role("button", name="Dark").click()
    page.get_by_role("button", name="Light").click()
    expect_paper(page, "light")
    page.wait_for_load_state("networkidle")
    page.reload()
    expect_paper(page, "light")


def test_whoever_leaves_the_page_at_once_has_chosen(page: Page) -> None:
    page.context.route("**/preferences", lambda route: answer_late(page, route))
    page.get_by_role("button", name="Dark").click()
    page.goto("/nowhere")
    expect_paper(page, "dark")
    expect(page.get_by_role("button", name="Dark")).to_have_attribute("aria-pressed", "true")
    page.wait_for_load_state("networkidle")
    page.reload()
    expect_paper(page, "dark")


def test_a_page_that_was_asked_for_before_the_cookie_came_shows_the_choice(page: Page) -> None:
    page.get_by_role("button", name="Dark").click()
    wait_for_theme(page, "dark")
    page.context.clear_cookies(name="theme")  # as if the next page were asked for without it
    page.goto("/nowhere")
    expect_paper(page, "dark")
    expect(page.get_by_role("button", name="Dark")).to_have_attribute("aria-pressed", "true")
    wait_for_theme(page, "dark")


def wait_for_theme(page: Page, theme: str) -> None:
    """Return once the browser has the cookie."""
    while theme not in {cookie.get("value") for cookie in page.context.cookies()}:
        page.wait_for_timeout(50)


def answer_late(page: Page, route: Route) -> None:
    """Answer the first choice later than the second, unless they wait for each other."""
    if "dark" in (route.request.post_data or ""):
        page.wait_for_timeout(300)
    route.continue_()


def test_a_choice_that_cannot_be_kept_is_taken_back(browser: Browser, address: str) -> None:
    context = browser.new_context(base_url=address, color_scheme="light")
    page = context.new_page()
    page.goto("/")
    page.route("**/preferences", lambda route: route.abort())
    page.get_by_role("button", name="Dark").click()
    expect_paper(page, "light")
    expect(page.get_by_role("button", name="System")).to_have_attribute("aria-pressed", "true")
    context.close()


def test_pages_that_are_open_follow_the_choice(browser: Browser, address: str) -> None:
    with visit(browser, address, color_scheme="light") as page:
        page.goto("/")
        page.evaluate("window.kept = true")
        page.goto("/nowhere")
        other = page.context.new_page()
        other.goto("/")
        page.get_by_role("button", name="Dark").click()
        expect_paper(other, "dark")
        page.go_back(wait_until="commit")
        assert page.evaluate("window.kept"), "the browser did not keep the page"
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
