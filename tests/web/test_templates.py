"""What templates know."""

from datetime import datetime, timedelta, timezone

import pytest

from app.web.templates import time_tag, writable


def test_a_time_is_shown_in_utc() -> None:
    moment = datetime(2026, 11, 20, 23, 30, tzinfo=timezone(timedelta(hours=-8)))
    assert time_tag(moment) == (
        '<time datetime="2026-11-21T07:30:00Z">21 November 2026, 07:30 UTC</time>'
    )


@pytest.mark.parametrize("character", ["\0", "\b", "\x1b", "\x7f", "\x9f", "\ufdd0", "\U0001fffe"])
def test_what_no_page_may_hold_is_replaced(character: str) -> None:
    assert writable(f"a{character}b") == "a\N{REPLACEMENT CHARACTER}b"


def test_everything_else_stays() -> None:
    assert writable("a\tb\r\n é 😀 \u202e") == "a\tb\r\n é 😀 \u202e"
