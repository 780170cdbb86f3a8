"""The rule about names: which ones there are, how one is shown, and when two are the same.

Names follow the Nickname profile of RFC 8266. They are shown as the profile enforces them, and
compared by a key for which case, width and extra blanks do not count: ` john ` and `JOHN` are one
visitor, `José` and `Jose` are two.
"""

import unicodedata
from functools import lru_cache
from typing import NamedTuple

from precis_i18n import get_profile

from app.models.texts import TranslatableError

LONGEST_NAME = 64  # characters, as shown
LONGEST_KEY = 128  # characters: in lower case the Turkish İ becomes two

# What PRECIS, which is slow, gets to see. Composing makes one character of four at most.
LONGEST_TYPED = 4 * LONGEST_NAME

# Invisible, and part of many emoji: RFC 8266 refuses them.
EMOJI_JOINERS = "\N{ZERO WIDTH JOINER}\N{VARIATION SELECTOR-16}"
# Symbols that show nothing.
BLANKS = "\N{BRAILLE PATTERN BLANK}\N{MUSICAL SYMBOL NULL NOTEHEAD}"

_shown = get_profile("NicknameCasePreserved")
_compared = get_profile("NicknameCaseMapped")


class InvalidNameError(TranslatableError):
    """A text is no name."""


class Nickname(NamedTuple):
    """A name that keeps the rule: the text to show, and the key to compare by."""

    shown: str
    key: str


@lru_cache(maxsize=1024)
def parse_nickname(typed: str) -> Nickname:
    """Return the name that somebody typed. Raise InvalidNameError if it is none."""
    if not isinstance(typed, str):
        raise InvalidNameError("%(value)s is not text.", value=repr(typed))
    if len(typed) > LONGEST_TYPED or len(unicodedata.normalize("NFKC", typed)) > LONGEST_TYPED:
        raise _too_long()
    try:
        shown = _shown.enforce(typed)
        key = _compared.enforce(shown)
    except UnicodeEncodeError as error:
        raise _explained(error) from None
    if len(shown) > LONGEST_NAME or len(key) > LONGEST_KEY:
        raise _too_long()
    if shown in {".", ".."}:
        raise InvalidNameError(
            "A name cannot be just one or two dots: its page would have no address."
        )
    if not any(_is_visible(character) for character in shown):
        raise InvalidNameError("A name needs at least one visible character.")
    return Nickname(shown, key)


def are_same(one: str, other: str) -> bool:
    """Return whether two texts are spellings of one name."""
    try:
        return parse_nickname(one).key == parse_nickname(other).key
    except InvalidNameError:
        return False


def _is_visible(character: str) -> bool:
    """Return whether a character shows by itself, as marks and blanks do not."""
    kind = unicodedata.category(character)[0]
    return kind not in "MZ" and character not in BLANKS


def _too_long() -> InvalidNameError:
    return InvalidNameError("Names can have up to %(number)s characters.", number=LONGEST_NAME)


def _explained(error: UnicodeEncodeError) -> InvalidNameError:
    """Tell which character the profile refuses, in words that its writer understands."""
    if error.reason == "DISALLOWED/empty":
        return InvalidNameError("Please enter your name.")
    character = error.object[error.start]
    what = f"U+{ord(character):04X} {unicodedata.name(character, '')}".strip()
    if error.reason == "DISALLOWED/unassigned":
        return InvalidNameError(
            "A name cannot contain %(character)s: it is too new, or not a valid character.",
            character=what,
        )
    if character in EMOJI_JOINERS:
        return InvalidNameError(
            "A name cannot contain %(character)s, which is invisible. "
            "Emoji that need it are not supported.",
            character=what,
        )
    return InvalidNameError(
        "A name cannot contain %(character)s, which is invisible or special. Please remove it.",
        character=what,
    )
