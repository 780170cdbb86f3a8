"""Whether everybody can use the pages: WCAG 2.2 AA, as far as axe-core and a ruler can tell."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.browser.chromium import DESKTOP, PHONE
from tests.browser.conftest import visit
from tests.browser.states import STATES

NARROW = {"width": 320, "height": 640}  # where WCAG's success criterion 1.4.10 asks for reflow

RULES = {"target-size": {"enabled": True}}  # which axe leaves out unless asked

CIRCUMSTANCES: dict[str, dict[str, Any]] = {
    "phone": {"viewport": PHONE, "is_mobile": True, "has_touch": True},
    "desktop in the dark": {"viewport": DESKTOP, "color_scheme": "dark"},
    "phone in Chinese": {"viewport": PHONE, "locale": "zh-CN"},
    "forced colours": {"viewport": DESKTOP, "forced_colors": "active"},
    "reduced motion": {"viewport": DESKTOP, "reduced_motion": "reduce"},
    "320 px": {"viewport": NARROW},
    "without JavaScript": {"viewport": PHONE, "java_script_enabled": False},
}

# These take long to reach, and are looked at where they could differ from the others.
SLOW = {
    "link",
    "settings",
    "language-and-time",
    "factor",
    "scan",
    "recovery-codes",
    "code",
    "delete",
    "overview",
    "users",
    "user-administered",
    "mails",
    "log",
}
THOROUGH = {"desktop in the dark", "phone in Chinese", "320 px"}
QUICK = {state: reach for state, reach in STATES.items() if state not in SLOW}

SECONDS_FOR_ALL_STATES = 300  # half a minute is what it takes, and more on a busy machine

WIDTH = "document.documentElement.scrollWidth"
SMALL_TARGETS = """
[...document.querySelectorAll("a, button, select, input:not([type=hidden])")]
  .filter((target) => !target.closest("p"))  // links within a sentence may be small
  .map((target) => [target.outerHTML, target.getBoundingClientRect()])
  .filter(([, box]) => box.width < 24 || box.height < 24)
  .map(([html]) => html)
"""


def violations(page: Page) -> list[str]:
    """Return what axe-core finds, each with its rule and the element."""
    result = Axe().run(page, options={"rules": RULES, "resultTypes": ["violations"]})
    return [
        f"{violation['id']}: {violation['help']}: {node['html']}"
        for violation in result.response["violations"]
        for node in violation["nodes"]
    ]


def width_of(page: Page) -> int:
    """Return the width of the screen, which does not grow with the page."""
    assert page.viewport_size
    return page.viewport_size["width"]


@pytest.mark.timeout(SECONDS_FOR_ALL_STATES)
@pytest.mark.parametrize("circumstances", CIRCUMSTANCES)
def test_every_page_can_be_used(browser: Browser, address: str, circumstances: str) -> None:
    for state, reach in (STATES if circumstances in THOROUGH else QUICK).items():
        with visit(browser, address, **CIRCUMSTANCES[circumstances]) as page:
            reach(page)
            if CIRCUMSTANCES[circumstances].get("java_script_enabled", True):
                assert (state, violations(page)) == (state, [])
            assert (state, page.evaluate(SMALL_TARGETS)) == (state, [])
            assert page.evaluate(WIDTH) <= width_of(page), f"{state} scrolls sideways"


@pytest.mark.timeout(SECONDS_FOR_ALL_STATES)
@pytest.mark.parametrize("width", [320, 1280])
def test_text_of_twice_the_size_fits(browser: Browser, address: str, width: int) -> None:
    for state, reach in (STATES if width < PHONE["width"] else QUICK).items():
        with visit(browser, address, viewport={"width": width, "height": 800}) as page:
            reach(page)
            page.evaluate("document.documentElement.style.fontSize = '200%'")
            assert (state, violations(page)) == (state, [])
            assert page.evaluate(WIDTH) <= width_of(page), f"{state} scrolls sideways"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_both_themes_can_be_read_when_chosen(browser: Browser, address: str, theme: str) -> None:
    opposite = {"light": "dark", "dark": "light"}[theme]
    for state in ("met", "refused", "mailbox", "login"):  # which show all colours
        with visit(browser, address, color_scheme=opposite) as page:
            page.context.add_cookies([{"name": "theme", "value": theme, "url": address}])
            STATES[state](page)
            assert (state, violations(page)) == (state, [])


def test_an_element_with_the_focus_shows_it(browser: Browser, address: str) -> None:
    for scheme in ("light", "dark"):
        with visit(browser, address, color_scheme=scheme) as page:
            page.goto("/")
            for _ in range(page.locator("a, button, input:visible").count()):
                page.keyboard.press("Tab")
                outline = page.evaluate("getComputedStyle(document.activeElement).outline")
                assert "3px" in outline, page.evaluate("document.activeElement.outerHTML")
