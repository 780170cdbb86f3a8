"""Hiding messages, and who sees what is hidden."""

import pytest
from flask import Flask
from sqlalchemy import select

from app import db
from app.models import Action, AuditEvent
from tests.auth.people import submit
from tests.board.people import disable, texts_on, write
from tests.clients import CheckingClient
from tests.conftest import visitor
from tests.pages import form_token, heading, rows, shown

Members = dict[str, CheckingClient]
REASON = "Please stay friendly."


def press_show(client: CheckingClient, address: str) -> int:
    token = form_token(client.get("/board/").text)
    return client.post(f"{address}/show", data={"csrf_token": token}).status_code


def test_a_hidden_message_is_nowhere_but_for_its_author_and_moderators(
    app: Flask, susan: CheckingClient, anna: CheckingClient
) -> None:
    address = write(susan, "You fool!")
    answer = write(susan, "And you too", reply_to=address)
    assert submit(anna, f"{address}/hide", reason=REASON).location == address
    assert "The message is hidden." in shown(anna.get(address).text)
    stranger = visitor(app)
    for path in ("/board/", "/user/susan"):
        assert texts_on(stranger.get(path)) == ["And you too"]
        assert texts_on(susan.get(path)) == ["And you too", "You fool!"]
        assert f"Hidden by a moderator: {REASON}" in shown(susan.get(path).text)
    assert stranger.get(address).status_code == 404
    assert stranger.get(answer).status_code == 200
    assert REASON in shown(susan.get(address).text)
    assert texts_on(anna.get("/board/")) == ["And you too"]
    assert texts_on(anna.get(address)) == ["You fool!", "And you too"]
    assert texts_on(anna.get("/board/hidden")) == ["You fool!"]


def test_a_hidden_message_is_not_edited_nor_replied_to_but_deleted(members: Members) -> None:
    susan = members["susan"]
    address = write(susan, "You fool!")
    submit(members["anna"], f"{address}/hide", reason=REASON)
    page = susan.get(address).text
    assert f"{address}/edit" not in page
    assert "reply_to" not in page
    for client in members.values():
        assert client.get("/board/new?reply_to=1").status_code == 404
    edited = susan.get(f"{address}/edit", follow_redirects=True)
    assert "This message can no longer be edited." in shown(edited.text)
    assert submit(susan, f"{address}/delete").status_code == 303
    assert texts_on(members["anna"].get("/board/hidden")) == []
    assert members["anna"].get(address).status_code == 410


def test_it_is_shown_again(app: Flask, susan: CheckingClient, anna: CheckingClient) -> None:
    address = write(susan, "Hello!")
    submit(anna, f"{address}/hide", reason=REASON)
    assert "Show again" in shown(anna.get(address).text)
    assert press_show(anna, address) == 303
    assert texts_on(visitor(app).get("/board/")) == ["Hello!"]
    assert REASON not in susan.get(address).text
    assert "No messages are hidden." in shown(anna.get("/board/hidden").text)


def test_the_log_tells_it_without_the_text(
    app: Flask, susan: CheckingClient, anna: CheckingClient, david: CheckingClient
) -> None:
    address = write(susan, "You fool!")
    for _ in range(2):  # of which the second changes nothing
        submit(anna, f"{address}/hide", reason=REASON)
        press_show(anna, address)
        press_show(anna, address)
    with app.app_context():
        kinds = select(AuditEvent).filter(AuditEvent.action.startswith("message"))
        events = db.session.scalars(kinds.order_by(AuditEvent.id)).all()
        assert [(event.action, event.actor, event.subject, event.detail) for event in events] == [
            (Action.MESSAGE_HIDDEN, "anna", "susan", "1"),
            (Action.MESSAGE_SHOWN, "anna", "susan", "1"),
        ] * 2
    page = david.get("/admin/log?action=message+hidden")
    assert rows(page.text)[0][:3] == ["message hidden 1", "susan", "anna"]


def test_the_first_reason_stands(members: Members) -> None:
    address = write(members["susan"], "You fool!")
    token = form_token(members["anna"].get(f"{address}/hide").text)
    submit(members["david"], f"{address}/hide", reason="First")
    data = {"csrf_token": token, "reason": "Second"}
    assert members["anna"].post(f"{address}/hide", data=data).status_code == 303
    page = shown(members["susan"].get(address).text)
    assert "First" in page
    assert "Second" not in page


@pytest.mark.parametrize("reason", ["", " ", "x" * 501])
def test_a_reason_is_wanted(members: Members, reason: str) -> None:
    address = write(members["susan"], "You fool!")
    assert submit(members["anna"], f"{address}/hide", reason=reason).status_code == 422
    assert heading(members["anna"].get(f"{address}/hide").text) == "Hide message"


def test_only_administrators_act_on_what_administrators_write(members: Members) -> None:
    address = write(members["david"], "I rule")
    anna, david = members["anna"], members["david"]
    assert "/hide" not in anna.get(address).text
    refused = "Only an administrator can hide or show this message."
    assert refused in shown(anna.get(f"{address}/hide", follow_redirects=True).text)
    token = form_token(anna.get("/board/").text)
    data = {"csrf_token": token, "reason": REASON}
    anna.post(f"{address}/hide", data=data)
    assert texts_on(anna.get("/board/")) == ["I rule"]
    submit(david, f"{address}/hide", reason=REASON)
    anna.get(address)
    press_show(anna, address)
    assert refused in shown(anna.get(address).text)
    assert texts_on(visitor(david.application).get("/board/")) == []
    press_show(david, address)
    assert texts_on(visitor(david.application).get("/board/")) == ["I rule"]


def test_users_do_not_moderate(members: Members) -> None:
    address = write(members["susan"], "Mine")
    for path in (f"{address}/hide", "/board/hidden"):
        assert members["susan"].get(path).status_code == 403
    assert press_show(members["susan"], address) == 403
    assert "/hide" not in members["susan"].get(address).text


def test_moderators_find_what_a_disabled_author_wrote_hidden(
    sqlite_app: Flask, members: Members
) -> None:
    address = write(members["susan"], "You fool!")
    submit(members["anna"], f"{address}/hide", reason=REASON)
    disable(sqlite_app, "susan")
    assert texts_on(members["anna"].get("/board/hidden")) == ["You fool!"]
    assert press_show(members["anna"], address) == 303
    assert texts_on(visitor(sqlite_app).get("/board/")) == []
