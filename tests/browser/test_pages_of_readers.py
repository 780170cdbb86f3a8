"""A page as the notes have it, in a real browser."""

from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import Browser, ViewportSize, expect
from werkzeug.serving import make_server

from safe_schema.tests.databases import create_database
from tests import reader
from tests.browser.accounts import press
from tests.browser.chromium import DESKTOP, PHONE
from tests.browser.conftest import visit
from tests.conftest import application


@pytest.fixture
def address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Where Flasky is served with the page of note 002, over Flask-Bootstrap's layout."""
    with create_database("sqlite", tmp_path) as url:
        monkeypatch.setenv("TEST_DATABASE_URL", url)
        with application() as app:
            reader.paste(app, reader.INDEX.replace("base.html", "bootstrap/base.html"))
            server = make_server("127.0.0.1", 0, app, threaded=True)
            thread = Thread(target=server.serve_forever)
            thread.start()
            yield f"http://127.0.0.1:{server.server_port}"
            server.shutdown()
            thread.join()
            server.server_close()


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_the_page_of_note_002(browser: Browser, address: str, size: ViewportSize) -> None:
    with visit(browser, address, viewport=size) as page:
        page.goto("/notes")
        expect(page.get_by_role("heading", level=1)).to_have_text("Hello, Stranger!")
        page.get_by_label("What is your name?").fill("john")
        expect(page.get_by_role("button", name="Submit")).to_be_visible()
        press(page)
        expect(page.get_by_role("heading", level=1)).to_have_text("Hello, john!")
        expect(page.get_by_text("Pleased to meet you!")).to_be_visible()
