"""What the board keeps of somebody: in a copy of their data, and after they are deleted."""

import json
import threading
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import db
from app.accounts import deletion
from app.board import messages, moderation, personal_data
from app.board.models import (
    Appeal,
    Message,
    Notification,
    Report,
    SearchTerm,
    favourites,
)
from app.models import OutgoingMail
from tests.auth.people import add_account, log_in, press, submit
from tests.auth.races import at_once
from tests.board.conftest import make_members_old
from tests.board.people import NEW, texts_on, user_of, write
from tests.clients import CheckingClient
from tests.conftest import visitor
from tests.pages import form_token, shown

DELETE = "/auth/settings/delete"


def copy_of(app: Flask, name: str) -> dict[str, Any]:
    result = app.test_cli_runner().invoke(args=["user", "export", name])
    document: dict[str, Any] = json.loads(result.output)
    return document


def count(app: Flask, model: Any) -> int:
    with app.app_context():
        return db.session.scalars(select(func.count()).select_from(model)).one()


@pytest.fixture
def story(app: Flask, susan: CheckingClient, anna: CheckingClient) -> list[str]:
    """Messages of susan: one that is shown, one that is hidden, with an appeal, one deleted.

    anna has answered, and susan has kept and reported that.
    """
    make_members_old(app)
    paths = [write(susan, text) for text in ("Flowers @anna", "Rude flowers", "Typo")]
    submit(anna, f"{paths[1]}/hide", reason="Rude")
    submit(susan, f"{paths[1]}/appeal", reason="It is not")
    submit(susan, f"{paths[2]}/delete")
    answer = write(anna, "Nice @susan", reply_to=paths[0])
    press(susan, f"{answer}/favourite")
    submit(susan, f"{answer}/report", reason="Just so")
    return [*paths, answer]


def test_a_copy_has_all_that_somebody_wrote(app: Flask, story: list[str]) -> None:
    document = copy_of(app, "susan")
    kept = [
        (it["text"], bool(it["hidden_at"]), bool(it["deleted_at"])) for it in document["messages"]
    ]
    assert kept == [
        ("Flowers @anna", False, False),
        ("Rude flowers", True, False),
        ("", False, True),
    ]
    assert [it["text"] for it in document["appeals"]] == ["It is not"]
    assert [it["reason"] for it in document["reports"]] == ["Just so"]
    answer = int(story[-1].rpartition("/")[2])
    assert [it["message_id"] for it in document["favourites"]] == [answer]
    assert {it["kind"] for it in document["notifications"]} == {"hidden", "reply"}
    assert document["moderation"] == []
    assert [it["reason"] for it in copy_of(app, "anna")["moderation"]] == ["Rude"]


def test_messages_of_who_is_deleted_stay_without_a_name(
    app: Flask, susan: CheckingClient, story: list[str]
) -> None:
    submit(susan, DELETE, name="susan")
    page = visitor(app).get("/board/")
    assert texts_on(page) == ["Nice @susan", "Flowers @anna"]
    assert "A former user" in shown(page.text)
    assert '<a href="/user/susan">' not in visitor(app).get(story[3]).text
    assert visitor(app).get("/user/susan").status_code == 404
    assert count(app, favourites) == 0
    with app.app_context():
        [report] = db.session.scalars(select(Report)).all()
        assert (report.reporter_id, report.reason) == (None, "Just so")


def test_what_they_wrote_goes_with_them_if_they_want(
    app: Flask, susan: CheckingClient, story: list[str]
) -> None:
    submit(susan, DELETE, name="susan", with_writings="y")
    assert texts_on(visitor(app).get("/board/")) == ["Nice @susan"]
    assert [visitor(app).get(path).status_code for path in story] == [410, 410, 410, 200]
    assert texts_on(visitor(app).get("/board/search?q=flowers")) == []
    assert count(app, Appeal) == 0
    with app.app_context():
        theirs = select(Message).where(Message.author_id.is_(None))
        assert {it.text for it in db.session.scalars(theirs)} == {""}
        numbers = [int(path.rpartition("/")[2]) for path in story[:3]]
        left = select(func.count()).where(SearchTerm.message_id.in_(numbers))
        assert db.session.scalar(left) == 0
        assert db.session.scalars(select(Report.reason)).all() == [""]


def test_an_operator_deletes_what_they_wrote_batch_after_batch(
    app: Flask, susan: CheckingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_members_old(app)
    monkeypatch.setattr(personal_data, "MESSAGES_AT_ONCE", 2)
    for number in range(5):
        write(susan, f"Flowers {number}")
    asked = ["user", "delete", "susan", "--with-writings", "--yes"]
    assert app.test_cli_runner().invoke(args=asked).exit_code == 0
    assert texts_on(visitor(app).get("/board/")) == []
    assert count(app, SearchTerm) == 0


def test_no_mail_about_the_board_follows_them(
    app: Flask, susan: CheckingClient, story: list[str]
) -> None:
    assert story
    with app.app_context():
        waiting = db.session.scalars(select(OutgoingMail.template)).all()
        assert "board/mail/hidden" in waiting
    submit(susan, DELETE, name="susan")
    with app.app_context():
        waiting = db.session.scalars(select(OutgoingMail.template)).all()
        assert "board/mail/hidden" not in waiting
        assert "mail/deleted" in waiting


def test_nothing_refers_to_who_is_deleted_while_they_write(
    app: Flask, susan: CheckingClient
) -> None:
    make_members_old(app)
    phones = [log_in(app, "susan") for _ in range(4)]
    tokens = [form_token(phone.get(NEW).text) for phone in phones]
    last = {"csrf_token": form_token(susan.get(DELETE).text), "name": "susan", "with_writings": "y"}

    def post(number: int) -> int:
        data = {"csrf_token": tokens[number], "text": f"Flowers {number}"}
        return phones[number].post(NEW, data=data).status_code

    deeds = [lambda number=number: post(number) for number in range(4)]
    statuses = at_once(*deeds, lambda: susan.post(DELETE, data=last).status_code)
    assert statuses <= {303, 401, 409}
    assert count(app, Notification) == count(app, SearchTerm) == 0
    with app.app_context():
        assert {*db.session.scalars(select(Message.text))} <= {""}


def test_a_moderator_who_hides_meanwhile_and_a_deletion_do_not_stop_each_other(
    app: Flask, susan: CheckingClient
) -> None:
    make_members_old(app)
    add_account(app, "anna", role="Moderator")
    for number in range(6):
        write(susan, f"Flowers {number}")
    errors: list[BaseException] = []

    def hide() -> None:
        with app.app_context():
            try:
                for message in db.session.scalars(select(Message)).all():
                    try:
                        moderation.hide(message, "Rude", user_of(app, "anna"))
                    except messages.RefusedError:
                        db.session.rollback()
            except Exception as error:  # noqa: BLE001
                errors.append(error)

    def leave() -> None:
        with app.app_context():
            try:
                deletion.delete(user_of(app, "susan"), with_writings=True)
            except Exception as error:  # noqa: BLE001
                errors.append(error)

    threads = [threading.Thread(target=work) for work in (hide, leave)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    with app.app_context():
        assert {*db.session.scalars(select(Message.author_id))} == {None}
