"""What a page costs a visitor: bytes and requests, on a first and on a second view.

Run it with `python bench/pages.py`. Chromium counts, and Flasky is served as `make run` does it.
"""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from app import create_app, db
from app.main.greeting import greet
from bench.greeter import TARGETS, measure
from tests.browser.chromium import PHONE, launch
from tests.servers import serve

MOST_BYTES = 60_000  # of the first view of `/`
MOST_REQUESTS = 7
PATHS = ["/", "/user/john", "/auth/login", "/nowhere"]
SECONDS = 10.0


@contextmanager
def served() -> Iterator[str]:
    """Serve Flasky on an empty database, and give its address."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder, 'bench.sqlite')}"
        os.environ["TEST_DATABASE_URL"] = url
        app = create_app("testing")
        with app.app_context():
            db.create_all()
            greet("john")
            db.engine.dispose()
        with serve(url) as address:
            yield address
    del os.environ["TEST_DATABASE_URL"]


class Wire:
    """Counts what goes over the wire for a page."""

    def __init__(self, page: Page) -> None:
        self.requests: set[str] = set()
        self.bytes = 0
        session = page.context.new_cdp_session(page)
        session.on("Network.loadingFinished", self._count)
        session.send("Network.enable")

    def _count(self, event: dict[str, Any]) -> None:
        if event["encodedDataLength"]:  # what the browser has kept costs none
            self.requests.add(event["requestId"])
            self.bytes += int(event["encodedDataLength"])

    def take(self) -> tuple[int, int]:
        """Return the requests and the bytes since the last time."""
        counted = len(self.requests), self.bytes
        self.requests.clear()
        self.bytes = 0
        return counted


def main() -> None:
    """Print a table of all pages, and what GET / costs."""
    print(f"{'page':<12}{'first view':>22}{'second view':>22}")
    with served() as address, sync_playwright() as playwright:
        browser = launch(playwright)
        for path in PATHS:
            page = browser.new_context(base_url=address, viewport=PHONE).new_page()
            wire = Wire(page)
            views = []
            for _ in range(2):
                page.goto(path, wait_until="networkidle")
                views.append("{} requests {:>6} B".format(*wire.take()))
            print(f"{path:<12}{views[0]:>22}{views[1]:>22}")
        browser.close()
    print(f"targets for /: {MOST_REQUESTS} requests, {MOST_BYTES} B; then the page alone\n")
    times = measure(SECONDS)
    ratio = times["GET /"].wall / times["a bare view"].wall
    print(f"GET / takes {ratio:.2f} times as long as a bare view; target {TARGETS['GET /']}")


if __name__ == "__main__":
    main()
