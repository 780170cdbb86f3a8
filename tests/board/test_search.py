"""What is searched for on the board, and found."""

import pytest
from flask import Flask

from app import db
from app.board import messages, moderation, search
from app.board.models import Message, SearchTerm
from app.board.search import parse_query
from app.board.search_index import add as search_index_add
from app.models import User
from app.web.paging import ROWS_ON_A_PAGE
from tests.auth.people import add_account, submit
from tests.board.people import disable, texts_on, user_of, write
from tests.clients import CheckingClient
from tests.conftest import visitor
from tests.pages import find, heading, shown, text_of, title

Members = dict[str, CheckingClient]


def search_for(client: CheckingClient, text: str, **place: int) -> list[str]:
    """Return the texts of the messages that a search finds."""
    answer = client.get("/board/search", query_string={"q": text, **place})
    assert answer.status_code == 200, answer.text
    return texts_on(answer)


def marked(page: str) -> list[str]:
    return [text_of(mark) for mark in find(page, ".//main").iter("mark")]


@pytest.fixture
def board(app: Flask) -> CheckingClient:
    """A stranger's browser, before a board with some messages."""
    with app.app_context():
        db.session.add(User(username="susan"))
        db.session.commit()
        susan = user_of(app, "susan")
        for text in TEXTS:
            messages.post(susan, text)
    return visitor(app)


TEXTS = [
    "Python's messages arrive.",
    "我们在留言板上留言。",
    "留言和言板不在一起",
    "ＦＬＡＳＫ and ｶﾀｶﾅ, see https://docs.example.com/留言?a=1&b=2",
    "100% of it, a_b, C:\\temp",
    "The café of José",
    "สวัสดีครับ 안녕하세요",
    "末",
]


QUERIES = [
    ("message", [0]),
    ("MESSAGES arriving", [0]),
    ("python", [0]),
    ("pytho", []),
    ("留言", [3, 2, 1]),
    ("留言板", [1]),
    ("我们 留言", [1]),
    ("我们 python", []),
    ("板", [2, 1]),
    ("言 板", [2, 1]),
    ("末", [7]),
    ("我 上留", [1]),
    ("flask", [3]),
    ("カタカナ", [3]),
    ("ｶﾀｶﾅ", [3]),
    ("example", [3]),
    ("docs.example.com", [3]),
    ("100%", [4]),
    ("a_b", [4, 3]),
    ("temp", [4]),
    ("cafe\u0301 JOSÉ", [5]),
    ("jose", []),
    ("สวัสดี", [6]),
    ("안녕", [6]),
]


def test_messages_are_found_by_all_words(board: CheckingClient, subtests: pytest.Subtests) -> None:
    for query, found in QUERIES:
        with subtests.test(query=query):
            assert search_for(board, query) == [TEXTS[number] for number in found]


def test_words_are_marked(board: CheckingClient) -> None:
    page = board.get("/board/search?q=留言+板").text
    assert heading(page) == "Search"
    assert title(page) == "Search: 留言 板 · Flasky"
    assert marked(page) == ["留言", "板", "留言板", "留言"]
    page = board.get("/board/search?q=example+flask+カ").text
    assert marked(page) == ["ＦＬＡＳＫ", "ｶ", "ｶ", "example"]
    link = find(page, ".//*[@class='message-text']//a")
    assert link.get("href") == "https://docs.example.com/"
    assert text_of(link) == "https://docs.example.com/"


@pytest.mark.parametrize(
    "text",
    [
        "<mark>mark</mark> <b>mark",
        "\"mark' &lt;mark&gt; &amp;mark; &mark; &#109;ark",
        "https://mark.example/?mark=mark&lt;mark",
        "</p></div><script>mark</script>",
        "mark\n\nmark\nMARK",
    ],
)
def test_marks_do_no_harm(sqlite_app: Flask, members: Members, text: str) -> None:
    write(members["susan"], text)
    answer = visitor(sqlite_app).get("/board/search?q=mark")
    assert texts_on(answer) == [" ".join(text.split())]
    assert texts_on(visitor(sqlite_app).get("/board/search?q=amp")) in ([], texts_on(answer))
    assert {mark.lower() for mark in marked(answer.text)} == {"mark"}


