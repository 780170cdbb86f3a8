"""The life of a message, by programs; and those that nobody is shown."""

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app import db
from app.board import messages, moderation
from app.board.models import Message
from tests.api.people import MESSAGES, Program, errors, post, program, texts
from tests.board.people import disable, make_older, user_of
from tests.conftest import visitor
from tests.pages import shown

FAVOURITES = "/api/v1/me/favourites"
NOTIFICATIONS = "/api/v1/me/notifications"
SEARCH = "/api/v1/search"


def edit(client: Program, path: str, text: str, tag: str | None = None) -> TestResponse:
    """Change a text, as it was read with that tag."""
    headers = {"If-Match": tag} if tag else {}
    return client.patch(path, json={"text": text}, headers=headers)


def hide(app: Flask, number: int) -> None:
    """Let anna, who moderates, hide a message."""
    with app.app_context():
        moderation.hide(db.session.get_one(Message, number), "Rude", user_of(app, "anna"))


def test_the_life_of_a_message(susan: Program, john: Program, nobody: Program) -> None:
    written = susan.post(MESSAGES, json={"text": "Hello, @john!"})
    assert (written.status_code, written.location) == (201, f"{MESSAGES}/1")
    read = nobody.get(written.location)
    assert read.get_json() == written.get_json()
    assert read.get_json() | {"written_at": ""} == {
        "id": 1,
        "text": "Hello, @john!",
        "author": {"id": 1, "username": "susan"},
        "reply_to": None,
        "written_at": "",
        "edited_at": None,
        "hidden_at": None,
        "page": "http://127.0.0.1:5000/board/1",
    }
    assert read.get_json()["written_at"].endswith("+00:00")
    reply = post(john, "Hello, susan!", reply_to=1)
    assert texts(nobody.get(MESSAGES)) == ["Hello, susan!", "Hello, @john!"]
    assert texts(nobody.get(f"{MESSAGES}?author_id=2")) == ["Hello, susan!"]
    assert texts(nobody.get(f"{MESSAGES}?author_id=3")) == []
    assert texts(nobody.get(f"{MESSAGES}?reply_to=1")) == ["Hello, susan!"]
    assert texts(nobody.get(f"{MESSAGES}?reply_to={reply}")) == []
    assert texts(nobody.get(f"{MESSAGES}?reply_to=1&author_id=1")) == []

    tag = read.headers["ETag"]
    edited = edit(susan, written.location, "Hello, john!", tag)
    assert edited.status_code == 200
    assert edited.get_json()["edited_at"] is not None
    assert edited.headers["ETag"] == nobody.get(written.location).headers["ETag"] != tag
    assert texts(nobody.get(MESSAGES)) == ["Hello, susan!", "Hello, john!"]

    assert susan.delete(written.location).status_code == 204
    for answer in (nobody.get(written.location), susan.delete(written.location)):
        assert answer.status_code == 410
    assert susan.post(MESSAGES, json={"text": "Late", "reply_to": 1}).status_code == 410
    assert texts(nobody.get(MESSAGES)) == ["Hello, susan!"]
    assert nobody.get(f"{MESSAGES}/2").get_json()["reply_to"] == 1  # which says that it is gone


def test_what_has_not_changed_is_not_sent_again(susan: Program, nobody: Program) -> None:
    post(susan, "Hello!")
    for path in (MESSAGES, f"{MESSAGES}/1", "/api/v1/openapi.json", "/api/v1/roles"):
        tag = nobody.get(path).headers["ETag"]
        for headers in ({"If-None-Match": tag}, {"If-None-Match": f'"x", {tag}'}):
            again = nobody.get(path, headers=headers)
            assert (again.status_code, again.data) == (304, b"")
            assert again.headers["ETag"] == tag
            assert nobody.head(path, headers=headers).status_code == 304
        assert nobody.get(path, headers={"If-None-Match": '"x"'}).status_code == 200
    post(susan, "Hello again!")
    assert nobody.get(MESSAGES, headers={"If-None-Match": tag}).status_code == 200


def test_a_change_says_what_it_changes(susan: Program) -> None:
    path = f"{MESSAGES}/{post(susan, 'Hello!')}"
    tag = susan.get(path).headers["ETag"]
    missing = edit(susan, path, "Hello again!")
    assert missing.status_code == 428
    assert "If-Match" in missing.get_json()["detail"]
    assert edit(susan, path, "Hello again!", tag).status_code == 200
    assert edit(susan, path, "Not that", tag).status_code == 412
    assert susan.delete(path, headers={"If-Match": tag}).status_code == 412
    for wrong in ('"x"', "x", f"W/{susan.get(path).headers['ETag']}", ""):
        assert edit(susan, path, "Not that", wrong).status_code in {412, 428}
    assert texts(susan.get(MESSAGES)) == ["Hello again!"]
    assert edit(susan, path, "Whatever it was", "*").status_code == 200
    tag = susan.get(path).headers["ETag"]
    assert susan.delete(path, headers={"If-Match": f'"x", {tag}'}).status_code == 204


