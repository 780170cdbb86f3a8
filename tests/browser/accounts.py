"""Accounts in a real browser, with the mails of the developer's mailbox."""

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from urllib.parse import urlsplit

from flask import Flask
from playwright.sync_api import Locator, Page

from app import create_app, db
from tests.auth import people
from tests.auth.people import PASSWORD

numbers = count()


def come_from_elsewhere(page: Page) -> None:
    """Let this visitor be somebody new to Flasky, which counts tries by address."""
    address = f"10.{secrets.randbelow(256)}.{secrets.randbelow(256)}.{next(numbers) % 256}"
    page.set_extra_http_headers({"X-Forwarded-For": address})


def press(page: Page, button: Locator | None = None) -> None:
    """Press a button, by default that of the page's form, or a link. Return on the next page.

    A click may return before the browser has asked for that page: who looked then would see the
    former one, and who went elsewhere would take back what was sent.
    """
    with page.expect_navigation():
        (button or page.locator("#submit")).click()


def register(page: Page, name: str) -> None:
    """Ask for an account."""
    page.goto("/auth/register")
    page.locator("#name").fill(name)
    page.locator("#email").fill(f"{name}@example.com")
    press(page)


def open_link(page: Page, template: str) -> None:
    """Open the link in the newest mail of a template."""
    page.set_extra_http_headers({})  # the mailbox is open to this machine alone
    page.goto("/dev/mailbox/")
    links = page.get_by_role("row").filter(has_text=template).get_by_role("link")
    while links.count() == 0:
        page.wait_for_timeout(100)
        page.reload()
    links.first.click()
    text = page.locator("pre").inner_text()
    [path] = re.findall(r"http://[^/\s]+(/auth/[^/\s]+/\S+)", text)
    come_from_elsewhere(page)
    page.goto(path)


def set_password(page: Page, password: str = PASSWORD) -> None:
    """Choose a password on the page that a link opens."""
    page.locator("#password").fill(password)
    press(page)


def log_in(page: Page, login: str, password: str = PASSWORD) -> None:
    """Log in."""
    page.goto("/auth/login")
    page.locator("#login").fill(login)
    page.locator("#password").fill(password)
    press(page)


def is_logged_in(page: Page) -> bool:
    page.goto("/auth/settings")
    return urlsplit(page.url).path == "/auth/settings"


def administrate(page: Page) -> None:
    """Log in as the administrator, whose account is made if there is none yet."""
    come_from_elsewhere(page)
    log_in(page, "admin")
    if page.url.endswith("/auth/login"):
        with database() as app:
            add_account(app, "admin", role="Administrator")
        log_in(page, "admin")


def let_proof_run_out() -> None:
    """Let a quarter of an hour and more have passed since anybody proved who they are."""
    with database() as app:
        people.let_proof_run_out(app)


def prove(page: Page, password: str = PASSWORD) -> None:
    """Prove who it is, on the page that asks for it."""
    page.locator("#current").fill(password)
    press(page)


def new_account(page: Page) -> str:
    """Make an account, log in, and return its name."""
    come_from_elsewhere(page)
    with database() as app:
        name = add_account(app)
    log_in(page, name)
    return name


@contextmanager
def database() -> Iterator[Flask]:
    """Give Flasky in this process, on the database that is served: what no page need do."""
    app = create_app("testing")
    with app.app_context():
        yield app
        db.engine.dispose()


def add_account(app: Flask, name: str = "", *, role: str = "User") -> str:
    """Make an account in the database, without mails, and return its name."""
    name = name or f"susan{secrets.token_hex(3)}"
    people.add_account(app, name, role=role)
    return name
