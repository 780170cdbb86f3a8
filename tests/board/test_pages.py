"""The pages of the board, as people read and write them."""

import pytest
from flask import Flask
from sqlalchemy import select

from app import db
from app.accounts import deletion
from app.board.models import Message
from app.web.paging import ROWS_ON_A_PAGE
from tests.auth.people import add_account, log_in, submit
from tests.board.conftest import make_members_old
from tests.board.people import NEW, disable, make_older, texts_on, user_of, write
from tests.clients import CheckingClient
from tests.conftest import visitor
from tests.pages import find, form_token, heading, shown, title

Members = dict[str, CheckingClient]


def links(page: str) -> list[str]:
    """Return the addresses that a page links to, in its order."""
    return [link.get("href", "") for link in find(page, ".//main").iter("a")]


def test_an_empty_board_says_what_to_do_first(sqlite_app: Flask, members: Members) -> None:
    stranger = visitor(sqlite_app).get("/board/")
    assert heading(stranger.text) == "Board"
    assert "No messages yet" in shown(stranger.text)
    assert "Sign up" in shown(stranger.text)
    assert "/auth/login?next=/board/new" in links(stranger.text)
    assert "<textarea" not in stranger.text
    member_page = members["susan"].get("/board/").text
    member = shown(member_page)
    assert "No messages yet Write the first one above." in member
    assert "flask board" not in member
    assert find(member_page, ".//*[@class='newer']/a").get("hidden") is not None


def test_a_developer_reads_what_to_do_first(sqlite_app: Flask) -> None:
    sqlite_app.config["CONFIGURATION"] = "development"
    nobody = visitor(sqlite_app)
    assert "flask board init prints" in shown(nobody.get("/board/").text)
    with sqlite_app.app_context():
        db.session.add(Message(text="Hello!"))
        db.session.commit()
    assert "flask board init" not in nobody.get("/board/").text


def test_a_message_is_written_and_read_by_everybody(app: Flask, susan: CheckingClient) -> None:
    token = form_token(susan.get("/board/").text)
    data = {"csrf_token": token, "text": "Hello, board!\r\nA line.\r\n\r\nA paragraph."}
    answer = susan.post(NEW, data=data, follow_redirects=True)
    assert "Your message is on the board." in shown(answer.text)
    page = visitor(app).get("/board/")
    assert texts_on(page) == ["Hello, board! A line. A paragraph."]
    assert '<p dir="auto">Hello, board!<br>\nA line.</p>' in page.text
    assert {"/user/susan", "/board/1"} < {*links(page.text)}
    assert "UTC" in shown(page.text)
    one = visitor(app).get("/board/1")
    assert title(one.text) == "Message 1 · Flasky"
    assert texts_on(one) == texts_on(page)


def test_messages_are_on_the_page_of_their_author(app: Flask, susan: CheckingClient) -> None:
    assert "Messages" not in shown(susan.get("/user/susan").text)
    write(susan, "Hello!")
    page = visitor(app).get("/user/susan")
    assert texts_on(page) == ["Hello!"]
    assert heading(page.text) == "susan"


def test_the_header_leads_to_the_board(sqlite_app: Flask, members: Members) -> None:
    write(members["susan"], "Hello!")
    here = '<a href="/board/" aria-current="page">Board</a>'
    below = '<a href="/board/" aria-current="true">Board</a>'
    for client in (visitor(sqlite_app), members["susan"]):
        assert here in client.get("/board/").text
        assert below in client.get("/board/1").text
        assert '<a href="/board/">Board</a>' in client.get("/").text
    board = members["david"].get("/").text
    assert board.index(">Home<") < board.index(">Board<") < board.index(">Administration<")


def test_pages_lead_both_ways_and_keep_their_place(app: Flask, susan: CheckingClient) -> None:
    with app.app_context():
        user = user_of(app, "susan")
        total = 2 * ROWS_ON_A_PAGE + 5
        db.session.add_all(Message(text=f"Number {i}", author=user) for i in range(1, total + 1))
        db.session.commit()
    seen, address = [], "/board/"
    pages = []
    while address:
        page = susan.get(address)
        pages.append(texts_on(page))
        seen += texts_on(page)
        following = [link for link in links(page.text) if "after=" in link]
        address = following[0] if following else ""
    assert seen == [f"Number {i}" for i in range(total, 0, -1)]
    second = susan.get(f"/board/?after={total - ROWS_ON_A_PAGE + 1}")
    write(susan, "A newer one")
    assert texts_on(susan.get(f"/board/?after={total - ROWS_ON_A_PAGE + 1}")) == texts_on(second)
    back = [link for link in links(second.text) if "before=" in link][-1]
    assert texts_on(susan.get(back)) == pages[0]
    assert len(texts_on(susan.get("/user/susan"))) == ROWS_ON_A_PAGE
    assert "/user/susan?after=" in susan.get("/user/susan").text


