"""The tones in which a page says what was done, and what was not."""

import pytest
from flask import Flask, flash, redirect
from flask.typing import ResponseReturnValue

from app.web.access import everybody
from app.web.tones import Tone
from tests.auth.people import OTHER_PASSWORD, add_account, log_in, press, submit
from tests.conftest import visitor
from tests.pages import notices


@pytest.mark.parametrize("tone", [*Tone, None])
def test_a_notice_has_the_tone_that_it_was_given(sqlite_app: Flask, tone: Tone | None) -> None:
    @sqlite_app.route("/tell")
    @everybody
    def _tell() -> ResponseReturnValue:
        flash("<b>Said</b>", *([tone] if tone else []))
        return redirect("/")

    page = visitor(sqlite_app).get("/tell", follow_redirects=True).text
    assert notices(page) == [(f"notice-{tone or 'message'}", "<b>Said</b>")]


def test_each_tone_looks_different(sqlite_app: Flask) -> None:
    styles = visitor(sqlite_app).get("/static/components.css").text
    assert [tone for tone in Tone if f".notice-{tone}" not in styles] == []


def test_what_is_done_is_a_success_and_what_is_not_is_none(sqlite_app: Flask) -> None:
    add_account(sqlite_app, "david", role="Administrator")
    wrong = submit(visitor(sqlite_app), "/auth/login", login="david", password=OTHER_PASSWORD)
    assert notices(wrong.text) == []
    david = log_in(sqlite_app, "david")
    submit(david, "/auth/settings/profile", about_me="Flowers")
    assert notices(david.get("/auth/settings").text) == [("notice-success", "Saved.")]
    [(tone, _)] = notices(submit(david, "/auth/settings/delete", name="david").text)
    assert tone == "notice-error"  # of the only administrator
    press(david, "/auth/logout")
    assert notices(david.get("/").text) == [("notice-success", "You are logged out.")]
