"""What happens to mails when the server does not take them."""

import logging
import socket
import time
from datetime import UTC, datetime, timedelta
from threading import Timer

import pytest
from aiosmtpd.smtp import AuthResult
from flask import Flask
from sqlalchemy import create_engine, make_url, select, update
from sqlalchemy.pool import NullPool

from app import db, smtp
from app.mail import letters, outbox
from app.models import OutgoingMail, User
from tests.mail.inbox import Inbox
from tests.mail.outbox import enqueue, mails, pass_time, run


def waits(app: Flask, began: datetime, shortest: float, longest: float) -> bool:
    """Return whether the mail waits for so many seconds from a moment between `began` and now."""
    [mail] = mails(app)
    earliest = began + timedelta(seconds=shortest)
    latest = datetime.now(UTC) + timedelta(seconds=longest)
    return mail.due is not None and earliest <= mail.due <= latest


@pytest.mark.parametrize("command", ["RCPT", "DATA", "MAIL"])
def test_a_mail_that_is_not_taken_now_is_tried_again(
    app: Flask, inbox: Inbox, command: str
) -> None:
    inbox.answers[command] = "451 4.3.0 later, <susan@example.com>"
    enqueue(app, "john")
    began = datetime.now(UTC)
    assert run(app, "send") == "0 sent, 1 put off, 0 failed"
    assert waits(app, began, 24, 36)
    assert mails(app)[0].error == "451 4.3.0 later, <susan@example.com>"
    assert run(app, "send") == "0 sent, 0 put off, 0 failed"

    pass_time(app)
    began = datetime.now(UTC)
    run(app, "send")
    assert waits(app, began, 48, 72)

    inbox.answers.clear()
    pass_time(app)
    assert run(app, "send") == "1 sent, 0 put off, 0 failed"
    [mail] = mails(app)
    assert (mail.state, mail.tries, mail.error) == ("sent", 3, None)


def test_pauses_double_and_end_at_six_hours() -> None:
    pauses = [outbox.pause_after(tries).total_seconds() for tries in range(1, 17)]
    for tries, pause in enumerate(pauses):
        expected = min(30 * 2**tries, 6 * 60 * 60)
        assert expected * 0.8 <= pause <= expected * 1.2
    assert len(set(pauses)) == len(pauses)


def test_after_sixteen_tries_a_mail_is_given_up(app: Flask, inbox: Inbox) -> None:
    inbox.answers["DATA"] = "451 later"
    enqueue(app, "john")
    for _ in range(15):
        assert run(app, "send") == "0 sent, 1 put off, 0 failed"
        pass_time(app)
    assert run(app, "send") == "0 sent, 0 put off, 1 failed"
    [mail] = mails(app)
    assert (mail.state, mail.tries, mail.error) == ("failed", 16, "451 later")


@pytest.mark.parametrize("command", ["RCPT", "DATA"])
def test_a_mail_that_is_refused_for_good_is_given_up_at_once(
    app: Flask, inbox: Inbox, command: str
) -> None:
    inbox.answers[command] = "550 5.1.1 no such user"
    enqueue(app, "john")
    assert run(app, "send") == "0 sent, 0 put off, 1 failed"
    inbox.answers.clear()
    pass_time(app)
    assert run(app, "send") == "0 sent, 0 put off, 0 failed"
    [mail] = mails(app)
    assert (mail.state, mail.error) == ("failed", "550 5.1.1 no such user")

    assert run(app, "retry", "--failed") == "Retrying 1 email"
    assert run(app, "send") == "1 sent, 0 put off, 0 failed"


def test_a_sender_that_is_refused_gives_no_mail_up(sqlite_app: Flask, inbox: Inbox) -> None:
    inbox.answers["MAIL"] = "553 not your address"
    enqueue(sqlite_app, "john", "susan")
    assert run(sqlite_app, "send") == "0 sent, 2 put off, 0 failed"


