"""A real Chromium, and Flasky served to it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Error, Page, Playwright, expect, sync_playwright

from app import create_app, db
from safe_schema.tests.databases import create_database, missing
from tests.browser.chromium import (
    DESKTOP,
    PHONE,
    find_shell,
    launch,
    listen_for_complaints,
)
from tests.servers import development, serve

# As long as for everything else: how soon something is seen says how busy the machine is.
expect.set_options(timeout=30_000)


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """Chromium."""
    yield from started(playwright)


@pytest.fixture(scope="session")
def shell(playwright: Playwright) -> Iterator[Browser]:
    """Chromium without what only people need, to look at many pages."""
    yield from started(playwright, find_shell())


def started(playwright: Playwright, path: str | None = None) -> Iterator[Browser]:
    try:
        chromium = launch(playwright, path=path)
    except Error:
        missing("there is no Chromium: .venv/bin/playwright install chromium")
    yield chromium
    chromium.close()


@pytest.fixture
def address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Where Flasky is served, on SQLite."""
    with create_database("sqlite", tmp_path) as url:
        monkeypatch.setenv("TEST_DATABASE_URL", url)
        app = create_app("testing")
        with app.app_context():
            db.create_all()
            db.engine.dispose()
        with serve(url, settings=development(url)) as address:
            yield address


@pytest.fixture(params=[PHONE, DESKTOP], ids=["phone", "desktop"])
def page(request: pytest.FixtureRequest, browser: Browser, address: str) -> Iterator[Page]:
    """A visitor's browser on the first page. Fails if the browser complains of anything."""
    with visit(browser, address, viewport=request.param) as page:
        page.goto("/")
        yield page


@contextmanager
def visit(browser: Browser, address: str, **circumstances: Any) -> Iterator[Page]:
    """Give a page of a visitor without cookies. Fail if the browser complains of anything."""
    context = browser.new_context(base_url=address, **circumstances)
    page = context.new_page()
    complaints = listen_for_complaints(page)
    yield page
    context.close()
    assert complaints == []