def test_an_edit_to_the_same_text_changes_nothing(susan: Program) -> None:
    path = f"{MESSAGES}/{post(susan, 'Hello!')}"
    tag = susan.get(path).headers["ETag"]
    assert edit(susan, path, "Hello!", tag).headers["ETag"] == tag
    assert susan.get(path).get_json()["edited_at"] is None


def test_a_message_can_be_edited_for_a_while(app: Flask, susan: Program) -> None:
    path = f"{MESSAGES}/{post(susan, 'Hello!')}"
    make_older(app, minutes=16)
    answer = edit(susan, path, "Hello again!", susan.get(path).headers["ETag"])
    assert answer.status_code == 409
    assert answer.get_json()["detail"] == "This message can no longer be edited."
    assert susan.delete(path).status_code == 204


def test_a_message_is_its_authors_alone(susan: Program, john: Program, anna: Program) -> None:
    path = f"{MESSAGES}/{post(susan, 'Hello!')}"
    for other in (john, anna):
        assert edit(other, path, "Not mine", "*").status_code == 403
        assert other.delete(path).status_code == 403
    assert texts(susan.get(MESSAGES)) == ["Hello!"]


def test_who_may_not_write_on_the_board_may_not_by_a_program(app: Flask, susan: Program) -> None:
    number = post(susan, "Hello!")
    with app.app_context():
        role = user_of(app, "susan").role
        assert role
        role.permissions = 0
        db.session.commit()
    assert susan.post(MESSAGES, json={"text": "Hello again!"}).status_code == 403
    assert edit(susan, f"{MESSAGES}/{number}", "Hello again!", "*").status_code == 403
    assert susan.delete(f"{MESSAGES}/{number}").status_code == 403
    assert susan.put(f"{MESSAGES}/{number}/favourite").status_code == 204


def test_a_reply_to_what_is_not_there_is_not_written(susan: Program) -> None:
    assert susan.post(MESSAGES, json={"text": "Hello!", "reply_to": 9}).status_code == 404
    assert texts(susan.get(MESSAGES)) == []


def test_a_text_that_comes_again_at_once_is_the_same_message(susan: Program) -> None:
    assert post(susan, "Hello!") == post(susan, "Hello!")
    assert texts(susan.get(MESSAGES)) == ["Hello!"]


@pytest.fixture
def hidden(app: Flask, susan: Program, john: Program, anna: Program) -> int:
    """A message of susan's that john keeps, and that is then hidden; it mentions john."""
    number = post(susan, "Rude words, @john")
    john.put(f"{MESSAGES}/{number}/favourite")
    post(john, "A reply", reply_to=number)
    assert anna.token
    hide(app, number)
    return number


def test_who_wrote_a_hidden_message_sees_it_alone(
    susan: Program, john: Program, nobody: Program, anna: Program, hidden: int
) -> None:
    path = f"{MESSAGES}/{hidden}"
    for other in (john, nobody):
        assert other.get(path).status_code == 404
        assert texts(other.get(MESSAGES)) == ["A reply"]
        assert texts(other.get(f"{MESSAGES}?author_id=1")) == []
        assert texts(other.get(f"{SEARCH}?q=rude")) == []
    assert susan.get(path).get_json()["hidden_at"]
    assert texts(susan.get(f"{SEARCH}?q=rude")) == ["Rude words, @john"]
    assert anna.get(path).status_code == 200  # who moderates, as on its page
    assert texts(anna.get(MESSAGES)) == ["A reply"]
    assert texts(john.get(FAVOURITES)) == []
    assert john.get(NOTIFICATIONS).get_json()["items"] == []
    assert john.put(f"{path}/favourite").status_code == 404
    assert john.post(f"{path}/reports", json={"reason": "Rude"}).status_code == 404


def test_nobody_replies_to_a_hidden_message(
    susan: Program, john: Program, anna: Program, hidden: int
) -> None:
    for client in (susan, john, anna):  # two of whom see it
        answer = client.post(MESSAGES, json={"text": "Indeed", "reply_to": hidden})
        assert answer.status_code == 404
    assert texts(anna.get(f"{MESSAGES}?reply_to={hidden}")) == ["A reply"]


def test_its_author_does_not_edit_a_hidden_message(susan: Program, hidden: int) -> None:
    path = f"{MESSAGES}/{hidden}"
    answer = edit(susan, path, "Kind words", susan.get(path).headers["ETag"])
    assert answer.status_code == 409
    assert susan.delete(path).status_code == 204


def test_messages_of_a_disabled_account_are_nowhere(
    app: Flask, susan: Program, john: Program, anna: Program, nobody: Program
) -> None:
    number = post(susan, "Spam for @john")
    john.put(f"{MESSAGES}/{number}/favourite")
    disable(app, "susan")
    for client in (john, anna, nobody):
        assert client.get(f"{MESSAGES}/{number}").status_code == 404
        assert texts(client.get(MESSAGES)) == []
        assert texts(client.get(f"{MESSAGES}?author_id=1")) == []
        assert texts(client.get(f"{SEARCH}?q=spam")) == []
    assert texts(john.get(FAVOURITES)) == []
    assert john.get(NOTIFICATIONS).get_json()["items"] == []
    assert john.post(MESSAGES, json={"text": "No", "reply_to": number}).status_code == 404


