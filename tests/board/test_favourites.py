"""Favourites: messages that somebody keeps."""

from flask import Flask
from sqlalchemy import func, select

from app import db
from app.board import favourites as subject
from app.board import messages, moderation
from app.board.models import Message, favourites
from app.models import User
from tests.auth.people import add_account, log_in, submit
from tests.auth.races import Deed, at_once
from tests.board.people import disable, texts_on, user_of, write
from tests.clients import CheckingClient
from tests.conftest import visitor
from tests.pages import form_token, shown

Members = dict[str, CheckingClient]
LIST = "/board/favourites"


def press(client: CheckingClient, path: str) -> str:
    """Press a button on the page of a message, and return the page after that."""
    token = form_token(client.get(path.rpartition("/favourite")[0]).text)
    answer = client.post(path, data={"csrf_token": token}, follow_redirects=True)
    assert answer.status_code == 200
    return shown(answer.text)


def test_a_message_is_kept_and_kept_no_more(app: Flask, susan: CheckingClient) -> None:
    path = write(susan, "Hello!")
    assert "No favourites yet" in shown(susan.get(LIST).text)
    assert "Remove from favourites" in press(susan, f"{path}/favourite")
    press(susan, f"{path}/favourite")  # again, as from another tab
    assert texts_on(susan.get(LIST)) == ["Hello!"]
    with app.app_context():
        user, message = user_of(app, "susan"), db.session.get_one(Message, 1)
        assert user.favourites == [message]  # type: ignore[attr-defined]
        assert message.favourited_by == [user]
    assert "Add to favourites" in press(susan, f"{path}/favourite/remove")
    press(susan, f"{path}/favourite/remove")
    assert texts_on(susan.get(LIST)) == []


def test_favourites_are_nobody_elses_business(sqlite_app: Flask, members: Members) -> None:
    path = write(members["susan"], "Hello!")
    press(members["anna"], f"{path}/favourite")
    for other in (members["susan"], members["david"], visitor(sqlite_app)):
        assert "favourites" in shown(other.get(path).text) or other.get(LIST).status_code == 303
        assert "Remove from favourites" not in shown(other.get(path).text)
        assert texts_on(other.get(LIST)) == []
    assert "favourites" not in shown(visitor(sqlite_app).get(path).text)


def test_the_newest_message_comes_first(sqlite_app: Flask, members: Members) -> None:
    with sqlite_app.app_context():
        susan, anna = user_of(sqlite_app, "susan"), user_of(sqlite_app, "anna")
        written = [messages.post(anna, f"Message {number}") for number in range(30)]
        for message in (written[0], *written[:0:-1]):
            subject.add(susan, message)
    first = texts_on(members["susan"].get(LIST))
    second = texts_on(members["susan"].get(f"{LIST}?after=6"))
    assert first + second == [f"Message {number}" for number in reversed(range(30))]


def test_what_one_may_not_see_is_no_favourite(app: Flask, susan: CheckingClient) -> None:
    for name in ("anna", "john", "jane"):
        add_account(app, name, role="Moderator")
    with app.app_context():
        for number, name in enumerate(("anna", "john", "jane", "jane"), start=1):
            messages.post(user_of(app, name), f"Message {number}")
            subject.add(user_of(app, "susan"), db.session.get_one(Message, number))
        moderation.hide(db.session.get_one(Message, 1), "Why", user_of(app, "john"))
        messages.delete(user_of(app, "jane"), db.session.get_one(Message, 3))
    disable(app, "john")
    assert texts_on(susan.get(LIST)) == ["Message 4"]
    assert susan.post("/board/1/favourite").status_code == 400
    token = form_token(susan.get(LIST).text)
    answers = [
        susan.post(f"/board/{number}/favourite", data={"csrf_token": token}).status_code
        for number in (1, 2, 3, 4, 5)
    ]
    assert answers == [404, 404, 410, 303, 404]


def test_who_is_deleted_keeps_nothing(app: Flask, susan: CheckingClient) -> None:
    path = write(susan, "Hello!")
    press(susan, f"{path}/favourite")
    add_account(app, "david", role="Administrator")
    answer = submit(susan, "/auth/settings/delete", name="susan")
    assert answer.status_code == 303
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(favourites)) == 0
        assert db.session.get_one(Message, 1).favourited_by == []


def test_many_keep_one_message_at_once(app: Flask) -> None:
    with app.app_context():
        people = [User(username=f"user {number}") for number in range(32)]
        db.session.add_all([*people, Message(text="Hello!")])
        db.session.commit()
        numbers = [user.id for user in people]

    def keep(number: int) -> Deed:
        def do() -> int:
            with app.app_context():
                user, message = db.session.get_one(User, number), db.session.get_one(Message, 1)
                subject.add(user, message)
                return 200

        return do

    assert at_once(*(keep(number) for number in [*numbers, *numbers])) == {200}
    with app.app_context():
        assert len(db.session.get_one(Message, 1).favourited_by) == 32


def test_a_favourite_of_a_browser_without_a_login_is_not_kept(sqlite_app: Flask) -> None:
    add_account(sqlite_app, "susan")
    path = write(log_in(sqlite_app, "susan"), "Hello!")
    assert visitor(sqlite_app).post(f"{path}/favourite").status_code == 401
