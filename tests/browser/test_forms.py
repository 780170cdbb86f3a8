"""Forms in a real browser."""

import time

from playwright.sync_api import Page, Request, Route, expect

from tests.browser.states import say


def test_a_form_is_sent_once_however_often_its_button_is_pressed(page: Page) -> None:
    sent: list[Request] = []

    def answer_late(route: Route) -> None:
        if route.request.method == "POST":
            sent.append(route.request)
            time.sleep(0.5)
        route.continue_()

    page.route("**/", answer_late)
    page.get_by_label("What is your name?").fill("john")
    page.get_by_role("button", name="Say hello").dblclick(no_wait_after=True)
    expect(page.get_by_text("Pleased to meet you!")).to_be_visible()
    assert len(sent) == 1


def test_a_page_that_one_goes_back_to_can_be_sent_again(page: Page) -> None:
    page.evaluate("window.kept = true; document.forms[0].dataset.sent = 'yes'")
    page.goto("/nowhere")
    page.go_back(wait_until="commit")
    assert page.evaluate("window.kept"), "the browser did not keep the page"
    say(page, "susan")
    expect(page.get_by_role("heading", level=1)).to_have_text("Hello, susan!")


def test_whoever_waits_in_vain_may_press_again(page: Page) -> None:
    sent: list[Request] = []
    page.on("request", lambda request: sent.append(request) if request.method == "POST" else None)
    page.clock.install()
    page.reload()
    page.route("**/", lambda route: route.fulfill(status=204))  # the page stays
    page.get_by_label("What is your name?").fill("john")
    button = page.get_by_role("button", name="Say hello")
    with page.expect_response(lambda response: response.status == 204):
        button.click()
    page.unroute("**/")
    button.click()
    expect(page.get_by_text("Hello, Stranger!")).to_be_visible()
    page.clock.run_for(10_000)
    button.click()
    expect(page.get_by_text("Hello, john!")).to_be_visible()
    assert len(sent) == 2
