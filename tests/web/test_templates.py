"""What templates know."""

import pytest

from app.web.templates import writable


@pytest.mark.parametrize("character", ["\0", "\b", "\x1b", "\x7f", "\x9f", "\ufdd0", "\U0001fffe"])
def test_what_no_page_may_hold_is_replaced(character: str) -> None:
    assert writable(f"a{character}b") == "a\N{REPLACEMENT CHARACTER}b"


def test_everything_else_stays() -> None:
    assert writable("a\tb\r\n é 😀 \u202e") == "a\tb\r\n é 😀 \u202e"
