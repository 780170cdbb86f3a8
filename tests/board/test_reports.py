"""Reporting messages, and what moderators do about reports."""

import pytest
from flask import Flask
from sqlalchemy import event, select

from app import db
from app.accounts import administration, deletion
from app.board import moderation, reports
from app.board.messages import RefusedError
from app.board.models import Message, Report
from app.models import Action, AuditEvent
from app.web.paging import ROWS_ON_A_PAGE
from tests.auth.people import submit
from tests.board.conftest import make_members_old
from tests.board.moderators import QUEUE, REASON, cards, hide, join, log_of, report
from tests.board.moderators import reports as kept_reports
from tests.board.people import disable, make_older, user_of, write
from tests.clients import CheckingClient
from tests.conftest import visitor
from tests.pages import find, form_token, heading, links, rows, shown

Members = dict[str, CheckingClient]


def test_a_reported_message_waits_for_moderators(
    app: Flask, susan: CheckingClient, anna: CheckingClient
) -> None:
    address = write(susan, "You fool!")
    john = join(app, "john")
    assert f"{address}/report" in links(john.get(address).text)
    answer = submit(john, f"{address}/report", reason="Rude\r\nand wrong")
    assert answer.location == address
    assert "Thank you. A moderator will look at the message." in shown(john.get(address).text)
    [card] = cards(anna.get(QUEUE))
    assert "You fool!" in card
    assert "john reported this" in card
    assert "Rude and wrong" in card
    assert "When it was reported, it said" not in card
    assert "Reports and appeals (1)" in shown(anna.get("/board/").text)
    assert "Reports and appeals" not in shown(susan.get("/board/").text)


def test_hiding_settles_the_reports_and_their_texts_are_not_kept(
    app: Flask, susan: CheckingClient, anna: CheckingClient
) -> None:
    address = write(susan, "You fool!")
    for name in ("john", "bob"):
        report(join(app, name), address)
    assert kept_reports(app) == [("Rude", "You fool!", False)] * 2
    assert f"{address}/hide" in links(anna.get(QUEUE).text)
    hide(anna, address)
    assert kept_reports(app) == [("Rude", "", True)] * 2
    page = shown(anna.get(QUEUE).text)
    assert "Nothing is waiting for you." in page
    assert "Reports and appeals (" not in shown(anna.get("/board/").text)


def test_dismissing_settles_them_and_leaves_the_message(
    app: Flask, susan: CheckingClient, anna: CheckingClient, david: CheckingClient
) -> None:
    address = write(susan, "I disagree")
    report(join(app, "john"), address)
    dismiss = f"{address}/dismiss"
    assert dismiss in links(anna.get(QUEUE).text)
    assert "john reported this" in cards(anna.get(dismiss))[0]
    assert submit(anna, dismiss, reason="").location == QUEUE
    page = shown(anna.get(QUEUE).text)
    assert "The reports are dismissed." in page
    assert kept_reports(app) == [("Rude", "", True)]
    assert log_of(app) == [("reports dismissed", "")]
    assert visitor(app).get(address).status_code == 200
    with app.app_context():
        audited = select(AuditEvent).filter_by(action=Action.REPORTS_DISMISSED)
        found = db.session.scalars(audited).one()
        assert (found.actor, found.subject, found.detail) == ("anna", "susan", "1")
    assert rows(david.get("/admin/log?action=reports+dismissed").text)[0][:3] == [
        "reports dismissed 1",
        "susan",
        "anna",
    ]


def test_a_second_report_of_one_person_changes_nothing(sqlite_app: Flask, members: Members) -> None:
    address = write(members["david"], "Hello")
    susan = members["susan"]
    token = form_token(susan.get(f"{address}/report").text)
    report(susan, address, "First")
    told = "You have already reported this message."
    assert told in shown(susan.get(f"{address}/report", follow_redirects=True).text)
    data = {"csrf_token": token, "reason": "Second"}
    again = susan.post(f"{address}/report", data=data, follow_redirects=True)
    assert told in shown(again.text)
    assert kept_reports(sqlite_app) == [("First", "Hello", False)]