HOSTILE = [
    "%00", "a%00b", "%ED%A0%80", "%FF%FE", "%25", "_", "%5C", "'%22--;", "*", "()", "%F0%9F%99%82",
    "%E2%80%8B", "%CC%81", "-", "a%" * 50, "x" * 200, "%E7%95%99" * 200, "%EF%B7%BA" * 200,
    "+".join("abcdefgh"), "+".join("留言板上的我们在"), "%F4%8F%BF%BF", "%EF%BF%BF", "\\", "a+-b",
    "{{7*7}}", "<script>alert(1)</script>", "%E7%95%99%CC%81%CC%A3", "select%20*",
]  # fmt: skip


def test_a_hostile_search_is_answered(board: CheckingClient, subtests: pytest.Subtests) -> None:
    for query in HOSTILE:
        board.application.extensions["limiter"].storage.reset()
        with subtests.test(query=query[:70]):
            for place in ("", "&after=5", "&before=5", "&after=99999999999999999999", "&before=-1"):
                answer = board.get(f"/board/search?q={query}{place}")
                assert answer.status_code in {200, 302, 422}, place
                assert "<script>alert" not in answer.text


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("x" * 201, "This is too long. Search for at most 200 characters."),
        ("x" * 10_000, "This is too long. Search for at most 200 characters."),
        ("a b c d e f g h i", "Please search for at most 8 words."),
        ("🙂!?", "Please search for words. Signs and emoji cannot be found."),
    ],
)
def test_what_cannot_be_searched_for_is_said(
    sqlite_client: CheckingClient, query: str, said: str
) -> None:
    answer = sqlite_client.get("/board/search", query_string={"q": query})
    assert answer.status_code == 422
    assert text_of(find(answer.text, ".//*[@id='q-error']")) == said
    assert find(answer.text, ".//input[@id='q']").get("value") == query[:200]


def test_without_a_search_there_is_the_form_alone(sqlite_client: CheckingClient) -> None:
    for address in ("/board/search", "/board/search?q=", "/board/search?q=+%20"):
        page = sqlite_client.get(address).text
        assert title(page) == "Search the board · Flasky"
        assert 'role="search"' in page
        assert "Messages" not in shown(page)
        assert '<meta name="robots" content="noindex">' in page


def test_what_is_not_found_is_said(board: CheckingClient) -> None:
    page = shown(board.get("/board/search?q=<b>+nothing").text)
    assert "No messages match “<b> nothing”." in page


def test_the_board_has_a_field_to_search_it(board: CheckingClient) -> None:
    form = find(board.get("/board/").text, ".//form[@role='search']")
    assert (form.get("action"), form.get("method")) == ("/board/search", "get")


def test_edited_text_is_found_by_its_new_words(app: Flask, susan: CheckingClient) -> None:
    address = write(susan, "Old words and 旧的文字")
    submit(susan, f"{address}/edit", text="New words and 新的文字")
    for query in ("old", "旧的", "旧的文"):
        assert search_for(susan, query) == []
    for query in ("new words", "新的", "新的文字"):
        assert search_for(susan, query) == ["New words and 新的文字"]
    submit(susan, f"{address}/delete")
    assert search_for(susan, "new") == []
    with app.app_context():
        assert SearchTerm.query.count() == 0


def test_what_nobody_may_see_is_not_found(app: Flask, susan: CheckingClient) -> None:
    write(susan, "Visible words")
    hidden = write(susan, "Hidden words")
    add_account(app, "anna", role="Moderator")
    with app.app_context():
        [message] = Message.query.filter_by(text="Hidden words")
        moderation.hide(message, "For fun", user_of(app, "anna"))
    assert hidden.endswith("2")
    assert search_for(visitor(app), "words") == ["Visible words"]
    assert search_for(susan, "words") == ["Hidden words", "Visible words"]
    disable(app, "susan")
    assert search_for(visitor(app), "words") == []