def test_a_mail_that_is_too_large_is_given_up(sqlite_app: Flask, inbox: Inbox) -> None:
    inbox.answers["MAIL"] = "552 too large"
    enqueue(sqlite_app, "john")
    assert run(sqlite_app, "send") == "0 sent, 0 put off, 1 failed"


def test_the_message_id_is_the_same_at_every_try(app: Flask, inbox: Inbox) -> None:
    enqueue(app, "john")
    run(app, "send")
    with app.app_context():  # as if the worker had died before it could note that
        row = update(OutgoingMail).values(sent_at=None, due=datetime.now(UTC))
        db.session.execute(row)
        db.session.commit()
    run(app, "send")
    assert list(inbox.keys.values()) == [2]


def test_a_server_that_is_down_uses_up_no_try(app: Flask, closed_inbox: Inbox) -> None:
    enqueue(app, "john", "susan")
    for _ in range(20):
        printed = run(app, "send", succeeds=False)
    port = closed_inbox.port
    assert printed == (
        f"Error: No email can be sent now: 127.0.0.1:{port}: Connection refused. All emails wait."
    )
    assert [(mail.state, mail.tries) for mail in mails(app)] == [("waiting", 0)] * 2
    with closed_inbox.open():
        assert run(app, "send") == "2 sent, 0 put off, 0 failed"


def test_a_server_that_says_nothing_uses_up_no_try(
    app: Flask, closed_inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "SECONDS_TO_WAIT", 0.2)
    enqueue(app, "john")
    with socket.create_server(("127.0.0.1", closed_inbox.port)):
        assert "did not answer in time. All emails wait." in run(app, "send", succeeds=False)
    assert [(mail.state, mail.tries) for mail in mails(app)] == [("waiting", 0)]


@pytest.mark.parametrize("accepts_login", [False, True])
def test_a_login_that_is_refused_uses_up_no_try(
    app: Flask, closed_inbox: Inbox, *, accepts_login: bool
) -> None:
    settings = app.extensions["mail"]
    settings.username, settings.password = "flasky", "hidden"
    enqueue(app, "john")
    answer = AuthResult(success=accepts_login, handled=False)
    login = {"authenticator": lambda *_: answer, "auth_require_tls": False}
    with closed_inbox.open(**login):
        printed = run(app, "send", succeeds=accepts_login)
    if accepts_login:
        assert printed == "1 sent, 0 put off, 0 failed"
    else:
        assert "Error: No email can be sent now: 535 " in printed
        assert "hidden" not in printed
        assert [(mail.state, mail.tries) for mail in mails(app)] == [("waiting", 0)]


def test_a_login_that_is_needed_and_not_set_uses_up_no_try(app: Flask, inbox: Inbox) -> None:
    inbox.answers["MAIL"] = "530 5.7.0 Authentication required"
    enqueue(app, "john")
    assert "530 5.7.0 Authentication required" in run(app, "send", succeeds=False)
    [mail] = mails(app)
    assert (mail.state, mail.tries) == ("waiting", 0)
    assert mail.error == "530 5.7.0 Authentication required"


def test_a_connection_that_is_lost_in_a_mail_costs_it_a_try_and_no_other_mail(
    app: Flask, inbox: Inbox
) -> None:
    inbox.answers["DATA"] = "hang up"
    enqueue(app, "john", "susan")
    assert "the connection was lost in the middle of an email" in run(app, "send", succeeds=False)
    assert [mail.tries for mail in mails(app)] == [1, 0]
    inbox.answers.clear()
    assert run(app, "send") == "1 sent, 0 put off, 0 failed"


