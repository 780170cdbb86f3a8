"""Texts as they are kept, with nothing that no page may hold; and errors that people read."""

import re

# Control characters and noncharacters, which the HTML standard forbids in a page, even escaped;
# and surrogates, which no encoding has.
NONCHARACTERS = "".join(
    chr(plane + last) for plane in range(0, 0x110000, 0x10000) for last in (0xFFFE, 0xFFFF)
)
UNWRITABLE = re.compile(f"[\0-\b\v\f\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef{NONCHARACTERS}]")


class TranslatableError(ValueError):
    """A rule that a text breaks. As a text, the error tells its writer which one, in English.

    `message` is the text to translate, and `values` are what its `%(name)s` stand for.
    """

    def __init__(self, message: str, **values: object) -> None:
        super().__init__(message % values if values else message)
        self.message = message
        self.values = values


def make_writable(text: str) -> str:
    """Return a text with a replacement character for each one that no page may hold."""
    return UNWRITABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def normalize_text(text: str | None) -> str:
    """Return a text of several lines as it is kept: writable, with plain line ends."""
    return make_writable((text or "").replace("\r\n", "\n")).strip()
