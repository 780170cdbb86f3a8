"""Pages of the board that stay open while something happens there."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, Request, expect
from sqlalchemy import update

from app import create_app, db
from app.board.models import Message
from app.models import User
from safe_schema.tests.databases import create_database
from tests.browser import accounts, board
from tests.browser.chromium import PHONE, listen_for_complaints
from tests.browser.conftest import visit
from tests.servers import development, serve

SECONDS = "0.2"  # between two questions; five, without tests
BUTTON = ".newer button"


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """What works on the database of the site, beside it."""
    with create_database("sqlite", tmp_path) as url:
        monkeypatch.setenv("TEST_DATABASE_URL", url)
        app = create_app("testing")
        with app.app_context():
            db.create_all()
        yield app
        with app.app_context():
            db.engine.dispose()


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    """Where a site is served on which nobody writes too much."""
    url = app.config["SQLALCHEMY_DATABASE_URI"]
    limits = dict.fromkeys(["MESSAGES_LIMIT", "FIRST_MESSAGES_LIMIT"], "1000 per minute")
    with serve(url, settings=development(url) | limits) as address:
        yield address


@pytest.fixture
def author(browser: Browser, address: str) -> Iterator[Page]:
    """The window of somebody who may do everything, on the board."""
    with visit(browser, address) as page:
        accounts.administrate(page)
        page.goto("/board/")
        yield page


@contextmanager
def open_page(browser: Browser, address: str, path: str = "/board/") -> Iterator[Page]:
    """Give a visitor's window that asks more often than others do."""
    context = browser.new_context(base_url=address, viewport=PHONE)
    page = context.new_page()
    complaints = listen_for_complaints(page)
    page.goto(path)
    hurry(page)
    yield page
    context.close()
    # Chromium tells a developer, too, when a page asks for what is gone.
    assert [it for it in complaints if not it.endswith(("(Gone)", "(Not Found)"))] == []


def hurry(page: Page) -> None:
    page.locator("[data-live]").evaluate(f"live => live.dataset.seconds = {SECONDS}")
    become(page, "visible")


def become(page: Page, state: str) -> None:
    """Let a page believe that it is shown, or not: a window without a screen always is."""
    page.evaluate(
        """state => {
            const now = { value: state, configurable: true };
            Object.defineProperty(document, "visibilityState", now);
            document.dispatchEvent(new Event("visibilitychange"));
        }""",
        state,
    )


def write(page: Page, text: str) -> str:
    """Write a message, and return its address."""
    page.goto("/board/new")
    board.write(page, text)
    return page.url


def texts(page: Page) -> list[str]:
    return page.locator(".message-text").all_inner_texts()


def asked(page: Page) -> list[str]:
    """Return a list to which the addresses are added that a page asks what is new."""
    addresses: list[str] = []

    def note(request: Request) -> None:
        if "/board/newest" in request.url:
            addresses.append(request.url)

    page.on("request", note)
    return addresses


def test_a_new_message_shows_in_another_window_once(
    browser: Browser, author: Page, address: str
) -> None:
    write(author, "First")
    with open_page(browser, address) as page:
        place = page.locator(".message").bounding_box()
        for text in ("Second", "Third"):
            write(author, text)
        button = page.get_by_role("button", name="2 new messages")
        expect(button).to_be_visible()
        assert texts(page) == ["First"]
        assert page.locator(".message").bounding_box() == place
        button.click()
        assert texts(page) == ["Third", "Second", "First"]
        expect(page.locator(BUTTON)).to_have_count(0)
        expect(page.locator(".message").first).to_be_focused()
        time = page.locator("time").first
        assert "UTC" not in time.inner_text()  # as a local time, like all others
        assert "UTC" in (time.get_attribute("title") or "")
        write(author, "Fourth")
        page.get_by_role("button", name="1 new message", exact=True).click()
        page.wait_for_timeout(1000)
        assert texts(page) == ["Fourth", "Third", "Second", "First"]


