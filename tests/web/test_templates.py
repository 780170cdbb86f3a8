"""What templates know."""

import pytest

from app.models.texts import make_writable
from app.web.templates import isolate_name
from tests.clients import CheckingClient


@pytest.mark.parametrize("character", ["\0", "\b", "\x1b", "\x7f", "\x9f", "\ufdd0", "\U0001fffe"])
def test_what_no_page_may_hold_is_replaced(character: str) -> None:
    assert make_writable(f"a{character}b") == "a\N{REPLACEMENT CHARACTER}b"


@pytest.mark.parametrize(
    ("name", "html"),
    [("<john>", "&lt;john&gt;"), ("محمد", "<bdi>محمد</bdi>"), ("<é>", "<bdi>&lt;é&gt;</bdi>")],
)
def test_a_name_in_another_script_stands_apart(name: str, html: str) -> None:
    assert isolate_name(name) == html


def test_the_navigation_says_where_one_is(sqlite_client: CheckingClient) -> None:
    for address, is_current in [("/nowhere", False), ("/", True), ("/nowhere", False), ("/", True)]:
        page = sqlite_client.get(address).text
        assert ('aria-current="page"' in page) is is_current


def test_everything_else_stays() -> None:
    assert make_writable("a\tb\r\n é 😀 \u202e") == "a\tb\r\n é 😀 \u202e"
