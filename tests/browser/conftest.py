"""A real Chromium, and Flasky served to it."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Error, Page, Request, sync_playwright

from app import create_app, db
from tests.databases import create_database
from tests.requirements import missing
from tests.servers import serve

NAMES_OF_CHROMIUM = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]

PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 800}


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium: the one of the system, or else Playwright's own."""
    found = (shutil.which(name) for name in NAMES_OF_CHROMIUM)
    executable = os.environ.get("CHROMIUM") or next(filter(None, found), None)
    with sync_playwright() as playwright:
        try:
            chromium = playwright.chromium.launch(
                executable_path=executable,
                # Root, as in containers, may not use Chromium's sandbox.
                chromium_sandbox=os.name != "posix" or os.geteuid() != 0,
                args=["--disable-background-networking", "--disable-component-update"],
            )
        except Error:
            missing("there is no Chromium: install one, or name it in CHROMIUM")
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
        with serve(url) as address:
            yield address


@pytest.fixture(params=[PHONE, DESKTOP], ids=["phone", "desktop"])
def page(request: pytest.FixtureRequest, browser: Browser, address: str) -> Iterator[Page]:
    """A visitor's browser. Fails if anything is written to its console, or fails to load."""
    context = browser.new_context(viewport=request.param, base_url=address)
    page = context.new_page()
    complaints: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        # Chromium complains of a page that comes with an error's status, as it should.
        if message.location["url"] != page.url:
            complaints.append(message.text)

    def listen_for_failures(request: Request) -> None:
        # A visitor may go on before a page has all its files.
        if request.failure != "net::ERR_ABORTED":
            complaints.append(f"{request.url}: {request.failure}")

    page.on("console", listen)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("requestfailed", listen_for_failures)
    page.goto("/")
    yield page
    context.close()
    assert complaints == []
