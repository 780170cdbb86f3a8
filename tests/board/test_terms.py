"""What a text is found by."""

import time

import pytest

from app.board.terms import EVERY, MOST_TERMS, make_pair, make_terms, split_words


def keys(text: str) -> list[str]:
    return [word.key for word in split_words(text)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Python's messages, arriving!", ["python", "s", "messag", "arriv"]),
        ("我们 on the board在一起", ["我们", "on", "the", "board", "在一起"]),
        ("https://docs.example.com/a_b?c=1", ["https", "doc", "exampl", "com", "a", "b", "c", "1"]),
        ("ＡＢＣ ｶﾞ Ⅳ", ["abc", "ガ", "iv"]),
        ("STRASSE straße", ["strass", "strass"]),
        ("cafe\u0301 CAFÉ", ["café", "café"]),
        ("soft\u00adhyphen می\u200cخواهم", ["softhyphen", "میخواهم"]),
        ("สวัสดีครับ 한국어", ["สวัสดีครับ", "한국어"]),
        ("第3章", ["第", "3", "章"]),
        ("🙂 ❤️ 👩‍👩‍👧 \u0301 ，。!? \0", []),
    ],
)
def test_a_text_is_split_into_words(text: str, words: list[str]) -> None:
    assert keys(text) == words


def test_a_word_says_where_it_stands() -> None:
    text = "See 留言板, Messages"
    assert [text[word.start : word.end] for word in split_words(text)] == [
        "See", "留言板", "Messages",
    ]  # fmt: skip


def test_pairs_of_letters_are_terms_and_the_last_one_is() -> None:
    pairs = {make_pair("留", "言"), make_pair("言", "板"), make_pair("板")}
    assert make_terms("留言板") == {EVERY, *pairs}
    assert make_terms("") == make_terms("🙂") == {EVERY}
    assert make_pair("\U0010ffff", "\U0010ffff") < 1 << 42


def test_terms_fit_into_the_column() -> None:
    terms = make_terms("many words of every kind 和汉字 \U00020000\U00020001 ẞ Ω")
    assert all(0 <= term < 2**63 for term in terms)
    assert len(terms) == 13


def test_equal_words_have_one_term_and_others_another() -> None:
    assert make_terms("Message") == make_terms("messages") == make_terms("ＭＥＳＳＡＧＥ")
    assert make_terms("message") != make_terms("massage")


@pytest.mark.parametrize(
    "text",
    [
        "".join(chr(0x4E00 + i) for i in range(12_000)),
        "a " * 6000,
        " ".join(f"{i:x}ational" for i in range(1200)),
        "中" + "\u0301\u0323" * 5999,
        "a" + "\u0301\u0323" * 5999,
        "ﷺ" * 12_000,
        "a" * 12_000,
        "\u200d" * 12_000,
        "ᄀ" * 12_000,
    ],
)  # fmt: skip
def test_the_worst_texts_cost_little(text: str) -> None:
    start = time.process_time()
    assert len(make_terms(text)) <= MOST_TERMS
    assert time.process_time() - start < 0.5  # a tenth of that, on a machine that is not busy