def test_a_reply_stands_below_what_it_replies_to(app: Flask, susan: CheckingClient) -> None:
    first = write(susan, "A question")
    form = susan.get(f"{NEW}?reply_to=1")
    assert heading(form.text) == "Reply"
    assert texts_on(form) == ["A question"]
    write(susan, "An answer", reply_to=first)
    page = visitor(app).get(first)
    assert texts_on(page) == ["A question", "An answer"]
    assert "Replies" in shown(page.text)
    assert "In reply to message 1" in shown(visitor(app).get("/board/2").text)


@pytest.mark.parametrize("number", ["9", "x", "-1", "9" * 5000, "1e3", "%00", "²"])
def test_there_is_no_reply_to_nothing(members: Members, number: str) -> None:
    assert members["susan"].get(f"{NEW}?reply_to={number}").status_code == 404


def test_a_message_is_edited_for_a_while_and_marked(app: Flask, susan: CheckingClient) -> None:
    address = write(susan, "Helo")
    assert "edited" not in shown(susan.get(address).text)
    assert "Helo</textarea>" in susan.get(f"{address}/edit").text
    assert submit(susan, f"{address}/edit", text="Hello").location == address
    page = susan.get(address)
    assert texts_on(page) == ["Hello"]
    assert "Your message has been changed." in shown(page.text)
    assert "edited" in shown(visitor(app).get("/board/").text)
    token = form_token(susan.get(f"{address}/edit").text)
    make_older(app, minutes=16)
    assert "/board/1/edit" not in susan.get(address).text
    late = susan.post(f"{address}/edit", data={"csrf_token": token, "text": "Hello again"})
    assert late.status_code == 422
    assert "This message can no longer be edited." in shown(late.text)
    assert "Hello again</textarea>" in late.text
    answer = susan.get(f"{address}/edit", follow_redirects=True)
    assert "This message can no longer be edited." in shown(answer.text)
    assert texts_on(answer) == ["Hello"]


def test_the_same_text_is_no_edit(sqlite_app: Flask, members: Members) -> None:
    address = write(members["susan"], "Hello")
    submit(members["susan"], f"{address}/edit", text=" Hello ")
    assert "edited" not in shown(visitor(sqlite_app).get("/board/").text)


def test_a_deleted_message_is_gone_and_its_number_is_not_given_again(
    app: Flask, susan: CheckingClient
) -> None:
    make_members_old(app)
    first, second = write(susan, "A question"), write(susan, "Another one")
    write(susan, "An answer", reply_to=second)
    asked = susan.get(f"{second}/delete")
    assert heading(asked.text) == "Delete message"
    make_older(app, days=30)
    answer = submit(susan, f"{second}/delete")
    assert answer.location == "/board/"
    page = susan.get("/board/")
    assert "Your message has been deleted." in shown(page.text)
    assert texts_on(page) == ["An answer", "A question"]
    gone = visitor(app).get(second)
    assert gone.status_code == 410
    assert heading(gone.text) == "No longer here"
    assert susan.get(f"{second}/edit").status_code == 410
    assert susan.post(f"{second}/delete", data={"csrf_token": "x"}).status_code == 400
    assert write(susan, "A new one") == "/board/4"
    assert visitor(app).get(first).status_code == 200
    assert visitor(app).get("/board/99").status_code == 404
    with app.app_context():
        assert db.session.scalars(select(Message.text).where(Message.id == 2)).one() == ""


def test_nobody_changes_what_others_wrote(members: Members) -> None:
    address = write(members["susan"], "Mine")
    for name in ("anna", "david"):
        page = members[name].get(address).text
        assert "/edit" not in page
        assert "/delete" not in page
        token = form_token(members[name].get("/board/").text)
        for deed in ("edit", "delete"):
            assert members[name].get(f"{address}/{deed}").status_code == 403
            data = {"csrf_token": token, "text": "Yours"}
            assert members[name].post(f"{address}/{deed}", data=data).status_code == 403
    assert texts_on(members["susan"].get(address)) == ["Mine"]


def test_what_an_account_wrote_stays_when_it_is_deleted(app: Flask, susan: CheckingClient) -> None:
    write(susan, "I was here")
    with app.app_context():
        deletion.delete(user_of(app, "susan"))
    page = visitor(app).get("/board/")
    assert texts_on(page) == ["I was here"]
    assert "A former user" in shown(page.text)
    assert visitor(app).get("/board/1").status_code == 200


