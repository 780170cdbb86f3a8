"""What the author of a hidden message is told, and may answer."""

import pytest
from flask import Flask
from sqlalchemy import select

from app import db
from app.accounts import deletion
from app.board import moderation
from app.board.models import Appeal, Message, Notification
from app.models import OutgoingMail, User
from tests.auth.people import submit
from tests.board.conftest import make_members_old
from tests.board.moderators import QUEUE, REASON, cards, hide, join, log_of, press_show, told
from tests.board.people import disable, texts_on, user_of, write
from tests.clients import CheckingClient
from tests.conftest import visitor
from tests.mail.inbox import Inbox, text_of
from tests.mail.outbox import run
from tests.pages import form_token, heading, links, shown

Members = dict[str, CheckingClient]
ANSWER = "It was a joke."


def appeal(client: CheckingClient, address: str) -> None:
    answer = submit(client, f"{address}/appeal", reason=ANSWER)
    assert answer.location == address


def recipients(app: Flask) -> list[tuple[str, str]]:
    with app.app_context():
        mails = select(OutgoingMail).filter_by(template="board/mail/hidden")
        return [(mail.recipient, mail.locale) for mail in db.session.scalars(mails)]


def test_the_author_is_mailed_at_once_and_notified(
    app: Flask, susan: CheckingClient, anna: CheckingClient, inbox: Inbox
) -> None:
    address = write(susan, "You fool!")
    hide(anna, address)
    assert told(app, "susan") == ["hidden"]
    run(app, "send")
    [mail] = inbox.mails
    assert mail["To"] == "susan@example.com"
    assert mail["Subject"] == "[Flasky] Your message was hidden"
    assert REASON in text_of(mail)
    assert f"http://127.0.0.1:5000{address}" in text_of(mail)
    assert "You fool!" not in mail.as_string()
    with app.app_context():  # the mail that gathers notifications leaves this one out
        assert db.session.scalars(select(Notification)).one().mailed_at


def test_the_mail_is_in_the_authors_language(sqlite_app: Flask, members: Members) -> None:
    first, second = write(members["susan"], "One"), write(members["susan"], "Two")
    chinese = {"Accept-Language": "zh-CN"}
    token = form_token(members["anna"].get(f"{first}/hide").text)
    data = {"csrf_token": token, "reason": REASON}
    members["anna"].post(f"{first}/hide", data=data, headers=chinese)
    with sqlite_app.app_context():
        user_of(sqlite_app, "susan").locale = "zh_Hans"
        db.session.commit()
    hide(members["anna"], second)
    mail = "susan@example.com"
    assert recipients(sqlite_app) == [(mail, "en"), (mail, "zh_Hans")]


def test_who_cannot_read_a_mail_gets_none(sqlite_app: Flask, members: Members) -> None:
    own = write(members["david"], "My own")
    with sqlite_app.app_context():
        without_address = User(username="bob")
        messages = [Message(author=without_address, text="Hello"), Message(author=None, text="Hi")]
        db.session.add_all(messages)
        db.session.commit()
        addresses = [f"/board/{message.id}" for message in messages]
    for address in (own, *addresses):
        hide(members["david"], address)
    assert told(sqlite_app, "david") == []
    assert told(sqlite_app, "bob") == ["hidden"]
    assert recipients(sqlite_app) == []


def test_whose_account_is_disabled_is_not_mailed(app: Flask) -> None:
    for name, role in (("susan", "User"), ("anna", "Moderator")):
        join(app, name, role=role)
    disable(app, "susan")
    with app.app_context():
        message = Message(author=user_of(app, "susan"), text="Buy my pills")
        db.session.add(message)
        db.session.commit()
        moderation.hide(message, REASON, user_of(app, "anna"))
        assert message.hidden_at
    assert recipients(app) == []


def test_the_author_answers_and_the_message_is_shown_again(
    app: Flask, susan: CheckingClient, anna: CheckingClient
) -> None:
    address = write(susan, "You fool!")
    hide(anna, address)
    assert f"{address}/appeal" in links(susan.get(address).text)
    appeal(susan, address)
    page = shown(susan.get(address).text)
    assert "Your appeal is with the moderators." in page
    assert ANSWER in page
    assert "A moderator will review your appeal." in page
    assert f"{address}/appeal" not in links(susan.get(address).text)
    assert "Reports and appeals (1)" in shown(anna.get("/board/").text)
    [card] = cards(anna.get(QUEUE))
    assert "You fool!" in card
    assert "susan appealed" in card
    assert ANSWER in card
    assert ANSWER in shown(anna.get(address).text)
    assert press_show(anna, address) == 303
    assert texts_on(visitor(app).get("/board/")) == ["You fool!"]
    assert cards(anna.get(QUEUE)) == []
    assert ANSWER not in susan.get(address).text
    assert told(app, "susan") == ["shown", "hidden"]
    assert len(recipients(app)) == 1  # nothing is left to do


