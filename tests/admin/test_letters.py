"""Administration is mailed: to whose account it is about, and to all administrators."""

from typing import get_args

import pytest
from flask import Flask
from sqlalchemy import delete, select

from app import db
from app.accounts.administration_letters import Deed, News, tell_account, tell_administrators
from app.mail.letters import subject_of
from app.models import OutgoingMail
from app.models.lookup import find_by_name
from tests.admin.test_users import act, path_of
from tests.auth.people import add_account, administers, submit
from tests.auth.test_commands import user
from tests.clients import CheckingClient
from tests.mail.inbox import Inbox, text_of
from tests.mail.outbox import mails, run

ADDED = "A new administrator was added"
REMOVED = "An administrator was removed"


def told(app: Flask) -> list[tuple[str, str]]:
    """Return to whom mails are waiting, and their subjects, and let them wait no more."""
    with app.app_context():
        waiting = [(mail.recipient.split("@")[0], subject_of(mail).strip()) for mail in mails(app)]
        db.session.execute(delete(OutgoingMail))
        db.session.commit()
    return sorted(waiting)


@pytest.fixture
def anna(app: Flask) -> str:
    """Another administrator."""
    add_account(app, "anna", role="Administrator")
    return "anna"


def test_whose_account_it_is_about_is_told(
    app: Flask, inbox: Inbox, david: CheckingClient, susan: CheckingClient
) -> None:
    assert susan
    act(david, "susan", "role", role="Moderator")
    act(david, "susan", "sessions")
    act(david, "susan", "disable")
    act(david, "susan", "enable")
    run(app, "send")
    assert {mail["To"] for mail in inbox.mails} == {"susan@example.com"}
    assert [mail["Subject"] for mail in inbox.mails] == [
        "[Flasky] Your role has changed",
        "[Flasky] You were logged out everywhere",
        "[Flasky] Your account was disabled",
        "[Flasky] Your account is enabled again",
    ]
    assert "The role of your account susan is now: Moderator." in text_of(inbox.mails[0])
    assert "logged out of all browsers" in text_of(inbox.mails[1], "html")


def test_what_changes_nothing_is_not_mailed(
    app: Flask, david: CheckingClient, susan: CheckingClient
) -> None:
    assert susan
    act(david, "susan", "role", role="User")
    act(david, "susan", "enable")
    submit(david, f"{path_of(david, 'susan')}/forget-factor")
    assert told(app) == []


def test_all_administrators_are_told_of_a_new_one_and_of_one_fewer(
    app: Flask, anna: str, david: CheckingClient, susan: CheckingClient
) -> None:
    assert susan
    assert anna
    act(david, "susan", "role", role="Administrator")
    changed = ("susan", "Your role has changed")
    assert told(app) == [("anna", ADDED), ("david", ADDED), changed]
    act(david, "susan", "disable")
    disabled = ("susan", "Your account was disabled")
    assert told(app) == [("anna", REMOVED), ("david", REMOVED), disabled]
    act(david, "susan", "enable")
    enabled = ("susan", "Your account is enabled again")
    assert told(app) == [("anna", ADDED), ("david", ADDED), enabled]
    act(david, "susan", "role", role="User")
    assert told(app) == [("anna", REMOVED), ("david", REMOVED), changed]


def test_all_administrators_are_told_of_one_who_leaves(
    app: Flask, anna: str, david: CheckingClient
) -> None:
    submit(david, "/auth/settings/delete", name="david")
    assert (anna, REMOVED) in told(app)


def test_what_an_operator_does_is_mailed_as_well(app: Flask, anna: str) -> None:
    add_account(app, "susan", role="Moderator")
    user(app, "promote", "susan")
    assert told(app) == [(anna, ADDED), ("susan", "Your role has changed")]


def test_all_administrators_are_told_of_the_one_whom_the_settings_name(
    app: Flask, anna: str
) -> None:
    assert administers(app, "susan")
    assert (anna, ADDED) in told(app)


def test_each_letter_has_a_subject_and_says_whom_it_is_about(sqlite_app: Flask) -> None:
    add_account(sqlite_app, "david", role="Administrator")
    add_account(sqlite_app, "susan", role="Administrator")
    with sqlite_app.app_context():
        susan = find_by_name("susan")
        assert susan
        for deed in get_args(Deed):
            tell_account(susan, deed)
        for news in get_args(News):
            tell_administrators(susan, news)
        sent = db.session.scalars(select(OutgoingMail))
        subjects = {subject_of(mail).strip() for mail in sent}
    assert len(subjects - {""}) == len(get_args(Deed)) + len(get_args(News))