def test_a_mail_whose_worker_died_is_taken_by_another_after_the_lease(
    app: Flask, inbox: Inbox
) -> None:
    enqueue(app, "john")
    began = datetime.now(UTC)
    with app.app_context():
        assert outbox.claim()
    assert mails(app)[0].state == "sending"
    assert waits(app, began, 300, 300)
    run(app, "send")
    assert inbox.mails == []
    assert "being sent now" in run(app, "retry", "1", succeeds=False)
    pass_time(app)
    assert run(app, "send") == "1 sent, 0 put off, 0 failed"

    enqueue(app, "a mail that kills its workers")
    for _ in range(16):
        with app.app_context():
            assert outbox.claim()
        pass_time(app)
    assert run(app, "send") == "0 sent, 0 put off, 0 failed"
    assert mails(app)[1].error == "Gave up after 16 tries: none came to an end."


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_what_became_of_a_mail_is_noted_as_soon_as_the_database_is_back(
    database_url: str, app: Flask, inbox: Inbox
) -> None:
    url = make_url(database_url)
    server = create_engine(
        url.set(database="postgres"), isolation_level="AUTOCOMMIT", poolclass=NullPool
    )

    def allow(answer: str) -> None:
        with server.connect() as connection:
            connection.exec_driver_sql(f"ALTER DATABASE {url.database} ALLOW_CONNECTIONS {answer}")

    def cut_off() -> None:
        allow("false")
        with server.connect() as connection:
            connection.exec_driver_sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "  # noqa: S608
                f"WHERE datname = '{url.database}'"
            )
        Timer(1.5, allow, ["true"]).start()

    inbox.on_data = cut_off
    enqueue(app, "john")
    assert run(app, "send").endswith("1 sent, 0 put off, 0 failed")
    assert [mail.state for mail in mails(app)] == ["sent"]
    assert len(inbox.mails) == 1


def test_the_log_tells_of_mails_by_number_and_of_nobody_by_address(
    sqlite_app: Flask, inbox: Inbox, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "app"):
        for answer in (
            "451 later susan@example.com",
            "550 never susan@example.com",
            "250 saved for <susan@example.com>",
        ):
            inbox.answers["DATA"] = answer
            enqueue(sqlite_app, "john")
            run(sqlite_app, "send")
    assert "Mail 1 (mail/test): put off after try 1; `flask mail list` says why." in caplog.text
    assert "Mail 2 (mail/test) failed for good (550)." in caplog.text
    assert "Mail 3 (mail/test) is sent: 250 saved for <address>" in caplog.text
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("app")]
    assert "susan@example.com" not in " ".join(ours)


def test_no_transaction_is_open_while_the_server_is_talked_to(app: Flask, inbox: Inbox) -> None:
    states: list[bool] = []
    inbox.on_data = lambda: states.append(busy(app))
    enqueue(app, "john")
    run(app, "send")
    assert states == [False]


def busy(app: Flask) -> bool:
    """Return whether a connection of the application's is in use."""
    with app.app_context():
        return db.engine.pool.checkedout() > 0  # type: ignore[attr-defined, no-any-return]


def test_a_recipient_for_whom_a_login_is_asked_does_not_stop_the_others(
    app: Flask, inbox: Inbox
) -> None:
    enqueue(app, "john", "susan")
    inbox.answers["RCPT"] = "530 5.7.1 relaying denied"
    assert run(app, "send") == "0 sent, 0 put off, 2 failed"


def test_a_server_that_takes_few_mails_at_once_gets_all_of_them(app: Flask, inbox: Inbox) -> None:
    def be_tired() -> None:
        inbox.answers["MAIL"] = "421 enough for now" if len(inbox.mails) % 3 == 2 else "250 OK"

    inbox.on_data = be_tired
    inbox.on_connection = inbox.answers.clear
    enqueue(app, *map(str, range(8)))
    assert run(app, "send") == "8 sent, 0 put off, 0 failed"
    assert [mail.tries for mail in mails(app)] == [1] * 8

    inbox.on_connection = lambda: None
    inbox.answers["MAIL"] = "421 go away"
    enqueue(app, "john")
    assert "421 go away. All emails wait." in run(app, "send", succeeds=False)
    assert mails(app)[-1].tries == 0


