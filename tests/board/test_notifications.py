"""Notifications: who is told of what, and what becomes of it."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import event, func, select, update

from app import db
from app.board import messages, moderation
from app.board.models import Message, Notification, NotificationKind
from app.board.notifications import notify
from app.models import User
from app.retry import retry
from tests.auth.people import add_account, log_in
from tests.auth.races import Deed, at_once
from tests.board.conftest import make_members_old
from tests.board.people import disable, texts_on, user_of, write
from tests.clients import CheckingClient
from tests.conftest import visitor
from tests.mail.test_retention import clean
from tests.pages import find, form_token, shown, text_of

Members = dict[str, CheckingClient]
LIST = "/board/notifications"


@pytest.fixture
def people(app: Flask) -> Flask:
    for name in ("susan", "anna", "john"):
        add_account(app, name)
    make_members_old(app)
    return app


def told(app: Flask) -> list[tuple[str, int, str]]:
    """Return who is told of which message, and why."""
    with app.app_context():
        found = db.session.scalars(select(Notification).order_by(Notification.id))
        return [(each.user.username, each.message_id, each.kind) for each in found]


def headings(client: CheckingClient) -> list[str]:
    """Return what somebody is told, in sentences."""
    return [text_of(heading) for heading in find(client.get(LIST).text, ".//main").iter("h2")]


def navigation(client: CheckingClient, path: str = "/user/susan") -> str:
    """Return what stands in the navigation of a page."""
    return text_of(find(client.get(path).text, ".//header//nav"))


def test_replies_and_mentions_are_told(people: Flask) -> None:
    with people.app_context():
        susan, anna = user_of(people, "susan"), user_of(people, "anna")
        first = messages.post(susan, "Hello @anna, @ANNA, @susan and @nobody")
        messages.post(anna, "Hello @susan and @john", reply_to=first)
        messages.post(susan, "My own", reply_to=first)
    assert told(people) == [("anna", 1, "mention"), ("susan", 2, "reply"), ("john", 2, "mention")]


def test_a_text_that_is_edited_tells_those_who_are_new_in_it(people: Flask) -> None:
    with people.app_context():
        susan = user_of(people, "susan")
        message = messages.post(susan, "Hello @anna")
        db.session.execute(update(Notification).values(read_at=datetime.now(UTC)))
        db.session.commit()
        for text in ("Hello @anna and @john", "Hello @john", "Hello @anna"):
            messages.edit(susan, message, text)
        unread_names = select(User.username).join(Notification, Notification.user_id == User.id)
        names = db.session.scalars(unread_names.where(Notification.read_at.is_(None))).all()
        assert names == ["john"]
    assert told(people) == [("anna", 1, "mention"), ("john", 1, "mention")]


def test_the_same_text_again_tells_nobody_again(people: Flask) -> None:
    with people.app_context():
        for _ in range(3):
            messages.post(user_of(people, "susan"), "Hello @anna")
    assert told(people) == [("anna", 1, "mention")]


def test_who_cannot_log_in_is_not_told(people: Flask) -> None:
    with people.app_context():
        messages.post(user_of(people, "anna"), "Hello")
        db.session.add(User(username="visitor"))
        db.session.commit()
    disable(people, "anna")
    with people.app_context():
        messages.post(user_of(people, "susan"), "Hello @anna @visitor", db.session.get(Message, 1))
    assert told(people) == []


def test_nobody_is_told_of_a_message_that_was_not_written(people: Flask) -> None:
    with people.app_context():
        message = messages.post(user_of(people, "susan"), "Hello")
        notify(None, message, NotificationKind.HIDDEN)
        notify(user_of(people, "anna"), message, NotificationKind.MENTION)
        db.session.rollback()
    assert told(people) == []


def test_who_is_told_anew_has_one_that_is_unread(people: Flask) -> None:
    with people.app_context():
        susan = user_of(people, "susan")
        message = messages.post(susan, "Hello")
        for _ in range(2):
            notify(susan, message, NotificationKind.HIDDEN)
            db.session.commit()
            db.session.execute(update(Notification).values(read_at=datetime.now(UTC)))
        notify(susan, message, NotificationKind.SHOWN)
        notify(susan, message, NotificationKind.HIDDEN)
        db.session.commit()
        found = db.session.scalars(select(Notification).order_by(Notification.id)).all()
        assert [each.kind for each in found] == ["shown", "hidden"]
        assert [each.read_at for each in found] == [None, None]
        assert all(each.mailed_at for each in found)


def test_many_tell_of_one_message_at_once(people: Flask) -> None:
    with people.app_context():
        messages.post(user_of(people, "susan"), "Hello")

    def tell() -> int:
        with people.app_context():
            retry(mention_anna)
            return 200

    def mention_anna() -> None:
        anna = user_of(people, "anna")
        message = db.session.get_one(Message, 1)
        messages.hold(message)
        notify(anna, message, NotificationKind.MENTION)
        db.session.commit()

    deeds: list[Deed] = [tell] * 16
    assert at_once(*deeds) == {200}
    assert told(people) == [("anna", 1, "mention")]


def test_the_list_says_what_happened(people: Flask) -> None:
    susan = log_in(people, "susan")
    assert "No notifications yet" in shown(susan.get(LIST).text)
    assert "Notifications" not in navigation(susan)
    with people.app_context():
        first = messages.post(user_of(people, "susan"), "Hello")
        messages.post(user_of(people, "anna"), "A reply", reply_to=first)
        messages.post(user_of(people, "john"), "Hello @susan")
        for kind in (NotificationKind.HIDDEN, *NotificationKind):
            if kind not in {"reply", "mention"}:
                notify(user_of(people, "susan"), first, kind)
        db.session.commit()
    assert headings(susan) == [
        "A moderator rejected your appeal: your message stays hidden new",
        "A moderator made your message visible again new",
        "A moderator hid your message new",
        "john mentioned you new",
        "anna replied to your message new",
    ]
    assert texts_on(susan.get(LIST))[3:] == ["Hello @susan", "A reply"]
    assert "Notifications 5(5 unread)" in navigation(susan)


def test_a_notification_is_read_with_its_message_or_with_all(people: Flask) -> None:
    susan, anna = log_in(people, "susan"), log_in(people, "anna")
    for number in range(3):
        write(anna, f"{number} @susan")
    anna.get("/board/1")
    visitor(people).get("/board/1")
    assert "Notifications 3" in navigation(susan)
    susan.get("/board/2")
    assert [heading.endswith("new") for heading in headings(susan)] == [True, False, True]
    assert "Notifications 2" in navigation(susan)
    token = form_token(susan.get(LIST).text)
    answer = susan.post(f"{LIST}/read", data={"csrf_token": token}, follow_redirects=True)
    assert "All notifications are marked as read." in shown(answer.text)
    assert headings(susan) == ["anna mentioned you"] * 3
    assert "Notifications" not in navigation(susan)


def test_what_one_may_not_see_is_not_told(people: Flask) -> None:
    add_account(people, "david", role="Administrator")
    with people.app_context():
        for number, name in enumerate(("john", "anna", "anna", "anna"), start=1):
            messages.post(user_of(people, name), f"{number} @susan")
        david = user_of(people, "david")
        moderation.hide(db.session.get_one(Message, 2), "Why", david)
        messages.delete(user_of(people, "anna"), db.session.get_one(Message, 3))
    disable(people, "john")
    susan = log_in(people, "susan")
    assert texts_on(susan.get(LIST)) == ["4 @susan"]
    assert "Notifications 1" in navigation(susan)


def test_the_author_sees_that_a_message_is_hidden(sqlite_app: Flask, members: Members) -> None:
    write(members["susan"], "Hello")
    with sqlite_app.app_context():
        message = db.session.get_one(Message, 1)
        moderation.hide(message, "Please stay friendly.", user_of(sqlite_app, "anna"))
        notify(message.author, message, NotificationKind.HIDDEN)
        db.session.commit()
    page = shown(members["susan"].get(LIST).text)
    assert "A moderator hid your message" in page
    assert "Please stay friendly." in page


def test_more_than_99_are_not_counted(sqlite_app: Flask, members: Members) -> None:
    with sqlite_app.app_context():
        susan = user_of(sqlite_app, "susan")
        for _ in range(101):
            message = Message(text="Hello")
            db.session.add(message)
            db.session.flush()
            notify(susan, message, NotificationKind.MENTION)
        db.session.commit()
    assert "Notifications 99+(more than 99 unread)" in navigation(members["susan"])
    first = members["susan"].get(LIST)
    assert len(texts_on(first)) == 25
    assert len(texts_on(members["susan"].get(f"{LIST}?after=77"))) == 25


def test_the_numbers_cost_one_query_and_nobody_else_pays(
    sqlite_app: Flask, members: Members
) -> None:
    statements: list[str] = []

    def ask(client: CheckingClient, path: str) -> list[str]:
        statements.clear()
        client.get(path)
        return [statement for statement in statements if "notifications" in statement]

    with sqlite_app.app_context():
        event.listen(db.engine, "before_cursor_execute", lambda *call: statements.append(call[2]))
    assert len(ask(members["susan"], "/auth/settings")) == 1
    assert len(ask(members["susan"], "/board/")) == 1
    for path in ("/nowhere", "/board/7", "/health", "/static/icon.svg"):
        assert ask(members["susan"], path) == []
    for path in ("/", "/board/", "/auth/login"):
        assert ask(visitor(sqlite_app), path) == []


def test_what_was_read_long_ago_is_deleted(app: Flask, susan: CheckingClient) -> None:
    add_account(app, "anna")
    for number in range(3):
        write(susan, f"{number} @anna")
    with app.app_context():
        for number, days in enumerate((91, 89), start=1):
            read = datetime.now(UTC) - timedelta(days=days)
            which = update(Notification).where(Notification.message_id == number)
            db.session.execute(which.values(read_at=read))
        db.session.commit()
    clean(app)
    with app.app_context():
        left = select(Notification.message_id).order_by(Notification.message_id)
        assert db.session.scalars(left).all() == [2, 3]
        assert db.session.scalar(select(func.count(Message.id))) == 3


def test_a_page_is_shown_though_nothing_can_be_noted(sqlite_app: Flask, members: Members) -> None:
    write(members["anna"], "Hello @susan")
    with sqlite_app.app_context():
        db.session.connection().exec_driver_sql("PRAGMA query_only = ON")
    assert texts_on(members["susan"].get("/board/1")) == ["Hello @susan"]
    assert texts_on(members["susan"].get("/board/")) == ["Hello @susan"]