def test_its_time_is_in_the_zone_that_the_reader_has_chosen(author: Page, app: Flask) -> None:
    with app.app_context():
        db.session.execute(update(User).values(time_zone="Asia/Kolkata"))
        db.session.commit()
    put(app, 1)
    author.goto("/board/")
    hurry(author)
    with app.app_context():
        noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
        db.session.add(Message(text="At noon", written_at=noon))
        db.session.commit()
    author.locator(BUTTON).click()
    expect(author.locator("time").first).to_have_text(re.compile("5:30"))


def test_it_is_told_in_the_language_of_the_page(
    browser: Browser, author: Page, address: str
) -> None:
    write(author, "First")
    with visit(browser, address, locale="zh-CN") as page:
        page.goto("/board/")
        asking = asked(page)
        hurry(page)
        write(author, "Second")
        page.locator(BUTTON).click()
        assert texts(page) == ["Second", "First"]
        assert all("lang=zh_Hans" in url for url in asking)


def test_many_new_messages_come_in_parts(browser: Browser, app: Flask, address: str) -> None:
    put(app, 1)
    with open_page(browser, address) as page:
        put(app, *range(2, 132))
        page.get_by_role("button", name="130 new messages").click()
        assert texts(page) == [f"No. {number}" for number in range(131, 0, -1)]


def put(app: Flask, *numbers: int) -> None:
    """Put messages of these numbers on the board, by nobody."""
    with app.app_context():
        db.session.add_all([Message(id=number, text=f"No. {number}") for number in numbers])
        db.session.commit()


def hide(page: Page) -> None:
    become(page, "hidden")


def test_hidden_edited_and_deleted_messages_change_on_open_pages(
    browser: Browser, author: Page, address: str
) -> None:
    addresses = [write(author, text) for text in ("One", "Two", "Three")]
    paths = ["/board/", re.sub("^.*?(?=/board)", "", addresses[0])]
    with open_page(browser, address) as page, open_page(browser, address, paths[1]) as single:
        edit(author, addresses[0], "One, edited")
        for shown in (page, single):
            expect(shown.locator(".message-text").last).to_have_text("One, edited")
            expect(shown.locator(".message-head").last).to_contain_text("edited")
        height = page.locator(".message").nth(1).bounding_box()
        delete(author, addresses[1])
        expect(page.locator(".message").nth(1)).to_have_text("This message is gone.")
        assert page.locator(".message").nth(1).bounding_box() == height
        show = hide_message(author, addresses[0])
        for shown in (page, single):
            expect(shown.locator(".message").last).to_have_text("This message is gone.")
        show()
        for shown in (page, single):
            expect(shown.locator(".message-text").last).to_have_text("One, edited")
        assert texts(page) == ["Three", "One, edited"]
        expect(page.locator(BUTTON)).to_have_count(0)


def edit(page: Page, address: str, text: str) -> None:
    page.goto(f"{address}/edit")
    board.write(page, text)


def delete(page: Page, address: str) -> None:
    page.goto(f"{address}/delete")
    accounts.press(page, page.locator("main form button"))


def hide_message(page: Page, address: str) -> Callable[[], None]:
    """Hide a message, and return what shows it again."""
    page.goto(f"{address}/hide")
    page.locator("#reason").fill("Please stay friendly.")
    accounts.press(page)
    return lambda: accounts.press(page, page.get_by_role("button", name="Show again"))


def test_who_may_see_a_hidden_message_goes_on_seeing_it(
    browser: Browser, author: Page, address: str
) -> None:
    message = write(author, "One")
    author.goto("/board/")
    hurry(author)
    state = author.context.storage_state()
    with visit(browser, address, storage_state=state) as other:
        hide_message(other, message)
    expect(author.locator(".message-reason")).to_contain_text("Please stay friendly.")
    assert texts(author) == ["One"]
    expect(author.get_by_role("link", name="Reply to message")).to_have_count(0)