def test_who_reported_before_it_was_dismissed_does_not_report_again(members: Members) -> None:
    address = write(members["david"], "Hello")
    report(members["susan"], address)
    submit(members["david"], f"{address}/dismiss", reason="Nothing wrong")
    page = members["susan"].get(f"{address}/report", follow_redirects=True)
    assert "You have already reported this message." in shown(page.text)


def test_nobody_reports_their_own_message(sqlite_app: Flask, members: Members) -> None:
    address = write(members["susan"], "Mine")
    assert f"{address}/report" not in links(members["susan"].get(address).text)
    page = members["susan"].get(f"{address}/report", follow_redirects=True)
    assert "This message cannot be reported." in shown(page.text)
    token = form_token(members["susan"].get("/board/").text)
    data = {"csrf_token": token, "reason": "Me!"}
    assert members["susan"].post(f"{address}/report", data=data).location == address
    assert kept_reports(sqlite_app) == []


def test_what_nobody_sees_is_not_reported(sqlite_app: Flask, members: Members) -> None:
    address = write(members["susan"], "You fool!")
    hide(members["david"], address)
    assert join(sqlite_app, "john").get(f"{address}/report").status_code == 404
    page = members["anna"].get(f"{address}/report", follow_redirects=True)
    assert "This message cannot be reported." in shown(page.text)
    submit(members["susan"], f"{address}/delete")
    assert members["anna"].get(f"{address}/report").status_code == 410
    assert members["anna"].get("/board/99/report").status_code == 404


def test_a_stranger_logs_in_to_report(sqlite_app: Flask, members: Members) -> None:
    address = write(members["susan"], "Hello")
    answer = visitor(sqlite_app).get(f"{address}/report")
    assert answer.location == f"/auth/login?next={address}/report"
    assert f"{address}/report" not in visitor(sqlite_app).get(address).text


def test_who_may_not_write_may_report(app: Flask, susan: CheckingClient) -> None:
    address = write(susan, "You fool!")
    john = join(app, "john")
    with app.app_context():
        role = user_of(app, "john").role
        assert role
        role.reset_permissions()
        db.session.commit()
    report(john, address)


@pytest.mark.parametrize("reason", ["", " \n", "x" * 501, "x" * 3000])
def test_a_report_says_why(members: Members, reason: str) -> None:
    address = write(members["david"], "Hello")
    answer = submit(members["susan"], f"{address}/report", reason=reason)
    assert answer.status_code == 422
    assert reason.strip() in answer.text
    assert heading(answer.text) == "Report message"


def test_hostile_reasons_are_kept_harmless(
    app: Flask, susan: CheckingClient, anna: CheckingClient
) -> None:
    address = write(susan, "Hello")
    reasons = ["<script>alert(1)</script>", "nul \0 byte", "\ud800", "🙂" * 500, "ه" * 500, "a  "]
    for number, reason in enumerate(reasons):
        sent = reason.encode("utf-8", "surrogatepass")
        report(join(app, f"john{number}"), address, sent)  # type: ignore[arg-type]
    page = anna.get(QUEUE)
    assert page.status_code == 200
    assert "<script>alert" not in page.text
    kept = [reason for reason, *_ in kept_reports(app)]
    assert [kept[0], *kept[3:]] == [reasons[0], *reasons[3:5], "a"]
    assert submit(anna, f"{address}/dismiss", reason=reasons[3]).location == QUEUE


