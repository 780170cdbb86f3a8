"""What a message may say, and how that becomes HTML: plain text, with paragraphs and links."""

import re
from collections.abc import Callable, Iterator
from functools import partial
from urllib.parse import urlsplit

import regex
from markupsafe import Markup, escape

from app.board.models import LONGEST_TEXT
from app.models.texts import TranslatableError, normalize_text

MOST_CHARACTERS = 4000  # as people count: 👩‍👩‍👧 is one, of five code points

CHARACTER = regex.compile(r"\X")  # an extended grapheme cluster (UAX #29)
# Of what can be seen: no blanks, nor what only steers how others are shown.
VISIBLE = regex.compile(r"[^\p{C}\p{Z}\p{M}\p{Default_Ignorable_Code_Point}\u2800]")
BLANK_LINE = re.compile(r"\n\s*\n")
# Of ASCII alone, as browsers copy addresses: so one ends where a sentence in Chinese goes on.
ADDRESS = re.compile(r"\bhttps?://[!#-;=?-\[\]_a-z~]+", re.ASCII | re.IGNORECASE)
AFTER_ADDRESS = ".,;:!?'*_~"
Show = Callable[[str], Markup]
BRACKETS = {")": "(", "]": "["}


class InvalidMessageError(TranslatableError):
    """What is no message, or none that fits."""


def parse_text(typed: str) -> str:
    """Return the text of a message as it is kept. Raise InvalidMessageError."""
    if len(typed) > LONGEST_TEXT:
        raise _too_long()
    text = normalize_text(typed)
    if not VISIBLE.search(text):
        raise InvalidMessageError("Please write something.")
    if len(CHARACTER.findall(text)) > MOST_CHARACTERS:
        raise _too_long()
    return text


def _too_long() -> InvalidMessageError:
    return InvalidMessageError(
        "This is too long. A message has at most %(number)s characters.", number=MOST_CHARACTERS
    )


def make_html(text: str, show: Show = escape) -> Markup:
    """Return a message as HTML. Nothing of it is taken for HTML, and addresses become links.

    `show` makes HTML of what is no address, part by part, from the beginning to the end.
    """
    make_paragraph = partial(_make_paragraph, show=show)
    return Markup("\n").join(map(make_paragraph, BLANK_LINE.split(text)))


def _make_paragraph(paragraph: str, show: Show) -> Markup:
    """Return lines as a paragraph, which runs in the direction of its own first letter."""
    lines = Markup("<br>\n").join(_link_addresses(line, show) for line in paragraph.split("\n"))
    return Markup('<p dir="auto">%s</p>') % lines


def _link_addresses(line: str, show: Show) -> Markup:
    parts = [show(before) + _make_link(address) for before, address in split_addresses(line)]
    return Markup().join(parts)


def split_addresses(text: str) -> Iterator[tuple[str, str]]:
    """Give each address in a text with what stands before it, and "" with what is left."""
    end = 0
    for found in ADDRESS.finditer(text):
        address = _without_punctuation(found[0])
        if _has_host(address):
            yield text[end : found.start()], address
            end = found.start() + len(address)
    yield text[end:], ""


def _make_link(address: str) -> Markup:
    """Return a link that tells search engines that it is a user's, and no recommendation."""
    link = Markup('<a href="{0}" rel="ugc nofollow">{0}</a>')
    return link.format(address) if address else Markup()


def _without_punctuation(address: str) -> str:
    """Return an address without the full stop, or the bracket, of the sentence that it ends."""
    while address[-1] in AFTER_ADDRESS or _is_unpaired(address):
        address = address[:-1]
    return address


def _is_unpaired(address: str) -> bool:
    opening = BRACKETS.get(address[-1])
    return opening is not None and address.count(address[-1]) > address.count(opening)


def _has_host(address: str) -> bool:
    try:
        return bool(urlsplit(address).hostname)
    except ValueError:  # as of an IPv6 address that is none
        return False