def test_people_are_found_by_the_beginning_of_their_names(
    sqlite_app: Flask, members: Members
) -> None:
    def people(query: str) -> list[str]:
        page = members["susan"].get("/board/search", query_string={"q": query}).text
        found = find(page, ".//main").findall(".//ul[@class='people']/li/a")
        return [link.get("href", "") for link in found]

    with sqlite_app.app_context():
        db.session.add_all([User(username="Susi"), User(username="Günther")])
        db.session.commit()
    assert people("SUS") == ["/user/susan"]
    assert people("usan") == people("s%") == people("s_san") == []
    disable(sqlite_app, "susan")
    assert people("sus") == []
    assert people("an") == ["/user/anna"]


def test_pages_of_a_search_lead_both_ways(app: Flask) -> None:
    total = 2 * ROWS_ON_A_PAGE + 3
    with app.app_context():
        add_account(app, "susan")
        susan = user_of(app, "susan")
        for number in range(total):
            messages.post(susan, f"Number {number} of 我们")
            messages.post(susan, f"Another {number}")
    client = visitor(app)
    seen: list[str] = []
    pages, address = [], "/board/search?q=number+我们"
    while address:
        page = client.get(address)
        pages.append(texts_on(page))
        seen += pages[-1]
        following = find(page.text, ".//main").findall(".//a[@rel='next']")
        address = following[0].get("href", "") if following else ""
    assert seen == [f"Number {number} of 我们" for number in reversed(range(total))]
    back = find(page.text, ".//a[@rel='prev']").get("href", "")
    assert texts_on(client.get(back)) == pages[1]
    none_after = client.get("/board/search?q=number&after=1")
    assert none_after.location == "/board/search?q=number"


def test_a_search_that_is_long_goes_on_from_where_it_stopped(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "COMMON", 3)
    monkeypatch.setattr(search, "MESSAGES_BACK", 4)
    monkeypatch.setattr(search, "MESSAGES_BACK_FOR_A_LETTER", 4)
    with app.app_context():
        add_account(app, "susan")
        susan = user_of(app, "susan")
        for text in ["both cats and dogs 猫", *(["cats only", "dogs only"] * 5)]:
            db.session.add(message := Message(text=text, author=susan))
            search_index_add(message)
        db.session.commit()
    client = visitor(app)
    for query in ("cats dogs", "猫"):
        address, stops = f"/board/search?q={query}", 0
        while not texts_on(page := client.get(address)):
            assert "Only part of the board has been searched so far." in shown(page.text)
            assert "No messages match" not in shown(page.text)
            [link] = [
                link for link in find(page.text, ".//main").iter("a")
                if text_of(link) == "Keep searching"
            ]  # fmt: skip
            address, stops = link.get("href", ""), stops + 1
        assert texts_on(page) == ["both cats and dogs 猫"]
        assert stops == 2
        assert "Keep searching" not in shown(page.text)


def test_rows_that_only_have_the_pairs_are_passed_over(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "MOST_CHARACTERS", 1)
    with app.app_context():
        add_account(app, "susan")
        susan = user_of(app, "susan")
        messages.post(susan, "留言板")
        for number in range(search.CANDIDATES_AT_ONCE):
            messages.post(susan, f"留言 言板 {number}")
        found = search.find(parse_query("留言板"))
        assert (db.session.scalars(found.messages).all(), found.stopped_at) == ([], 2)
        again = search.find(parse_query("留言板"), after=found.stopped_at)
        assert [message.text for message in db.session.scalars(again.messages)] == ["留言板"]
        assert again.stopped_at is None


def test_who_searches_too_much_has_to_wait(sqlite_app: Flask) -> None:
    sqlite_app.config["SEARCHES_LIMIT"] = "2 per minute"
    client = visitor(sqlite_app)
    for _ in range(2):
        assert client.get("/board/search?q=a").status_code == 200
    assert client.get("/board/search").status_code == 200
    answer = client.get("/board/search?q=a")
    assert answer.status_code == 429
    assert "Please try again in a minute." in shown(answer.text)