def test_moderators_see_the_text_as_it_was(
    app: Flask, susan: CheckingClient, anna: CheckingClient
) -> None:
    make_members_old(app)
    edited, deleted = write(susan, "You fool!"), write(susan, "You idiot!")
    john = join(app, "john")
    report(john, edited)
    report(john, deleted)
    submit(susan, f"{edited}/edit", text="You genius!")
    submit(susan, f"{deleted}/delete")
    report(join(app, "bob"), edited)
    first, second = cards(anna.get(QUEUE))
    assert "You genius!" in first
    assert first.count("When it was reported, it said: You fool!") == 1
    assert "john reported this" in first
    assert "bob reported this" in first
    assert "deleted When it was reported, it said: You idiot!" in second
    assert f"{deleted}/hide" not in links(anna.get(QUEUE).text)
    assert submit(anna, f"{deleted}/dismiss", reason="It is gone").location == QUEUE
    assert len(cards(anna.get(QUEUE))) == 1


def test_the_oldest_waits_first_and_pages_lead_on(sqlite_app: Flask, members: Members) -> None:
    with sqlite_app.app_context():
        susan, david = user_of(sqlite_app, "susan"), user_of(sqlite_app, "david")
        for number in range(1, ROWS_ON_A_PAGE + 3):
            message = Message(author=susan, text=f"number {number}.")
            db.session.add(Report(message=message, reporter=david, reason="Rude", text=""))
        db.session.commit()
    page = members["anna"].get(QUEUE)
    assert [f"number {n}." in card for n, card in enumerate(cards(page), 1)] == [True] * 25
    following = find(page.text, ".//a[@rel='next']").get("href") or ""
    assert ["number 26." in cards(members["anna"].get(following))[0]] == [True]
    assert len(cards(members["anna"].get(following))) == 2


def test_many_reports_of_one_message_are_counted_and_not_all_listed(
    sqlite_app: Flask, members: Members
) -> None:
    with sqlite_app.app_context():
        message = Message(author=user_of(sqlite_app, "susan"), text="Hello")
        for number in range(64):
            db.session.add(Report(message=message, reason=f"reason {number}.", text="Hello"))
        db.session.commit()
    [card] = cards(members["anna"].get(QUEUE))
    assert [f"reason {number}." in card for number in (0, 9, 10)] == [True, True, False]
    assert "And 54 more reports" in card


def test_a_page_of_reports_asks_the_database_as_often_as_a_single_one(
    sqlite_app: Flask, members: Members
) -> None:
    asked: list[str] = []
    with sqlite_app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", lambda *args: asked.append(args[2]))

    def count() -> int:
        asked.clear()
        assert members["anna"].get(QUEUE).status_code == 200
        return len(asked)

    def report_many(number: int) -> None:
        with sqlite_app.app_context():
            susan, david = user_of(sqlite_app, "susan"), user_of(sqlite_app, "david")
            for _ in range(number):
                message = Message(author=susan, text="Hello")
                db.session.add(Report(message=message, reporter=david, reason="", text="x"))
            db.session.commit()

    report_many(1)
    alone = count()
    report_many(20)
    assert count() == alone


def test_more_than_a_hundred_that_wait_are_not_counted(sqlite_app: Flask, members: Members) -> None:
    with sqlite_app.app_context():
        susan = user_of(sqlite_app, "susan")
        for _ in range(110):
            db.session.add(Report(message=Message(author=susan, text="x"), reason="", text=""))
        db.session.commit()
    assert "Reports and appeals (99+)" in shown(members["anna"].get("/board/").text)


def test_moderators_decide_neither_about_themselves_nor_administrators(
    sqlite_app: Flask, members: Members
) -> None:
    anna, david = members["anna"], members["david"]
    own, rule = write(anna, "Mine"), write(david, "I rule")
    john = join(sqlite_app, "john")
    report(john, own, "secret reason")
    report(john, rule)
    assert cards(anna.get(QUEUE)) == []
    assert "Reports and appeals (" not in shown(anna.get("/board/").text)
    for address in (own, rule):
        page = anna.get(f"{address}/dismiss", follow_redirects=True)
        assert "There is nothing left to decide about this message." in shown(page.text)
        token = form_token(anna.get("/board/").text)
        data = {"csrf_token": token, "reason": ""}
        assert anna.post(f"{address}/dismiss", data=data).location == QUEUE
    refused = "Another moderator has to decide about your message."
    assert refused in shown(anna.get(f"{own}/hide", follow_redirects=True).text)
    assert f"{own}/hide" not in anna.get(own).text
    assert [settled for *_, settled in kept_reports(sqlite_app)] == [False, False]
    assert len(cards(join(sqlite_app, "bob", role="Moderator").get(QUEUE))) == 1
    assert len(cards(david.get(QUEUE))) == 2
    assert submit(david, f"{rule}/dismiss", reason="I am fine").location == QUEUE


