"""What the browser makes of times."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import accounts
from tests.browser.conftest import visit
from tests.browser.states import say

NOW = "2026-11-20T10:00:00Z"

# How a template calls Flask-Moment, the attributes that this writes, and what is shown in Shanghai.
SHOWN = [
    ("format('LLL')", "2026-11-20T07:30:05Z", "format LLL", "November 20, 2026 at 3:30 PM"),
    ("format('L')", "2026-11-20T07:30:05Z", "format L", "11/20/2026"),
    ("format('LT')", "2026-11-20T17:30:05Z", "format LT", "1:30 AM"),
    ("format('YYYY-MM-DD HH:mm:ss')", "2026-11-20T17:30:05Z", "format YYYY-MM-DD HH:mm:ss",
     "2026-11-21 01:30:05"),
    ("format('dddd [the] D MMMM')", "2026-11-20T07:30:05Z", "format dddd [the] D MMMM",
     "Friday the 20 November"),
    ("format('h:mm a')", "2026-11-20T07:05:00Z", "format h:mm a", "3:05 pm"),
    ("format()", "2026-11-20T07:30:05Z", "format", "2026-11-20T15:30:05+08:00"),
    ("fromNow()", "2026-11-20T09:57:00Z", "fromNow", "3 minutes ago"),
    ("fromNow()", "2026-11-20T07:00:00Z", "fromNow", "3 hours ago"),
    ("fromNow()", "2026-11-19T10:00:00Z", "fromNow", "yesterday"),
    ("fromNow()", "2027-11-20T10:00:00Z", "fromNow", "next year"),
    ("fromNow(no_suffix=True)", "2026-11-20T07:00:00Z", "fromNow bare", "3 hours"),
    ("calendar()", "2026-11-20T08:00:00Z", "calendar", "today 4:00 PM"),
    ("calendar()", "2026-11-17T08:00:00Z", "calendar", "Tuesday 4:00 PM"),
    ("calendar()", "2026-01-17T08:00:00Z", "calendar", "01/17/2026"),
    ("unix()", "2026-11-20T07:30:05Z", "unix", "1795159805"),
    ("valueOf()", "2026-11-20T07:30:05Z", "valueOf", "1795159805000"),
]  # fmt: skip


@pytest.fixture
def shanghai(browser: Browser, address: str) -> Iterator[Page]:
    """A browser in Shanghai at a known moment, which speaks American English."""
    context = browser.new_context(base_url=address, locale="en-US", timezone_id="Asia/Shanghai")
    page = context.new_page()
    page.clock.install(time=NOW)
    yield page
    context.close()


def open_page(page: Page, times: str) -> None:
    """Open a page of Flasky's that shows these times."""
    head = '<!doctype html><html lang="en"><title>Times</title>'
    script = '<script src="/static/times.js" defer></script>'
    html = f"{head}{script}<main>{times}</main>"
    page.route("**/times", lambda route: route.fulfill(body=html, content_type="text/html"))
    page.goto("/times")


def check_times(page: Page, zone: str = "") -> None:
    """Fail unless a page with all those times shows them as in Shanghai."""

    def tag(stamp: str, data: str) -> str:
        function, _, rest = data.partition(" ")
        more = "data-bare='1'" if rest == "bare" else f"data-format='{rest}'" if rest else ""
        data = f"data-function='{function}' {more} {zone}"
        return f"<p><time datetime='{stamp}' {data}>in UTC</time></p>"

    open_page(page, "".join(tag(stamp, data) for _, stamp, data, _ in SHOWN))
    texts = [text.replace("\N{NARROW NO-BREAK SPACE}", " ") for text in
             page.locator("time").all_inner_texts()]  # fmt: skip
    calls = [call for call, *_ in SHOWN]
    assert list(zip(calls, texts, strict=True)) == [(call, shown) for call, *_, shown in SHOWN]


def test_times_are_shown_in_the_zone_and_the_words_of_the_visitor(shanghai: Page) -> None:
    check_times(shanghai)


def test_a_zone_that_the_server_names_counts_for_more(browser: Browser, address: str) -> None:
    context = browser.new_context(base_url=address, locale="en-US", timezone_id="America/St_Johns")
    page = context.new_page()
    page.clock.install(time=NOW)
    check_times(page, "data-zone='Asia/Shanghai'")
    data = "datetime='2026-11-20T07:30:00Z' data-function='format' data-format='LT'"
    open_page(page, f"<time {data} data-zone='Mars/Olympus_Mons'>in UTC</time>")
    expect(page.locator("time")).to_have_text("in UTC")
    context.close()


def test_the_zone_of_an_account_is_shown_in_every_browser(browser: Browser, address: str) -> None:
    with visit(browser, address, locale="en-GB", timezone_id="America/St_Johns") as page:
        name = accounts.new_account(page)
        page.goto("/auth/settings/language")
        page.get_by_label("Time zone").select_option(label="Shanghai")
        accounts.press(page)
        page.goto(f"/user/{name}")
        page.wait_for_function("document.readyState === 'complete'")
        first_seen, last_seen, member_since = page.locator("time").all()
        for time in (first_seen, member_since):
            expect(time).to_have_text(re.compile(r" UTC\+8$"))
        expect(last_seen).to_have_text(re.compile("ago$|^now$"))
        expect(last_seen).to_have_attribute("title", re.compile(r" UTC\+8$"))


def test_a_relative_time_goes_on(shanghai: Page) -> None:
    stamp = "datetime='2026-11-20T09:57:00Z' data-function='fromNow' data-refresh='60000'"
    open_page(shanghai, f"<time {stamp}>in UTC</time>")
    expect(shanghai.locator("time")).to_have_text("3 minutes ago")
    shanghai.clock.run_for(120_000)
    expect(shanghai.locator("time")).to_have_text("5 minutes ago")


def test_times_are_in_the_browsers_kind_of_english(browser: Browser, address: str) -> None:
    with visit(browser, address, locale="en-GB", timezone_id="Asia/Shanghai") as page:
        stamp = "datetime='2026-11-20T07:30:00Z' data-function='format' data-format='LLL'"
        open_page(page, f"<time {stamp}>in UTC</time>")
        expect(page.locator("time")).to_have_text("20 November 2026 at 15:30")


def test_the_text_in_utc_stays_at_hand(shanghai: Page) -> None:
    stamp = "datetime='2026-11-20T07:30:00Z' data-function='fromNow'"
    open_page(shanghai, f"<time {stamp}>20 November 2026, 07:30 UTC</time>")
    expect(shanghai.locator("time")).to_have_attribute("title", "20 November 2026, 07:30 UTC")


def test_without_javascript_a_page_shows_utc(browser: Browser, address: str) -> None:
    context = browser.new_context(base_url=address, java_script_enabled=False)
    page = context.new_page()
    for _ in range(2):
        page.goto("/")
        say(page, "john")
    expect(page.locator("time")).to_contain_text("UTC")
    context.close()