def test_a_greeting_that_is_refused_uses_up_no_try(sqlite_app: Flask, inbox: Inbox) -> None:
    inbox.answers["EHLO"] = inbox.answers["HELO"] = "550 Access denied - invalid HELO name"
    enqueue(sqlite_app, "john", "susan")
    printed = run(sqlite_app, "send", succeeds=False)
    assert "550 Access denied - invalid HELO name" in printed
    assert [(mail.state, mail.tries) for mail in mails(sqlite_app)] == [("waiting", 0)] * 2


def test_a_server_may_take_its_time_to_confirm(
    sqlite_app: Flask, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Enough for every other step, on a busy machine too.
    monkeypatch.setattr(smtp, "SECONDS_TO_WAIT", 3)
    inbox.on_data = lambda: time.sleep(3.5)
    enqueue(sqlite_app, "john")
    assert run(sqlite_app, "send") == "1 sent, 0 put off, 0 failed"


def test_a_login_in_other_letters_than_ascii_is_told_and_not_shown(
    sqlite_app: Flask, closed_inbox: Inbox
) -> None:
    settings = sqlite_app.extensions["mail"]
    settings.username, settings.password = "flasky", "pässwort"
    enqueue(sqlite_app, "john")
    answer = AuthResult(success=True)
    with closed_inbox.open(authenticator=lambda *_: answer, auth_require_tls=False):
        for command in (["send"], ["test", "susan@example.com"]):
            printed = run(sqlite_app, *command, succeeds=False)
            assert "MAIL_USERNAME and MAIL_PASSWORD have to be ASCII" in printed
            assert "wort" not in printed


@pytest.mark.parametrize("database_url", ["postgresql", "mariadb"], indirect=True)
def test_a_mail_that_somebody_else_looks_at_is_left_to_them(app: Flask, inbox: Inbox) -> None:
    connections: list[None] = []
    inbox.on_connection = lambda: connections.append(None)
    enqueue(app, "john")
    with app.app_context(), db.engine.connect() as other:
        other.execute(select(OutgoingMail.id).with_for_update())
        assert run(app, "send") == "0 sent, 0 put off, 0 failed"
        assert len(connections) == 1
    assert run(app, "send") == "1 sent, 0 put off, 0 failed"


def test_a_claim_that_another_worker_has_taken_over_counts_no_more(app: Flask) -> None:
    enqueue(app, "john")
    with app.app_context():
        first = outbox.claim()
        assert first
        pass_time(app)
        second = outbox.claim()
        assert second
        outbox.give_up(second, "no")
        outbox.retry([1])
        third = outbox.claim()
        assert third
        assert third.tries == first.tries
        outbox.try_again(first, "too late")
        assert mails(app)[0].state == "sending"
        outbox.record_sent(third)
        assert mails(app)[0].state == "sent"


def test_a_mail_in_hand_that_failed_before_cannot_be_retried(app: Flask, inbox: Inbox) -> None:
    inbox.answers["DATA"] = "451 later"
    enqueue(app, "john")
    run(app, "send")
    pass_time(app)
    with app.app_context():
        assert outbox.claim()
    assert "Retrying 0 emails" in run(app, "retry", "1", succeeds=False)


def test_answers_in_any_bytes_can_be_kept(app: Flask, inbox: Inbox) -> None:
    inbox.answers["DATA"] = "550 \0 \ufffe " + "x" * 480
    enqueue(app, "john")
    run(app, "send")
    error = mails(app)[0].error or ""
    assert error.startswith("550 \ufffd")


def test_a_letter_that_looks_for_somebody_who_is_gone_is_no_fault_of_the_database(
    app: Flask, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def prepare(username: str) -> dict[str, User]:
        return {"user": db.session.scalars(select(User).filter_by(username=username)).one()}

    monkeypatch.setitem(letters._preparations, "mail/test", prepare)  # noqa: SLF001
    enqueue(app, "nobody")
    assert run(app, "send") == "0 sent, 1 put off, 0 failed"
    [mail] = mails(app)
    assert (mail.tries, mail.error) == (1, "NoResultFound: No row was found when one was required")
    assert inbox.mails == []
