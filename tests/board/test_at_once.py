"""What happens to messages from two sides at once."""

from flask import Flask
from sqlalchemy import func, select

from app import db
from app.board import messages
from app.board.messages import RefusedError
from app.board.models import Message
from app.models import Action, AuditEvent
from tests.auth.people import add_account
from tests.auth.races import Deed, at_once
from tests.board.conftest import make_members_old
from tests.board.people import NEW, user_of
from tests.clients import CheckingClient
from tests.pages import form_token


def test_a_button_that_is_pressed_twice_makes_one_message(
    app: Flask, susan: CheckingClient
) -> None:
    make_members_old(app)
    data = {"csrf_token": form_token(susan.get(NEW).text), "text": "Hello!"}
    statuses = at_once(*[lambda: susan.post(NEW, data=data).status_code] * 8)
    assert statuses == {303}
    with app.app_context():
        assert db.session.scalar(select(func.count(Message.id))) == 1


def test_one_message_of_many_who_act_on_it_is_whole(app: Flask) -> None:
    add_account(app, "susan")
    for name in ("anna", "john"):
        add_account(app, name, role="Moderator")
    with app.app_context():
        messages.post(user_of(app, "susan"), "Hello!")

    def act(name: str, deed: str) -> Deed:
        def do() -> int:
            with app.app_context():
                user, message = user_of(app, name), db.session.get_one(Message, 1)
                try:
                    match deed:
                        case "hide":
                            messages.hide(message, f"{name}'s reason", user)
                        case "reply":
                            messages.post(user, f"{name} replies", reply_to=message)
                        case "edit":
                            messages.edit(user, message, "Hello again")
                except RefusedError:
                    return 409
                return 200

        return do

    deeds = [("anna", "hide"), ("john", "hide"), ("susan", "reply"), ("anna", "reply")]
    statuses = at_once(*(act(*deed) for deed in [*deeds, ("susan", "edit"), *deeds]))
    assert statuses <= {200, 409}
    with app.app_context():
        message = db.session.get_one(Message, 1)
        assert message.hidden_by
        assert message.hidden_reason == f"{message.hidden_by.username}'s reason"
        assert db.session.scalar(select(func.count(Message.id))) == 3
        hidden = select(func.count()).where(AuditEvent.action == Action.MESSAGE_HIDDEN)
        assert db.session.scalar(hidden) == 1
