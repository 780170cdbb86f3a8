"""Mentions: `@susan` in a message, who that is, and the link that it becomes.

A name follows its @ at once. Words of most languages end at a blank, and so does a name; a sentence
in Chinese goes on without one: each beginning of `@小明你好` may be the name, and the longest that
somebody has is. A name with blanks, or with signs, stands in brackets: `@[John Smith]`.
"""

from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping
from itertools import islice
from typing import NamedTuple

import regex
from flask import url_for
from markupsafe import Markup, escape
from regex import Match
from sqlalchemy import ColumnElement, select

from app.board.texts import split_addresses
from app.extensions import db
from app.models import User
from app.models.nickname import LONGEST_NAME, InvalidNameError, parse_nickname

MOST_MENTIONS = 10  # in a message: the others are text
MOST_LOOKED_UP = 500  # names, for one page
MOST_PIECES = 8  # of which a name can be made that stands in no brackets: ideographs, mostly

# Scripts whose words stand beside each other without a blank, or get endings: any letter of a name
# may be its last.
UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
WORD = rf"[^\W{UNSPACED}]++(?:[._-]++[^\W{UNSPACED}]++)*+"
AT = "@\N{FULLWIDTH COMMERCIAL AT}"
PIECE = regex.compile(rf"[{UNSPACED}]|{WORD}|[._-]++")
# Not after a letter, as in susan@example.com, and not in an address without https:// before it.
MENTION = regex.compile(
    rf"(?<![^\W{UNSPACED}]|[{AT}/+-])[{AT}]"
    rf"(?:\[(?P<bracketed>[^\[\]\n]{{1,{LONGEST_NAME}}})\]"
    rf"|(?P<plain>(?:[{UNSPACED}]|{WORD}|[._-]++){{1,{MOST_PIECES}}}+))"
)

CAN_BE_MENTIONED = User.password_hash.is_not(None) & User.disabled_at.is_(None)


class Candidate(NamedTuple):
    """What may be the name in a mention: where it ends, and the key that it is found by."""

    end: int
    key: str


def find_mentioned(text: str) -> list[User]:
    """Return whom a message mentions: accounts that are not disabled, ten at most."""
    mentions = [_list_candidates(mention) for mention in _find_mentions(text)]
    keys = {candidate.key for candidates in mentions for candidate in candidates}
    if not keys:
        return []
    found = db.session.scalars(select(User).where(_is_one_of(keys)))
    users = {user.username_key: user for user in found}
    chosen = [_choose(candidates, users) for candidates in mentions]
    return list(dict.fromkeys(users[candidate.key] for candidate in chosen if candidate))


def find_keys(text: str) -> list[str]:
    """Return the keys of all names that a message may mention."""
    mentions = map(_list_candidates, _find_mentions(text))
    return [candidate.key for candidates in mentions for candidate in candidates]


def look_up_names(keys: Collection[str]) -> dict[str, str]:
    """Return the names, by their keys, of those who can be mentioned. One SELECT, or none."""
    if not keys:
        return {}
    rows = select(User.username_key, User.username).where(_is_one_of([*keys][:MOST_LOOKED_UP]))
    return dict(db.session.execute(rows).all())


def make_linker(names: Mapping[str, str]) -> Callable[[str], Markup]:
    """Return what shows the parts of one message as HTML, with links to those of these names."""
    left = iter(range(MOST_MENTIONS))

    def show(text: str) -> Markup:
        parts, end = [], 0
        for mention, _ in zip(MENTION.finditer(text), left, strict=False):
            if chosen := _choose(_list_candidates(mention), names):
                parts.append(escape(text[end : mention.start()]))
                end = chosen.end
                parts.append(_make_link(text[mention.start() : end], names[chosen.key]))
        return Markup().join([*parts, escape(text[end:])])

    return show


def _make_link(mention: str, name: str) -> Markup:
    address = url_for("main.user", name=name)
    return Markup('<a href="{}">{}</a>').format(address, mention)


def _find_mentions(text: str) -> Iterator[Match[str]]:
    """Give the first mentions of a message, but for those in the addresses in it."""
    if not any(sign in text for sign in AT):  # as in most
        return iter(())
    parts = (plain for plain, _ in split_addresses(text))
    return islice(
        (mention for plain in parts for mention in MENTION.finditer(plain)), MOST_MENTIONS
    )


def _list_candidates(mention: Match[str]) -> list[Candidate]:
    """Return what may be the name in a mention, the longest first."""
    if mention["bracketed"]:
        names = [(mention.end(), mention["bracketed"])]
    else:
        ends = [piece.end() for piece in PIECE.finditer(mention["plain"])]
        start = mention.start("plain")
        names = [(start + end, mention["plain"][:end]) for end in reversed(ends)]
    return [Candidate(end, key) for end, name in names if (key := _make_key(name))]


def _make_key(name: str) -> str | None:
    try:
        return parse_nickname(name).key
    except InvalidNameError:
        return None


def _choose(candidates: Iterable[Candidate], keys: Container[str]) -> Candidate | None:
    return next((candidate for candidate in candidates if candidate.key in keys), None)


def _is_one_of(keys: Collection[str]) -> ColumnElement[bool]:
    return User.username_key.in_(keys) & CAN_BE_MENTIONED
