"""What a text looks like, and which scripts it mixes, as Unicode's Technical Standard 39 says."""

import json
import unicodedata
from functools import cache
from importlib.resources import files

from confusable_homoglyphs.categories import alias as find_script

# Of no script of their own: digits, blanks and punctuation; marks, which take that of their letter.
NEUTRAL = {"COMMON", "INHERITED"}
# The standard's "highly restrictive": what is written together in Chinese, Japanese and Korean.
WRITTEN_TOGETHER = (
    {"LATIN", "HAN", "HIRAGANA", "KATAKANA"},
    {"LATIN", "HAN", "BOPOMOFO"},
    {"LATIN", "HAN", "HANGUL"},
)
DIRECTION_MARK = "\N{LEFT-TO-RIGHT MARK}"  # which the list has around what is written to the left


def mixes_scripts(text: str) -> bool:
    """Return whether a text has letters of scripts that nobody writes together."""
    scripts: set[str] = {find_script(character) for character in text} - NEUTRAL
    return len(scripts) > 1 and not any(scripts <= together for together in WRITTEN_TOGETHER)


def make_skeleton(text: str) -> str:
    """Return what a text looks like: two that look alike have one skeleton, whatever their case."""
    return _replace(_replace(text).lower())


def _replace(text: str) -> str:
    prototypes = _prototypes()
    replaced = (prototypes.get(character, character) for character in _decompose(text))
    return _decompose("".join(replaced))


def _decompose(text: str) -> str:
    return unicodedata.normalize("NFD", text)


@cache
def _prototypes() -> dict[str, str]:
    """Return what each character is taken for.

    The list has both directions: a prototype with each that looks like it, and those with it alone.
    It is read when the first name is looked at: that takes a twentieth of a second.
    """
    file = files("confusable_homoglyphs").joinpath("confusables.json")
    listed: dict[str, list[str]] = {
        one.strip(DIRECTION_MARK): [other["c"].strip(DIRECTION_MARK) for other in others]
        for one, others in json.loads(file.read_text(encoding="utf-8")).items()
    }
    return {
        one: _choose(one, others[0], listed)
        for one, others in listed.items()
        if len(one) == 1 and len(others) == 1
    }


def _choose(one: str, other: str, listed: dict[str, list[str]]) -> str:
    """Return the prototype of two: of a pair that has no others, either will do."""
    is_pair = len(other) == 1 and len(listed[other]) == 1
    return min(one, other) if is_pair else other