def test_a_message_of_a_deleted_account_is_nobodys(app: Flask, susan: Program) -> None:
    number = post(susan, "Hello!")
    assert visitor(app).get(f"/board/{number}").status_code == 200
    with app.app_context():
        db.session.delete(user_of(app, "susan"))
        db.session.commit()
    read = program(app).get(f"{MESSAGES}/{number}").get_json()
    assert (read["author"], read["text"]) == (None, "Hello!")


def test_a_message_is_reported_once(
    app: Flask, susan: Program, john: Program, anna: Program
) -> None:
    path = f"{MESSAGES}/{post(susan, 'An advertisement')}/reports"
    assert john.post(path, json={"reason": "Spam"}).status_code == 204
    again = john.post(path, json={"reason": "Spam"})
    assert again.status_code == 409
    assert again.get_json()["detail"] == "You have already reported this message."
    own = susan.post(path, json={"reason": "Spam"})
    assert own.status_code == 409
    assert anna.post(path, json={"reason": "Spam"}).status_code in {204, 409}
    with app.app_context():
        reports = db.session.execute(db.select(db.metadata.tables["reports"])).all()
    assert john.post(f"{MESSAGES}/9/reports", json={"reason": "Spam"}).status_code == 404
    assert "Spam" in {row.reason for row in reports}


def test_favourites_are_kept_by_one_and_seen_by_nobody_else(susan: Program, john: Program) -> None:
    numbers = [post(susan, f"Message {number}") for number in range(3)]
    for number in (numbers[0], numbers[2], numbers[0]):
        assert john.put(f"{MESSAGES}/{number}/favourite").status_code == 204
    assert texts(john.get(FAVOURITES)) == ["Message 2", "Message 0"]
    assert texts(susan.get(FAVOURITES)) == []
    for _ in range(2):
        assert john.delete(f"{MESSAGES}/{numbers[0]}/favourite").status_code == 204
    assert texts(john.get(FAVOURITES)) == ["Message 2"]
    assert john.put(f"{MESSAGES}/99/favourite").status_code == 404
    assert john.delete(f"{MESSAGES}/99/favourite").status_code == 404


def test_what_one_is_told_can_be_read_and_marked(susan: Program, john: Program) -> None:
    number = post(john, "Hello!")
    post(susan, "Hello, john!", reply_to=number)
    post(susan, "Is @john here?")
    told = john.get(NOTIFICATIONS).get_json()["items"]
    assert [(item["kind"], item["message"]["text"], item["read_at"]) for item in told] == [
        ("mention", "Is @john here?", None),
        ("reply", "Hello, john!", None),
    ]
    assert susan.put(f"{NOTIFICATIONS}/read").status_code == 204  # she has none
    assert john.get(NOTIFICATIONS).get_json()["items"][0]["read_at"] is None
    for _ in range(2):
        assert john.put(f"{NOTIFICATIONS}/read").status_code == 204
    items = john.get(NOTIFICATIONS).get_json()["items"]
    assert all(item["read_at"] for item in items)
    assert susan.get(NOTIFICATIONS).get_json()["items"] == []


def test_messages_are_found_in_both_languages(susan: Program, nobody: Program) -> None:
    for text in ("I like teapots", "我喜欢茶壶", "Ein Teapot für alle"):
        post(susan, text)
    assert texts(nobody.get(f"{SEARCH}?q=teapot")) == ["Ein Teapot für alle", "I like teapots"]
    assert texts(nobody.get(f"{SEARCH}?q=茶壶")) == ["我喜欢茶壶"]
    assert texts(nobody.get(f"{SEARCH}?q=teapot like")) == ["I like teapots"]
    assert texts(nobody.get(f"{SEARCH}?q=coffee")) == []
    assert errors(nobody.get(SEARCH)) == [("q", "Missing data for required field.")]
    assert [place for place, _ in errors(nobody.get(f"{SEARCH}?q=%20"))] == ["q"]
    assert [place for place, _ in errors(nobody.get(f"{SEARCH}?q={'x' * 1000}"))] == ["q"]


def test_what_programs_write_is_on_the_board(app: Flask, susan: Program) -> None:
    post(susan, "Hello from a program!")
    assert "Hello from a program!" in shown(visitor(app).get("/board/").text)


def test_two_who_edit_do_not_overwrite_each_other(
    app: Flask, susan: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"{MESSAGES}/{post(susan, 'Hello!')}"
    tag = susan.get(path).headers["ETag"]
    real = messages.hold

    def hold(message: Message) -> None:
        monkeypatch.setattr(messages, "hold", real)
        assert edit(program(app, susan.token), path, "The faster one", tag).status_code == 200
        real(message)

    monkeypatch.setattr(messages, "hold", hold)
    assert edit(susan, path, "The slower one", tag).status_code == 412
    assert texts(susan.get(MESSAGES)) == ["The faster one"]
