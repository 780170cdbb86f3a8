"""Take a screenshot of every page, in every state, language, theme and width.

`make screenshots` writes them to the folder screenshots/, which is not under version control. Those
of the components, which docs/design.md shows, go to docs/images/design.
"""

import itertools
import os
import tempfile
from pathlib import Path

from playwright.sync_api import Playwright, sync_playwright

from app import create_app, db
from tests.browser.chromium import DESKTOP, PHONE, launch
from tests.browser.states import STATES
from tests.servers import development, serve

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "screenshots"
DESIGN = ROOT / "docs" / "images" / "design"
LANGUAGES = {"en": "en-GB", "zh": "zh-CN"}
THEMES = ["light", "dark"]
SIZES = [PHONE, DESKTOP]


def take_all(playwright: Playwright, address: str) -> None:
    """Write one file for each state, language, theme and width."""
    FOLDER.mkdir(exist_ok=True)
    for (language, locale), theme, size in itertools.product(LANGUAGES.items(), THEMES, SIZES):
        browser = launch(playwright)  # Chromium tires of screenshots
        for state, reach in STATES.items():
            context = browser.new_context(
                base_url=address,
                locale=locale,
                color_scheme="dark" if theme == "dark" else "light",
                viewport=size,
            )
            page = context.new_page()
            reach(page)
            path = FOLDER / f"{state}-{language}-{theme}-{size['width']}.png"
            page.screenshot(path=path, full_page=True)
            context.close()
        browser.close()


def take_components(playwright: Playwright, address: str) -> None:
    """Write one file for each section of the page with all components, and each theme."""
    DESIGN.mkdir(parents=True, exist_ok=True)
    browser = launch(playwright)
    for theme in THEMES:
        page = browser.new_page(
            base_url=address,
            color_scheme="dark" if theme == "dark" else "light",
            viewport={"width": 1100, "height": 800},
        )
        page.goto("/dev/design/")
        for section in page.locator("section[id]").all():
            section.screenshot(path=DESIGN / f"{section.get_attribute('id')}-{theme}.png")
    browser.close()


def main() -> None:
    """Serve Flasky on a database of its own, and take the screenshots."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        url = f"sqlite:///{folder}/screenshots.sqlite"
        os.environ["TEST_DATABASE_URL"] = url
        app = create_app("testing")
        with app.app_context():
            db.create_all()
            db.engine.dispose()
        with serve(url, settings=development(url)) as address:
            take_components(playwright, address)
            take_all(playwright, address)
    print(f"{len(list(FOLDER.glob('*.png')))} screenshots are in {FOLDER}")


if __name__ == "__main__":
    main()
