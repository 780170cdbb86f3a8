"""The tests of the API in the book's Flasky, in this one's words.

There, one logs in with a password, and unconfirmed users are refused; here, a program shows a
token, and it is disabled accounts that are. Posts are messages, and comments are replies.
"""

from flask import Flask

from tests.api.people import ME, MESSAGES, Program, add_program, post, program, texts
from tests.board.people import disable


def test_404(app: Flask) -> None:
    answer = program(app).get("/wrong/url", headers={"Accept": "application/json"})
    assert answer.status_code == 404
    assert answer.get_json()["title"] == "Not Found"


def test_no_auth(nobody: Program) -> None:
    assert nobody.get(ME).status_code == 401
    assert nobody.post(MESSAGES, json={"text": "body of the post"}).status_code == 401


def test_bad_auth(app: Flask, susan: Program) -> None:
    wrong = program(app, susan.token[:-1] + ("x" if susan.token[-1] != "x" else "y"))
    assert wrong.get(MESSAGES).status_code == 401


def test_token_auth(app: Flask, susan: Program) -> None:
    assert program(app, "bad-token").get(MESSAGES).status_code == 401
    assert susan.get(MESSAGES).status_code == 200


def test_anonymous(nobody: Program) -> None:
    assert nobody.get(MESSAGES).status_code == 200  # which the book's does not let everybody read


def test_disabled_account(app: Flask, susan: Program) -> None:
    disable(app, "susan")
    assert susan.get(MESSAGES).status_code == 401


def test_posts(susan: Program) -> None:
    assert susan.post(MESSAGES, json={"text": ""}).status_code == 422
    written = susan.post(MESSAGES, json={"text": "body of the *blog* post"})
    assert written.status_code == 201
    read = susan.get(written.location)
    assert read.status_code == 200
    assert read.get_json()["text"] == "body of the *blog* post"
    assert read.get_json() == susan.get(MESSAGES).get_json()["items"][0]
    assert texts(susan.get(f"{MESSAGES}?author_id=1")) == ["body of the *blog* post"]

    headers = {"If-Match": read.headers["ETag"]}
    edited = susan.patch(written.location, json={"text": "updated body"}, headers=headers)
    assert edited.status_code == 200
    assert edited.get_json()["text"] == "updated body"
    assert edited.get_json()["id"] == read.get_json()["id"]


def test_users(susan: Program) -> None:
    john = add_program(susan.application, "john")
    assert susan.get("/api/v1/users/1").get_json()["username"] == "susan"
    assert susan.get("/api/v1/users/2").get_json()["username"] == "john"
    assert john.get("/api/v1/users/3").status_code == 404


def test_comments(app: Flask, susan: Program) -> None:
    john = add_program(app, "john")
    number = post(susan, "body of the post")
    reply = john.post(MESSAGES, json={"text": "Good [post]!", "reply_to": number})
    assert reply.status_code == 201
    assert john.get(reply.location).get_json()["reply_to"] == number
    post(susan, "Thank you!", reply_to=number)
    assert texts(john.get(f"{MESSAGES}?reply_to={number}")) == ["Thank you!", "Good [post]!"]
    assert len(texts(john.get(MESSAGES))) == 3
