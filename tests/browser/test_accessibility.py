"""Whether everybody can use the pages: WCAG 2.2 AA, as far as axe-core and a ruler can tell."""

from typing import Any, Literal, NamedTuple

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page, ViewportSize

from tests.browser.chromium import DESKTOP, PHONE
from tests.browser.conftest import visit
from tests.browser.states import STATES

NARROW: ViewportSize = {"width": 320, "height": 640}  # where WCAG 1.4.10 asks for reflow

RULES = {"target-size": {"enabled": True}}  # which axe leaves out unless asked
# What a look decides about. All other rules are asked once, of the first one.
RULES_OF_LOOKS = [
    "color-contrast",
    "link-in-text-block",
    "scrollable-region-focusable",
    "target-size",
]


class Look(NamedTuple):
    """How an open page may come to look: its width, the size of its text, what is asked for."""

    size: ViewportSize
    text: str = "100%"
    color_scheme: Literal["light", "dark"] = "light"
    forced_colors: Literal["active", "none"] = "none"


LOOKS = [
    Look(DESKTOP),
    Look(DESKTOP, color_scheme="dark"),
    Look(DESKTOP, forced_colors="active"),
    Look(DESKTOP, text="200%"),
    Look(PHONE),
    Look(NARROW),
    Look(NARROW, text="200%"),
]

VISITORS: dict[str, tuple[dict[str, Any], list[Look]]] = {
    "English": ({"viewport": DESKTOP}, LOOKS),
    "phone in Chinese": (
        {"viewport": PHONE, "is_mobile": True, "has_touch": True, "locale": "zh-CN"},
        [look for look in LOOKS if look.size != DESKTOP],
    ),
    "without JavaScript": ({"viewport": PHONE, "java_script_enabled": False}, []),
}

WIDTH = "document.documentElement.scrollWidth"
SMALL_TARGETS = """
[...document.querySelectorAll("a, button, select, input:not([type=hidden])")]
  .filter((target) => !target.closest("p"))  // links within a sentence may be small
  .filter((target) => target.checkVisibility() && target.ariaHidden !== "true")
  .map((target) => [target.outerHTML, target.getBoundingClientRect()])
  .filter(([, box]) => box.width < 24 || box.height < 24)
  .map(([html]) => html)
"""


def look_at(page: Page, look: Look) -> None:
    page.set_viewport_size(look.size)
    page.evaluate(f"document.documentElement.style.fontSize = '{look.text}'")
    page.emulate_media(**{key: getattr(look, key) for key in Look._fields[2:]})
    page.evaluate("for (const animation of document.getAnimations()) animation.finish()")


def violations(page: Page, rules: list[str] | None = None) -> list[str]:
    """Return what axe-core finds, by default by all rules, each with its rule and the element."""
    which = {"runOnly": {"type": "rule", "values": rules}} if rules else {"rules": RULES}
    options = {**which, "resultTypes": ["violations"]}
    if not page.evaluate("'axe' in window"):  # all looks at a page share it
        page.evaluate(AXE_SCRIPT)
    found = page.evaluate("(options) => axe.run(options).then((all) => all.violations)", options)
    return [
        f"{violation['id']}: {violation['help']}: {node['html']}"
        for violation in found
        for node in violation["nodes"]
    ]


def misfits(page: Page) -> list[str]:
    """Return what is too small to be pressed, and whether one has to scroll sideways."""
    assert page.viewport_size
    sideways = page.evaluate(WIDTH) > page.viewport_size["width"]  # which does not grow with it
    return [*page.evaluate(SMALL_TARGETS), *(["it scrolls sideways"] if sideways else [])]


@pytest.mark.timeout(300)  # the reference of the API is a long page
@pytest.mark.parametrize("state", STATES)
def test_everybody_can_use_every_page(shell: Browser, address: str, state: str) -> None:
    for visitor, (circumstances, looks) in VISITORS.items():
        with visit(shell, address, **circumstances) as page:
            STATES[state](page)
            assert (visitor, misfits(page)) == (visitor, [])
            for look in looks:
                look_at(page, look)
                assert (visitor, look, misfits(page)) == (visitor, look, [])
                rules = None if look is looks[0] else RULES_OF_LOOKS
                assert (visitor, look, violations(page, rules)) == (visitor, look, [])


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_both_themes_can_be_read_when_chosen(shell: Browser, address: str, theme: str) -> None:
    opposite = {"light": "dark", "dark": "light"}[theme]
    for state in ("met", "refused", "mailbox", "login"):  # which show all colours
        with visit(shell, address, color_scheme=opposite) as page:
            page.context.add_cookies([{"name": "theme", "value": theme, "url": address}])
            STATES[state](page)
            assert (state, violations(page)) == (state, [])


def test_an_element_with_the_focus_shows_it(shell: Browser, address: str) -> None:
    for scheme in ("light", "dark"):
        with visit(shell, address, color_scheme=scheme) as page:
            page.goto("/")
            for _ in range(page.locator("a, button, input:visible").count()):
                page.keyboard.press("Tab")
                outline = page.evaluate("getComputedStyle(document.activeElement).outline")
                assert "3px" in outline, page.evaluate("document.activeElement.outerHTML")