def test_an_appeal_is_rejected_for_a_reason_that_the_author_reads(
    app: Flask, susan: CheckingClient, anna: CheckingClient
) -> None:
    address = write(susan, "You fool!")
    hide(anna, address)
    appeal(susan, address)
    reject = f"{address}/reject"
    assert reject in links(anna.get(QUEUE).text)
    assert reject in links(anna.get(address).text)
    assert submit(anna, reject, reason=" ").status_code == 422
    assert submit(anna, reject, reason="Not funny").location == QUEUE
    assert "The appeal is rejected." in shown(anna.get(QUEUE).text)
    page = shown(susan.get(address).text)
    assert "anna rejected the appeal" in page
    assert "Not funny" in page
    assert log_of(app) == [("hidden", REASON), ("appeal rejected", "Not funny")]
    assert told(app, "susan") == ["appeal rejected", "hidden"]
    refused = susan.get(f"{address}/appeal", follow_redirects=True)
    assert "You have already appealed." in shown(refused.text)
    late = anna.get(reject, follow_redirects=True)
    assert "There is nothing left to decide about this message." in shown(late.text)


def test_after_another_hiding_the_author_answers_again(
    app: Flask, susan: CheckingClient, anna: CheckingClient
) -> None:
    address = write(susan, "You fool!")
    for _ in range(2):
        hide(anna, address)
        appeal(susan, address)
        assert "A moderator will review your appeal." in shown(susan.get(address).text)
        assert submit(anna, f"{address}/reject", reason="Not funny").location == QUEUE
        press_show(anna, address)
    assert sorted(told(app, "susan")) == ["appeal rejected", "hidden", "shown"]
    with app.app_context():
        assert db.session.scalars(select(Appeal)).all() == []
    assert len(recipients(app)) == 2


def test_nobody_but_the_author_answers_and_only_while_it_is_hidden(members: Members) -> None:
    susan, anna = members["susan"], members["anna"]
    address = write(susan, "You fool!")
    page = susan.get(f"{address}/appeal", follow_redirects=True)
    assert "This message is not hidden." in shown(page.text)
    hide(anna, address)
    for name in ("anna", "david"):
        assert members[name].get(f"{address}/appeal").status_code == 403
    token = form_token(susan.get(f"{address}/appeal").text)
    press_show(anna, address)
    data = {"csrf_token": token, "reason": ANSWER}
    late = susan.post(f"{address}/appeal", data=data, follow_redirects=True)
    assert "This message is not hidden." in shown(late.text)
    assert susan.get("/board/99/appeal").status_code == 404


@pytest.mark.parametrize("text", ["", " ", "x" * 501])
def test_an_appeal_says_something_short(members: Members, text: str) -> None:
    address = write(members["susan"], "You fool!")
    hide(members["anna"], address)
    answer = submit(members["susan"], f"{address}/appeal", reason=text)
    assert answer.status_code == 422
    assert heading(answer.text) == "Appeal"


def test_a_moderator_does_not_decide_about_an_own_message(
    sqlite_app: Flask, members: Members
) -> None:
    anna = members["anna"]
    address = write(anna, "You fool!")
    hide(join(sqlite_app, "bob", role="Moderator"), address)
    appeal(anna, address)
    assert cards(anna.get(QUEUE)) == []
    assert "Show again" not in shown(anna.get(address).text)
    assert press_show(anna, address) == 303
    refused = "Another moderator has to decide about your message."
    assert refused in shown(anna.get(address).text)
    assert visitor(sqlite_app).get(address).status_code == 404
    assert len(cards(members["david"].get(QUEUE))) == 1


def test_the_only_administrator_decides_about_an_own_message(members: Members) -> None:
    address = write(members["david"], "You fool!")
    hide(members["david"], address)
    appeal(members["david"], address)
    assert press_show(members["david"], address) == 303
    assert texts_on(members["susan"].get("/board/")) == ["You fool!"]


def test_an_appeal_about_a_message_that_its_author_deletes_waits_no_more(members: Members) -> None:
    address = write(members["susan"], "You fool!")
    hide(members["anna"], address)
    appeal(members["susan"], address)
    submit(members["susan"], f"{address}/delete")
    assert cards(members["anna"].get(QUEUE)) == []
    assert "Reports and appeals (" not in shown(members["anna"].get("/board/").text)


@pytest.mark.parametrize("gone", ["susan", "anna"])
def test_pages_work_on_without_author_or_moderator(
    app: Flask, susan: CheckingClient, anna: CheckingClient, david: CheckingClient, gone: str
) -> None:
    make_members_old(app)
    open_one, rejected = write(susan, "You fool!"), write(susan, "You idiot!")
    for address in (open_one, rejected):
        hide(anna, address)
        appeal(susan, address)
    submit(anna, f"{rejected}/reject", reason="Not funny")
    with app.app_context():
        deletion.delete(user_of(app, gone))
    for path in (QUEUE, "/board/hidden", "/board/moderation", open_one, rejected):
        assert david.get(path).status_code == 200, path
    nameless = {"susan": [QUEUE, open_one], "anna": ["/board/moderation", rejected]}
    for path in nameless[gone]:
        assert "A former user" in shown(david.get(path).text), path
    assert submit(david, f"{open_one}/reject", reason="Not funny either").location == QUEUE
    assert press_show(david, rejected) == 303
    if gone == "anna":
        assert told(app, "susan")[:2] == ["shown", "appeal rejected"]