def test_nothing_that_is_read_moves(browser: Browser, author: Page, address: str) -> None:
    long = "\n\n".join(["A paragraph of a message."] * 12)
    first = write(author, f"One {long}")
    for text in ("Two", "Three"):
        write(author, f"{text} {long}")
    with open_page(browser, address) as page:
        read = page.locator(".message").nth(1)
        link = read.locator("a").first
        link.focus()
        read.evaluate("message => message.scrollIntoView({ behavior: 'instant' })")
        before = read.bounding_box()
        write(author, "Four")
        expect(page.locator(BUTTON)).to_be_visible()
        delete(author, first)
        expect(page.locator(".message").last).to_have_text("This message is gone.")
        assert read.bounding_box() == before
        expect(link).to_be_focused()


def test_a_page_in_the_background_asks_nothing(
    browser: Browser, author: Page, address: str
) -> None:
    write(author, "First")
    with open_page(browser, address) as page:
        asking = asked(page)
        with page.expect_response(lambda it: "/board/newest" in it.url and it.status == 304):
            pass  # there is nothing new
        hide(page)
        page.wait_for_timeout(500)  # for what is on its way
        asking.clear()
        write(author, "Second")
        page.wait_for_timeout(2000)
        assert asking == []
        become(page, "visible")
        expect(page.locator(BUTTON)).to_be_visible()
        assert asking != []


def test_while_the_network_is_away_it_asks_less_and_less_often(
    browser: Browser, author: Page, address: str
) -> None:
    write(author, "First")
    context = browser.new_context(base_url=address)  # which complains of each question
    page = context.new_page()
    page.goto("/board/")
    asking = asked(page)
    context.set_offline(True)
    hurry(page)
    page.wait_for_timeout(4000)
    assert 2 <= len(asking) <= 8  # of twenty; pauses of 0.2, 0.3, 0.45, 0.7, 1 seconds
    write(author, "Second")
    context.set_offline(False)
    expect(page.locator(BUTTON)).to_be_visible()
    asking.clear()
    page.wait_for_timeout(2000)
    assert len(asking) >= 4
    context.close()


@pytest.mark.parametrize(("status", "goes_on"), [(404, False), (410, False), (429, True)])
def test_what_the_server_says_is_heeded(
    browser: Browser, address: str, status: int, *, goes_on: bool
) -> None:
    context = browser.new_context(base_url=address)
    page = context.new_page()
    page.route("**/newest?*", lambda route: route.fulfill(status=status))
    page.goto("/board/")
    asking = asked(page)
    hurry(page)
    page.wait_for_timeout(1500)
    assert len(asking) > 1 if goes_on else len(asking) == 1
    context.close()


def test_a_message_that_comes_to_be_there_late_is_shown_in_its_place(
    browser: Browser, app: Flask, address: str
) -> None:
    put(app, 1, 4)
    with open_page(browser, address) as page:
        put(app, 6)
        page.get_by_role("button", name="1 new message").click()
        put(app, 2, 5)
        page.get_by_role("button", name="2 new messages").click()
        assert texts(page) == ["No. 6", "No. 5", "No. 4", "No. 2", "No. 1"]
        expect(page.locator("#message-5")).to_be_focused()


def test_the_first_message_of_all_is_told_of(browser: Browser, author: Page, address: str) -> None:
    with open_page(browser, address) as page:
        expect(page.get_by_text("No messages yet")).to_be_visible()
        write(author, "First")
        accounts.press(page, page.get_by_role("button", name="1 new message"))
        assert texts(page) == ["First"]


def test_a_link_leads_to_what_is_newer_without_a_script(
    browser: Browser, author: Page, address: str
) -> None:
    write(author, "First")
    with visit(browser, address, java_script_enabled=False) as page:
        page.goto("/board/")
        write(author, "Second")
        accounts.press(page, page.get_by_role("link", name="Newer messages"))
        assert texts(page) == ["Second"]
