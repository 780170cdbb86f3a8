"""What a message may say, and how that becomes HTML: plain text, with paragraphs and links."""

import re
from functools import reduce
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


def make_html(text: str) -> Markup:
    """Return a message as HTML. Nothing of it is taken for HTML, and addresses become links."""
    return Markup("\n").join(map(_make_paragraph, BLANK_LINE.split(text)))


def _make_paragraph(paragraph: str) -> Markup:
    """Return lines as a paragraph, which runs in the direction of its own first letter."""
    lines = Markup("<br>\n").join(map(_link_addresses, paragraph.split("\n")))
    return Markup('<p dir="auto">%s</p>') % lines


def _link_addresses(line: str) -> Markup:
    parts, end = [Markup()], 0
    for found in ADDRESS.finditer(line):
        address = _without_punctuation(found[0])
        if _has_host(address):
            parts += [escape(line[end : found.start()]), _make_link(address)]
            end = found.start() + len(address)
    return reduce(Markup.__add__, [*parts, escape(line[end:])])


def _make_link(address: str) -> Markup:
    """Return a link that tells search engines that it is a user's, and no recommendation."""
    return Markup('<a href="{0}" rel="ugc nofollow">{0}</a>').format(address)


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
