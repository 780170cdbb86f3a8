"""What a browser does on the board, and the pages that it sees."""

from collections.abc import Callable

from flask import Flask
from playwright.sync_api import Page
from sqlalchemy import select

from app import db
from app.board import appeals, messages, moderation, reports
from app.board.models import Message
from app.models import User
from tests.board.people import user_of
from tests.browser import accounts

TEXT = """Is anybody here? I have read https://flask.palletsprojects.com/ twice.

你好！ السلام عليكم https://example.com/a-rather-long-address/which-does-not-fit-on-a-phone"""


def write(page: Page, text: str) -> None:
    """Write a message, on the page that has the form for it."""
    page.locator("#text").fill(text)
    accounts.press(page)


def _empty(page: Page) -> None:
    page.goto("/board/")


def _board(page: Page) -> None:
    accounts.new_account(page)
    page.goto("/board/")
    write(page, TEXT)
    accounts.press(page, page.locator("header a[href='/board/']"))


def _message(page: Page) -> None:
    _board(page)
    accounts.press(page, page.locator(".message a[href*=reply_to]").first)
    write(page, "I am.")
    accounts.press(page, page.locator(".message a[href^='/board/']").nth(1))


def _wrong(page: Page) -> None:
    accounts.new_account(page)
    page.goto("/board/new")
    write(page, "x" * 4001)


def _hidden(page: Page) -> None:
    accounts.administrate(page)
    page.goto("/board/new")
    write(page, f"{TEXT} {next(accounts.numbers)}")  # the same within a minute is one message
    accounts.press(page, page.locator("a[href$='/hide']"))
    page.locator("#reason").fill("Please stay friendly.")
    accounts.press(page)


def _found(page: Page) -> None:
    _board(page)
    page.locator("#q").fill("anybody 你好 example")
    accounts.press(page, page.locator("form[role='search'] button"))


def _not_found(page: Page) -> None:
    page.goto("/board/search?q=nothing+of+the+kind")


def _no_search(page: Page) -> None:
    page.goto("/board/search?q=?!")


def _news(page: Page) -> None:
    _board(page)
    page.locator("[data-live]").evaluate("live => live.dataset.seconds = 0.2")
    other = page.context.new_page()
    other.goto("/board/new")
    write(other, "Is anybody else here?")
    other.close()
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    if page.locator(".draft-count").count():  # which a script has made
        page.locator(".newer button").wait_for()


def _report_form(page: Page) -> None:
    with accounts.database() as app:
        message = messages.post(_somebody(app), TEXT).id
    accounts.new_account(page)
    page.goto(f"/board/{message}/report")


def _reports(page: Page) -> None:
    """Let two messages be reported, one of them deleted since, and a third one have an appeal."""
    with accounts.database() as app:
        author, reader = _somebody(app), _somebody(app)
        for reason in ("Rude\nand wrong, https://example.com/as-one-sees-everywhere", "Rude"):
            message = messages.post(author, f"{TEXT} {reason}")
            reports.report(reader, message, reason)
        messages.delete(author, message)
        appeals.appeal(
            author, _hide(app, messages.post(author, TEXT)), "It was a joke among friends."
        )
    accounts.administrate(page)
    page.goto("/board/reports")


def _dismiss(page: Page) -> None:
    _reports(page)
    accounts.press(page, page.locator("a[href$='/dismiss']").last)


def _appeal_form(page: Page) -> None:
    with accounts.database() as app:
        author = _somebody(app)
        message, name = _hide(app, messages.post(author, TEXT)).id, author.username
    accounts.come_from_elsewhere(page)
    accounts.log_in(page, name)
    page.goto(f"/board/{message}/appeal")


def _appealed(page: Page) -> None:
    _appeal_form(page)
    page.locator("#reason").fill("It was a joke among friends.")
    accounts.press(page)


def _somebody(app: Flask, role: str = "User") -> User:
    """Return a new user, in the database."""
    return user_of(app, accounts.add_account(app, role=role))


def _hide(app: Flask, message: Message) -> Message:
    moderation.hide(message, "Please stay friendly.", _somebody(app, "Moderator"))
    return message


def _log(page: Page) -> None:
    _hidden(page)
    page.goto("/board/moderation")


def _favourites(page: Page) -> None:
    _board(page)
    accounts.press(page, page.locator(".message-head a[href^='/board/']").first)
    accounts.press(page, page.locator("form[action$='/favourite'] button"))
    page.goto("/board/favourites")


def _empty_favourites(page: Page) -> None:
    accounts.new_account(page)
    page.goto("/board/favourites")


def _mentioned(page: Page) -> None:
    """Mention a reader, whose browser this is then, and who has visited the board before."""
    name = accounts.new_account(page)
    page.goto("/board/new")
    write(page, f"Is anybody here? {name}")
    page.goto("/board/")
    with accounts.database() as app:
        other, first = (
            _somebody(app),
            db.session.scalars(select(Message).order_by(Message.id)).all()[-1],
        )
        messages.post(other, f"I am, @{name}.", reply_to=first)
        messages.post(other, f"And how is @{name}? 你好 @{name}！")


def _unread(page: Page) -> None:
    _mentioned(page)
    page.goto("/board/")


def _notifications(page: Page) -> None:
    _mentioned(page)
    page.goto("/board/notifications")


def _empty_notifications(page: Page) -> None:
    accounts.new_account(page)
    page.goto("/board/notifications")


def _mails(page: Page) -> None:
    accounts.new_account(page)
    page.goto("/board/settings")


STATES: dict[str, Callable[[Page], None]] = {
    "board-empty": _empty,
    "board": _board,
    "board-news": _news,
    "board-message": _message,
    "board-form": _wrong,
    "board-hidden": _hidden,
    "board-search": _found,
    "board-search-nothing": _not_found,
    "board-search-wrong": _no_search,
    "board-report": _report_form,
    "board-reports": _reports,
    "board-dismiss": _dismiss,
    "board-appeal": _appeal_form,
    "board-appealed": _appealed,
    "board-log": _log,
    "board-favourites": _favourites,
    "board-favourites-empty": _empty_favourites,
    "board-unread": _unread,
    "board-notifications": _notifications,
    "board-notifications-empty": _empty_notifications,
    "board-mails": _mails,
}
