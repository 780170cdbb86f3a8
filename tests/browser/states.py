"""Every page, in every state that it can be in, as a visitor comes to it."""

from collections.abc import Callable

from playwright.sync_api import Page


def say(page: Page, name: str) -> None:
    """Type a name into the form, and press the button."""
    page.locator("#name").fill(name)
    page.locator("#submit").click()
    page.wait_for_load_state()


def _stranger(page: Page) -> None:
    page.goto("/")


def _met(page: Page) -> None:
    page.goto("/")
    say(page, "susan")


def _known(page: Page) -> None:
    page.goto("/")
    say(page, "john")
    say(page, "John")


def _renamed(page: Page) -> None:
    page.goto("/")
    say(page, "john")
    say(page, "محمد")


def _refused(page: Page) -> None:
    page.goto("/")
    say(page, "x" * 65)


def _expired(page: Page) -> None:
    page.goto("/")
    page.context.clear_cookies(name="session")
    say(page, "john")


def _user(page: Page) -> None:
    _known(page)
    page.goto("/user/john")


def _not_found(page: Page) -> None:
    page.goto("/nowhere")


STATES: dict[str, Callable[[Page], None]] = {
    "stranger": _stranger,
    "met": _met,
    "known": _known,
    "renamed": _renamed,
    "refused": _refused,
    "expired": _expired,
    "user": _user,
    "not-found": _not_found,
}
