"""A real Chromium: the one of the system, or else Playwright's own."""

import os
import shutil

from playwright.sync_api import Browser, ConsoleMessage, Page, Playwright, Request, ViewportSize

NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]

PHONE: ViewportSize = {"width": 390, "height": 844}
DESKTOP: ViewportSize = {"width": 1280, "height": 800}


def find_chromium() -> str | None:
    """Return the path of the system's Chromium, or None if there is none."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


def find_shell() -> str | None:
    """Return the path of Chromium without its windows, which is twice as fast, or None."""
    return shutil.which("chromium-headless-shell")


def launch(playwright: Playwright, *, path: str | None = None) -> Browser:
    """Start Chromium. Raise playwright's Error if there is none."""
    return playwright.chromium.launch(
        executable_path=path or find_chromium(),
        # Root, as in containers, may not use Chromium's sandbox.
        chromium_sandbox=os.name != "posix" or os.geteuid() != 0,
        # Visitors' browsers keep the pages that one goes back to; Playwright's do not.
        ignore_default_args=["--disable-back-forward-cache"],
        args=["--disable-background-networking", "--disable-component-update", "--disable-gpu"],
    )


def listen_for_complaints(page: Page) -> list[str]:
    """Return a list to which everything is added that the browser complains of on this page."""
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
    return complaints
