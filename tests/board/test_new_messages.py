"""What is new on the board since the last visit."""

from flask import Flask
from sqlalchemy import select

from app import db
from app.board import messages, moderation, unread
from app.board.models import BoardReader, Message
from tests.auth.people import add_account, log_in
from tests.auth.races import Deed, at_once
from tests.board.conftest import make_members_old
from tests.board.people import disable, user_of, write
from tests.clients import CheckingClient
from tests.conftest import visitor
from tests.pages import find, shown, text_of

Members = dict[str, CheckingClient]
NEW = "New since your last visit"
OLD = "Earlier messages"


def navigation(client: CheckingClient, path: str = "/auth/settings") -> str:
    return text_of(find(client.get(path).text, ".//header//nav"))


def lines(client: CheckingClient, path: str = "/board/") -> list[str]:
    """Return the texts of the messages on a page, and the lines between them."""
    found = find(client.get(path).text, ".//main").iter()
    classes = {"divider", "message-text"}
    return [text_of(element) for element in found if element.get("class") in classes]


def write_many(app: Flask, number: int, *, author: str = "anna") -> None:
    with app.app_context():
        writer = user_of(app, author)
        db.session.add_all([Message(text=str(each), author=writer) for each in range(number)])
        db.session.commit()


def test_what_came_since_the_last_visit_is_told(app: Flask) -> None:
    for name in ("susan", "anna"):
        add_account(app, name)
    make_members_old(app)
    susan, anna = log_in(app, "susan"), log_in(app, "anna")
    write(anna, "First")
    assert "Board Log" in navigation(susan).replace("susan ", "")
    assert lines(susan) == ["First"]
    assert lines(susan) == ["First"]
    write(anna, "Second")
    assert "Board 1(one new message)" in navigation(susan)
    write(anna, "Third")
    assert "Board 2(2 new messages)" in navigation(susan)
    assert "Board 2" not in navigation(anna)
    page = susan.get("/board/")
    assert "new messages" not in text_of(find(page.text, ".//header//nav"))
    write(anna, "Fourth")
    assert lines(susan) == [NEW, "Fourth", OLD, "Third", "Second", "First"]
    assert lines(susan) == ["Fourth", "Third", "Second", "First"]


def test_ones_own_messages_are_not_new(sqlite_app: Flask, members: Members) -> None:
    write(members["anna"], "First")
    members["susan"].get("/board/")
    write(members["susan"], "Mine")
    assert "new message" not in navigation(members["susan"])
    assert lines(members["susan"]) == ["Mine", "First"]
    assert sqlite_app


def test_the_first_visit_begins_with_what_is_there(sqlite_app: Flask, members: Members) -> None:
    write_many(sqlite_app, 3)
    assert "new message" not in navigation(members["susan"])
    assert lines(members["susan"]) == ["2", "1", "0"]
    write_many(sqlite_app, 1)
    assert "Board 1" in navigation(members["susan"])


def test_a_page_full_of_new_messages_has_one_line(sqlite_app: Flask, members: Members) -> None:
    write_many(sqlite_app, 1)
    members["susan"].get("/board/")
    write_many(sqlite_app, 101)
    assert "Board 99+(more than 99 new messages)" in navigation(members["susan"])
    members["susan"].get("/board/?after=50")  # from there nobody has seen the newest
    assert "Board 99+" in navigation(members["susan"])
    page = lines(members["susan"])
    assert page[0] == NEW
    assert len(page) == 26
    assert NEW not in lines(members["susan"], "/board/?after=78")


def test_what_one_may_not_see_is_not_new(app: Flask) -> None:
    for name in ("susan", "anna", "john"):
        add_account(app, name)
    susan = log_in(app, "susan")
    write_many(app, 1)
    susan.get("/board/")
    write_many(app, 1, author="john")
    write_many(app, 2)
    with app.app_context():
        add_account(app, "david", role="Administrator")
        moderation.hide(db.session.get_one(Message, 3), "Why", user_of(app, "david"))
        messages.delete(user_of(app, "anna"), db.session.get_one(Message, 4))
    disable(app, "john")
    assert "new message" not in navigation(susan)
    assert NEW not in lines(susan)


def test_who_is_not_logged_in_sees_no_line(sqlite_app: Flask, members: Members) -> None:
    stranger = visitor(sqlite_app)
    stranger.get("/board/")
    write(members["anna"], "Hello")
    assert NEW not in shown(stranger.get("/board/").text)
    assert "new message" not in navigation(stranger, "/board/")


def test_of_many_visits_at_once_the_one_that_saw_most_counts(app: Flask) -> None:
    for name in ("susan", "anna"):
        add_account(app, name)

    def visit() -> int:
        with app.app_context():
            unread.note_visit(user_of(app, "susan"))
            return 200

    def speak() -> int:
        with app.app_context():
            messages.post(user_of(app, "anna"), "Hello")
            return 200

    write_many(app, 1)
    deeds: list[Deed] = [visit, visit, speak, visit, visit, visit, visit]
    assert at_once(*deeds) == {200}
    with app.app_context():
        place = db.session.scalars(select(BoardReader)).one()
        assert place.last_read_id in {1, 2}
        unread.note_visit(user_of(app, "susan"))
        place = db.session.scalars(select(BoardReader)).one()
        assert place.last_read_id == 2
        messages.delete(user_of(app, "anna"), db.session.get_one(Message, 2))
        unread.note_visit(user_of(app, "susan"))
        assert db.session.scalars(select(BoardReader.last_read_id)).one() == 2