def test_what_a_disabled_author_wrote_is_nowhere(app: Flask, susan: CheckingClient) -> None:
    address = write(susan, "Buy my pills")
    write(susan, "And my watches", reply_to=address)
    disable(app, "susan")
    for path in ("/board/", "/user/susan"):
        assert texts_on(visitor(app).get(path)) == []
    assert visitor(app).get(address).status_code == 404


def test_a_text_that_is_refused_comes_back(members: Members) -> None:
    susan = members["susan"]
    for text, said in [
        ("", "Please write something."),
        (" \n ", "Please write something."),
        ("x" * 4001, "This is too long. A message has at most 4000 characters."),
        ("x" * 20_000, "This is too long. A message has at most 4000 characters."),
    ]:
        answer = submit(susan, NEW, text=text)
        assert answer.status_code == 422
        assert said in shown(answer.text)
        assert f"{text}</textarea>" in answer.text
    assert texts_on(susan.get("/board/")) == []


def test_the_longest_texts_fit(members: Members) -> None:
    david = members["david"]
    family = "👩‍👩‍👧"
    for text in ("🙂" * 4000, "留言" * 2000, family * 2400, "a\r\n" * 1999 + "b"):
        address = write(david, text)
        assert texts_on(david.get(address))[0].startswith(text[:1])
    assert submit(david, NEW, text="🙂" * 4001).status_code == 422
    assert submit(david, NEW, text="🙂" * 15_000).status_code == 413
    assert submit(david, "/auth/settings/profile", about_me="🙂" * 4000).status_code == 413


def test_who_writes_too_much_has_to_wait_and_loses_nothing(
    sqlite_app: Flask, members: Members
) -> None:
    sqlite_app.config["MESSAGES_LIMIT"] = "2 per minute"
    write(members["susan"], "One")
    write(members["susan"], "Two")
    answer = submit(members["susan"], NEW, text="Three")
    assert answer.status_code == 429
    assert "Please try again in a minute." in shown(answer.text)
    assert "Three</textarea>" in answer.text
    write(members["anna"], "Of somebody else")


def test_a_new_account_writes_less(app: Flask, susan: CheckingClient) -> None:
    app.config["FIRST_MESSAGES_LIMIT"] = "1 per day"
    write(susan, "One")
    assert submit(susan, NEW, text="Two").status_code == 429


def test_an_address_has_its_own_limit_which_one_account_alone_does_not_use_up(
    sqlite_app: Flask, members: Members
) -> None:
    sqlite_app.config["MESSAGES_LIMIT"] = "2 per day"
    sqlite_app.config["ADDRESS_MESSAGES_LIMIT"] = "3 per day"
    susan, anna = members["susan"], members["anna"]
    for text in ("One", "Two"):
        write(susan, text)
    for _ in range(5):
        assert submit(susan, NEW, text="Three").status_code == 429
    sqlite_app.config["MESSAGES_LIMIT"] = "9 per day"
    write(anna, "Of a neighbour")
    answer = submit(anna, NEW, text="Another one")
    assert answer.status_code == 429
    assert "Another one</textarea>" in answer.text
    anna.environ_base["REMOTE_ADDR"] = "10.0.0.9"
    write(anna, "From elsewhere")


def test_an_ipv6_network_is_one_address(sqlite_app: Flask, members: Members) -> None:
    sqlite_app.config["ADDRESS_MESSAGES_LIMIT"] = "1 per day"
    for name, address, status in (("susan", "2001:db8::1", 303), ("anna", "2001:db8::2", 429)):
        members[name].environ_base["REMOTE_ADDR"] = address
        assert submit(members[name], NEW, text="Hello").status_code == status


def test_new_accounts_of_one_address_write_less_together(app: Flask, susan: CheckingClient) -> None:
    app.config["ADDRESS_FIRST_MESSAGES_LIMIT"] = "1 per day"
    add_account(app, "john")
    john = log_in(app, "john")
    write(susan, "One")
    assert submit(john, NEW, text="Two").status_code == 429
    make_members_old(app)
    write(john, "Two")


def test_who_may_not_write_is_told(app: Flask, susan: CheckingClient) -> None:
    with app.app_context():
        role = user_of(app, "susan").role
        assert role
        role.reset_permissions()
        db.session.commit()
    assert "may read the board, but not write on it" in shown(susan.get("/board/").text)
    assert susan.get(NEW).status_code == 403


def test_whose_login_has_ended_is_led_to_it_and_back(app: Flask, susan: CheckingClient) -> None:
    token = form_token(susan.get("/board/").text)
    stranger = visitor(app)
    answer = stranger.post(NEW, data={"csrf_token": token, "text": "Hello"})
    assert answer.status_code == 401
    assert "/auth/login?next=/board/new" in links(answer.text)