def test_the_rules_hold_in_the_shell_as_well(app: Flask) -> None:
    for name, role in (("susan", "User"), ("anna", "Moderator"), ("david", "Administrator")):
        join(app, name, role=role)
    with app.app_context():
        susan, anna, david = (user_of(app, name) for name in ("susan", "anna", "david"))
        message = Message(author=anna, text="Mine")
        db.session.add(message)
        db.session.commit()
        reports.report(susan, message, "Rude")
        for user in (anna, susan):
            with pytest.raises(RefusedError):
                moderation.dismiss_reports(message, "", user)
        with pytest.raises(RefusedError):
            reports.report(susan, message, "Again")
        moderation.dismiss_reports(message, "", david)
        with pytest.raises(moderation.DecidedError):
            moderation.dismiss_reports(message, "", david)


def test_what_a_moderator_has_decided_is_told_the_next(members: Members) -> None:
    address = write(members["susan"], "Hello")
    report(members["david"], address)
    token = form_token(members["anna"].get(f"{address}/dismiss").text)
    submit(members["david"], f"{address}/dismiss", reason=REASON)
    data = {"csrf_token": token, "reason": "Another"}
    late = members["anna"].post(f"{address}/dismiss", data=data, follow_redirects=True)
    assert "There is nothing left to decide about this message." in shown(late.text)


def test_reports_of_a_disabled_author_are_back_with_the_account(
    sqlite_app: Flask, members: Members
) -> None:
    address = write(members["susan"], "Buy my pills")
    report(members["david"], address)
    disable(sqlite_app, "susan")
    assert cards(members["anna"].get(QUEUE)) == []
    with sqlite_app.app_context():
        administration.enable(user_of(sqlite_app, "susan"))
    assert len(cards(members["anna"].get(QUEUE))) == 1


@pytest.mark.parametrize("gone", ["susan", "john"])
def test_reports_stay_when_their_author_or_who_is_reported_is_deleted(
    app: Flask, susan: CheckingClient, anna: CheckingClient, gone: str
) -> None:
    address = write(susan, "You fool!")
    report(join(app, "john"), address)
    with app.app_context():
        deletion.delete(user_of(app, gone))
    [card] = cards(anna.get(QUEUE))
    assert "A former user" in card
    assert "You fool!" in card
    hide(anna, address)
    assert kept_reports(app) == [("Rude", "", True)]


def test_who_reports_too_much_has_to_wait_and_loses_nothing(
    sqlite_app: Flask, members: Members
) -> None:
    sqlite_app.config["REPORTS_LIMIT"] = "1 per minute"
    first, second = write(members["david"], "One"), write(members["david"], "Two")
    report(members["susan"], first)
    answer = submit(members["susan"], f"{second}/report", reason="Rude as well")
    assert answer.status_code == 429
    assert "Please try again in a minute." in shown(answer.text)
    assert "Rude as well</textarea>" in answer.text
    report(members["anna"], first)


def test_users_see_no_reports(sqlite_app: Flask, members: Members) -> None:
    address = write(members["susan"], "Mine")
    report(members["david"], address, "secret reason")
    make_older(sqlite_app, days=1)
    for path in (QUEUE, f"{address}/dismiss", f"{address}/reject"):
        assert members["susan"].get(path).status_code == 403
    for path in ("/board/", address, "/user/susan", "/board/moderation"):
        for client in (members["susan"], visitor(sqlite_app)):
            assert "secret reason" not in client.get(path).text
