"""What happens to messages from two sides at once."""

from flask import Flask
from sqlalchemy import func, select

from app import db
from app.board import messages, moderation
from app.board.messages import RefusedError
from app.board.models import Message, ModerationEvent, Notification, Report
from app.models import Action, AuditEvent, OutgoingMail
from tests.auth.people import PASSWORD, add_account, submit
from tests.auth.races import Deed, at_once
from tests.board.conftest import make_members_old
from tests.board.people import NEW, user_of
from tests.clients import CheckingClient
from tests.conftest import visitor
from tests.pages import form_token

CROWD = 64


def gather(app: Flask, number: int, *, role: str = "User") -> list[CheckingClient]:
    """Return the browsers of many people, each at an address of their own."""
    people = []
    for place in range(number):
        name, client = f"{role}{place}".lower(), visitor(app)
        add_account(app, name, role=role)
        client.environ_base["REMOTE_ADDR"] = f"10.{len(role)}.0.{place}"
        assert submit(client, "/auth/login", login=name, password=PASSWORD).status_code == 303
        people.append(client)
    return people


def sending(client: CheckingClient, path: str, **fields: str) -> Deed:
    """Return what sends a form that somebody has open."""
    data = {"csrf_token": form_token(client.get("/auth/settings").text), **fields}
    return lambda: client.post(path, data=data).status_code


def replying(client: CheckingClient) -> Deed:
    return sending(client, f"{NEW}?reply_to=1", text="I think so, too")


def reporting(client: CheckingClient) -> Deed:
    return sending(client, "/board/1/report", reason="Rude")


def count(app: Flask, *, of: type, **values: object) -> int:
    """Return how many rows there are."""
    with app.app_context():
        rows = select(func.count()).select_from(of).filter_by(**values)
        return db.session.scalars(rows).one()


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
                            moderation.hide(message, f"{name}'s reason", user)
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


def test_a_crowd_that_replies_and_reports_is_counted_right(
    app: Flask, susan: CheckingClient
) -> None:
    submit(susan, NEW, text="Hello!")
    crowd = gather(app, CROWD)
    replies, reports = [replying(one) for one in crowd], [reporting(one) for one in crowd]
    assert at_once(*replies, *reports, *reports[:16]) == {303}  # some press the button twice
    assert count(app, of=Report, message_id=1, text="Hello!", settled_at=None) == CROWD
    assert count(app, of=Message, reply_to_id=1) == CROWD


def test_a_message_that_moderators_hide_while_a_crowd_acts_on_it_is_hidden_once(
    app: Flask, susan: CheckingClient
) -> None:
    submit(susan, NEW, text="Hello!")
    crowd, moderators = gather(app, CROWD), gather(app, 8, role="Moderator")
    deeds = [deed for one in crowd for deed in (replying(one), reporting(one))]
    hiding = [sending(one, "/board/1/hide", reason="Rude") for one in moderators]
    # Who comes too late does not find it, or is told that it cannot be reported.
    assert at_once(*deeds[:64], *hiding, *deeds[64:]) <= {303, 404}
    assert count(app, of=Report, settled_at=None) == 0
    assert count(app, of=Report) == count(app, of=Report, text="") <= CROWD
    assert count(app, of=Message, reply_to_id=1) <= CROWD
    assert count(app, of=ModerationEvent, action="hidden", message_id=1) == 1
    assert count(app, of=AuditEvent, action=Action.MESSAGE_HIDDEN) == 1
    assert count(app, of=Notification, kind="hidden") == 1
    assert count(app, of=OutgoingMail, template="board/mail/hidden") == 1


def test_a_crowd_of_moderators_decides_once(app: Flask, susan: CheckingClient) -> None:
    submit(susan, NEW, text="Hello!")
    moderators = gather(app, 16, role="Moderator")
    reporting(moderators[0])()
    dismissing = [sending(one, "/board/1/dismiss", reason="Fine") for one in moderators]
    assert at_once(*dismissing) == {303}
    assert count(app, of=ModerationEvent, action="reports dismissed") == 1
    submit(moderators[0], "/board/1/hide", reason="Rude")
    assert at_once(*[sending(susan, "/board/1/appeal", reason="It was a joke")] * 8) == {303}
    decisions = [
        sending(one, f"/board/1/{deed}", reason="Rude")
        for one in moderators
        for deed in ("reject", "show")
    ]
    assert at_once(*decisions) == {303}
    assert count(app, of=ModerationEvent, action="shown") == 1
    assert count(app, of=ModerationEvent, action="appeal rejected") <= 1
    assert count(app, of=Notification, kind="shown") == 1
