"""What a text is found by: its terms, each a number.

Words are compared without case, width, or what cannot be seen, and English ones by their stems:
`message` is found by `Messages`. Scripts that put no blanks between words have no such words: of
those, each two letters that stand side by side are a term, and so is the last one of a row.
"""

import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from hashlib import blake2b
from itertools import islice, pairwise
from typing import NamedTuple

import regex
import snowballstemmer

EVERY = 0  # a term that each text has, also one of which nothing else can be found
MOST_TERMS = 5000  # of one text, which is more than 4000 letters of Chinese have
LONGEST_WORD = 64  # what is longer is found by its beginning
MOST_MARKS = 8  # accents and the like, on one letter

BITS_OF_A_LETTER = 21  # every code point fits
BYTES_OF_A_WORD = 7  # of its hash: of a million words, two are taken for one once in 100,000 sites
WORD = 1 << 62  # added to a hash; pairs of letters are less

LETTER = r"[\p{L}\p{N}]"
# Those of East Asia, with signs that several of them have, and of Southeast Asia.
SCRIPTS = (
    r"\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Hangul}\p{scx=Bopomofo}"
    r"\p{scx=Thai}\p{scx=Lao}\p{scx=Khmer}\p{scx=Myanmar}"
)
DENSE_LETTER = f"[{LETTER}&&[{SCRIPTS}]]"
# More marks than that on one letter are no writing, and take long to be put into order.
MARKS = rf"[\p{{M}}\p{{Default_Ignorable_Code_Point}}]{{0,{MOST_MARKS}}}"
ROW = rf"(?:{DENSE_LETTER}{MARKS})+"
WORDS = regex.compile(rf"(?P<dense>{ROW})|(?:[{LETTER}--{DENSE_LETTER}]{MARKS})+", regex.VERSION1)
ROWS = regex.compile(ROW, regex.VERSION1)
IGNORABLE = regex.compile(r"\p{Default_Ignorable_Code_Point}+")

_stemmer = snowballstemmer.stemmer("english")


class Word(NamedTuple):
    """A word of a text, or a row of letters without blanks, which is called dense.

    `key` is what it is compared by; `start` and `end` are where the text has it.
    """

    key: str
    start: int
    end: int
    is_dense: bool


def split_words(text: str) -> Iterator[Word]:
    """Give the words of a text in their order."""
    for found in WORDS.finditer(text):
        is_dense = found["dense"] is not None
        key = fold(found[0]) if is_dense else make_key(found[0][:LONGEST_WORD])
        if key:
            yield Word(key, found.start(), found.end(), is_dense)


def fold_rows(text: str) -> str:
    """Return the dense words of a text alone, with a line for each."""
    return "\n".join(map(fold, ROWS.findall(text)))


def fold(text: str) -> str:
    """Return a text without the differences that do not count: of case, width, and what is unseen.

    What folding a text twice changes is folded: as in Unicode's own NFKC_Casefold.
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    return unicodedata.normalize("NFKC", IGNORABLE.sub("", folded))


@lru_cache(maxsize=2**14)
def make_key(word: str) -> str:
    """Return what a word is compared by: of an English one, the stem."""
    key = fold(word)
    if not (key.isascii() and key.isalpha()):
        return key
    stem: str = _stemmer.stemWord(key)
    return stem


def make_terms(text: str) -> set[int]:
    """Return the terms of a text."""
    terms = (term for word in split_words(text) for term in terms_of(word))
    return {EVERY, *islice(dict.fromkeys(terms), MOST_TERMS - 1)}


def terms_of(word: Word) -> list[int]:
    """Return the terms of one word of a text."""
    if not word.is_dense:
        return [_hash(word.key)]
    pairs = [make_pair(first, second) for first, second in pairwise(word.key)]
    return [*pairs, make_pair(word.key[-1])]


def make_pair(first: str, second: str = "\0") -> int:
    """Return the term of two letters that stand side by side, or of one that ends a row."""
    return ord(first) << BITS_OF_A_LETTER | ord(second)


@lru_cache(maxsize=2**14)
def _hash(key: str) -> int:
    digest = blake2b(key.encode(), digest_size=BYTES_OF_A_WORD).digest()
    return WORD | int.from_bytes(digest)
