"""Marks in a message what was searched for."""

import re
from collections.abc import Iterable, Iterator, Sequence
from html import unescape

from markupsafe import Markup

from app.board.terms import Word, split_words

TAG = re.compile(r"(<[^>]*>)")  # `make_html` writes &gt; for all others


def highlight(html: Markup, words: Sequence[Word]) -> Markup:
    """Return the HTML of a message with `<mark>` around words, in its texts and never in its tags.

    Each text is read as what it stands for, and escaped anew.
    """
    if not words:
        return html
    parts = TAG.split(html)  # a text, a tag, a text ...
    parts[::2] = [_mark(unescape(part), words) for part in parts[::2]]
    return Markup("".join(parts))  # noqa: S704  # of escaped texts, and tags of `make_html`


def _mark(text: str, words: Sequence[Word]) -> Markup:
    marked, end = Markup(), 0
    for start, stop in _join(_find(text, words)):
        marked += text[end:start] + Markup("<mark>%s</mark>") % text[start:stop]
        end = stop
    return marked + text[end:]


def _find(text: str, words: Sequence[Word]) -> Iterator[tuple[int, int]]:
    """Give where words begin and end in a text."""
    for found in split_words(text):
        for word in words:
            if word.is_dense and found.is_dense:
                yield from _find_row(found, word.key)
            elif word.key == found.key:
                yield found.start, found.end


def _find_row(found: Word, row: str) -> Iterator[tuple[int, int]]:
    """Give where a row of letters stands in a longer one: all of that, if it was folded to less."""
    is_aligned = len(found.key) == found.end - found.start
    at = found.key.find(row)
    while at >= 0:
        start = found.start + at
        yield (start, start + len(row)) if is_aligned else (found.start, found.end)
        at = found.key.find(row, at + 1)


def _join(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return spans in their order, those that touch each other as one."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    return joined
