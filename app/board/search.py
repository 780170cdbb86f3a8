"""Finding messages by their words, and people by their names.

A search takes as long on a board of millions of messages as on one of thousands. Of words that each
stand in many messages, few messages may have all, or none: so it goes through a part of the board,
and says where it stopped. Whoever wants more goes on from there.

None of it is asked of the database in one statement with the messages: PostgreSQL would at times go
through all of those, and look whether each has the words.
"""

from collections.abc import Sequence
from itertools import chain
from typing import NamedTuple, TypeVar

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, func, literal, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from app.board.messages import visible_messages
from app.board.models import Message, SearchTerm
from app.board.terms import Word, fold_rows, split_words, terms_of
from app.extensions import db
from app.models import User
from app.models.columns import LARGEST_INTEGER
from app.models.nickname import InvalidNameError, parse_nickname
from app.models.texts import TranslatableError, make_writable
from app.web.paging import ROWS_ON_A_PAGE

LONGEST_QUERY = 200  # characters
MOST_WORDS = 8
MOST_TERMS = 8  # that are looked up; what has those is read, and looked through for the others
COMMON = 5000  # messages: a word that so many have is common
MESSAGES_BACK = 100_000  # that a search goes through for common words
MESSAGES_BACK_FOR_A_LETTER = 20_000  # which is no term, so that texts are read for it
CANDIDATES_AT_ONCE = 2 * ROWS_ON_A_PAGE
MOST_CHARACTERS = 200_000  # that are read for one page
CHARACTERS_OF_A_CANDIDATE = 100  # that it costs to look at one, whatever its text
MOST_NAMES = 5
MOST_NAMES_LOOKED_AT = 1000

PAIR = 2  # letters, which their term finds exactly

Item = TypeVar("Item")


class InvalidQueryError(TranslatableError):
    """What nobody can search for."""


class Query(NamedTuple):
    """What is searched for: words that a message has all of, in any order."""

    text: str
    words: tuple[Word, ...]

    @property
    def terms(self) -> list[int]:
        """Some terms of each word, from all of its length. A lone letter has none."""
        each = list(map(_terms_within, self.words))
        share = MOST_TERMS // max(1, len(each))
        return list(dict.fromkeys(chain.from_iterable(_spread(terms, share) for terms in each)))

    @property
    def letters(self) -> list[str]:
        """The letters that are searched for alone, of scripts without blanks."""
        return [word.key for word in self.words if word.is_dense and len(word.key) == 1]

    @property
    def rows(self) -> list[str]:
        """The rows of letters that are in a text or not, whether it has their terms or not."""
        return [word.key for word in self.words if word.is_dense and len(word.key) != PAIR]

    def is_in(self, text: str) -> bool:
        """Return whether a text with the terms of the query has its rows of letters in one piece.

        What is a word by its terms is the word.
        """
        rows = self.rows
        keys = fold_rows(text) if rows else ""
        return all(row in keys for row in rows)


class Found(NamedTuple):
    """Messages that are found, as many as a page has, or some more.

    `stopped_at` is a message beyond which it was not searched, though the page is not full.
    """

    messages: Select[Message]
    stopped_at: int | None


class Stretch(NamedTuple):
    """The messages whose numbers are between two others, and which end a search begins at."""

    low: int
    high: int
    is_descending: bool
    is_last: bool  # of the board, in that direction

    def select(self, column: InstrumentedAttribute[int]) -> Select[int]:
        """Return the numbers that a column has of these messages, in this order."""
        order = column.desc() if self.is_descending else column
        return select(column).where(*self.holds(column)).order_by(order)

    def holds(self, column: InstrumentedAttribute[int]) -> tuple[ColumnElement[bool], ...]:
        """Return the rules that a number is one of these messages'."""
        return column > self.low, column < self.high

    def beyond(self, number: int) -> "Stretch":
        """Return what is left after that message."""
        if self.is_descending:
            return self._replace(high=number)
        return self._replace(low=number)

    def after_all(self) -> "Stretch":
        """Return what is left after all these messages, which is nothing."""
        return self.beyond(self.low + 1 if self.is_descending else self.high - 1)

    @property
    def begin(self) -> int:
        """The number beyond which it is searched."""
        return self.high if self.is_descending else self.low


def parse_query(typed: str) -> Query:
    """Return what somebody searches for: nothing at all has no words. Raise InvalidQueryError."""
    if len(typed) > LONGEST_QUERY:
        raise InvalidQueryError(
            "This is too long. Search for at most %(number)s characters.", number=LONGEST_QUERY
        )
    text = make_writable(typed).strip()
    words = {word.key: word for word in split_words(text)}
    if len(words) > MOST_WORDS:
        raise InvalidQueryError("Please search for at most %(number)s words.", number=MOST_WORDS)
    if text and not words:
        raise InvalidQueryError("Please search for words. Signs and emoji cannot be found.")
    return Query(text, tuple(words.values()))


def find(
    query: Query,
    reader: User | None = None,
    *,
    after: int | None = None,
    before: int | None = None,
    most: int = ROWS_ON_A_PAGE,
) -> Found:
    """Return what a reader may see of the messages that have all words, in no order.

    They are the newest that are older than `after`, or else the oldest that are newer than
    `before`: as many as a page has, which is `most`, or some more.
    """
    counts = _count(query.terms)
    terms = sorted(counts, key=counts.__getitem__)
    left = _choose_stretch(_choose_reach(query, counts), after, before)
    matches: list[int] = []
    is_over, characters = False, 0
    while len(matches) <= most and characters < MOST_CHARACTERS and not is_over:
        candidates = _select_candidates(query, terms, left).limit(CANDIDATES_AT_ONCE)
        ids = db.session.scalars(candidates).all()
        texts = _read_texts(reader, ids)
        matches += [number for number in ids if number in texts and query.is_in(texts[number])]
        characters += len(ids) * CHARACTERS_OF_A_CANDIDATE + sum(map(len, texts.values()))
        is_over = len(ids) < CANDIDATES_AT_ONCE
        left = left.after_all() if is_over else left.beyond(ids[-1])
    is_done = len(matches) > most or (is_over and left.is_last)
    found = visible_messages(reader).where(Message.id.in_(matches))
    return Found(found, None if is_done else left.begin)


def _terms_within(word: Word) -> list[int]:
    """Return the terms that a text has wherever the word stands: not that for the end of a row."""
    return terms_of(word)[:-1] if word.is_dense else terms_of(word)


def _spread(items: Sequence[Item], most: int) -> Sequence[Item]:
    """Return some of many items, from the first to the last."""
    if len(items) <= most:
        return items
    return [items[i * (len(items) - 1) // max(1, most - 1)] for i in range(most)]


def _count(terms: Sequence[int]) -> dict[int, int]:
    """Return how many messages have each of several terms: COMMON for all that is more.

    Of a single one it need not be known.
    """
    if len(terms) <= 1:
        return dict.fromkeys(terms, 0)
    counts = db.session.execute(select(*map(_select_count, terms))).one()
    return dict(zip(terms, counts, strict=True))


def _select_count(term: int) -> ScalarSelect[int]:
    rows = select(literal(1).label("one")).where(SearchTerm.term == term).limit(COMMON).subquery()
    return select(func.count()).select_from(rows).scalar_subquery()


def _choose_reach(query: Query, counts: dict[int, int]) -> int:
    """Return through how many messages it is searched, at most."""
    if not counts and query.words:
        return MESSAGES_BACK_FOR_A_LETTER
    return MESSAGES_BACK if min(counts.values(), default=0) >= COMMON else LARGEST_INTEGER


def _choose_stretch(reach: int, after: int | None, before: int | None) -> Stretch:
    """Return the messages that are searched, from the place in an address on."""
    newest = db.session.scalar(select(func.max(Message.id))) or 0
    if after is None and before is not None:
        high = min(before + reach, newest) + 1
        return Stretch(before, high, is_descending=False, is_last=high > newest)
    high = newest + 1 if after is None else min(after, newest + 1)
    low = max(0, high - 1 - reach)
    return Stretch(low, high, is_descending=True, is_last=low == 0)


def _select_candidates(query: Query, terms: Sequence[int], stretch: Stretch) -> Select[int]:
    """Return the numbers of the messages that have all terms, the rarest of which is the first."""
    if not terms:
        has = (Message.text.contains(letter, autoescape=True) for letter in query.letters)
        return stretch.select(Message.id).where(*has)
    first, *others = terms
    ids = stretch.select(SearchTerm.message_id).where(SearchTerm.term == first)
    for term in others:
        other = aliased(SearchTerm)
        is_same = other.message_id == SearchTerm.message_id
        holds = stretch.holds(other.message_id)  # which PostgreSQL does not conclude
        ids = ids.join(other, and_(other.term == term, is_same, *holds))
    return ids


def _read_texts(reader: User | None, ids: Sequence[int]) -> dict[int, str]:
    """Return the texts of those of some messages that a reader may see."""
    rows = visible_messages(reader).with_only_columns(Message.id, Message.text)
    return {row.id: row.text for row in db.session.execute(rows.where(Message.id.in_(ids)))}


def find_people(query: Query) -> Sequence[User]:
    """Return the first of those with an account whose names begin with what is searched for."""
    try:
        key = parse_nickname(query.text).key
    except InvalidNameError:
        return []
    begins = (User.username_key >= key) & (User.username_key < f"{key}\U0010ffff")
    first = select(User.id).where(begins).order_by(User.username_key).limit(MOST_NAMES_LOOKED_AT)
    looked_at = first.subquery()
    has_account = User.password_hash.is_not(None) & User.disabled_at.is_(None)
    people = select(User).join(looked_at, looked_at.c.id == User.id).where(has_account)
    return db.session.scalars(people.order_by(User.username_key).limit(MOST_NAMES)).all()
