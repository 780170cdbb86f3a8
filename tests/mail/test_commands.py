"""`flask mail`, as an operator uses it."""

import json
import re

import pytest
from flask import Flask

from tests.commands import failed, flask
from tests.mail.inbox import Inbox, text_of
from tests.mail.outbox import enqueue, mails, run
from tests.servers import free_port


def test_list_shows_what_waits_and_what_was_given_up(app: Flask, inbox: Inbox) -> None:
    assert run(app, "list") == "0 waiting, 0 failed"
    enqueue(app, "john")
    run(app, "send")
    inbox.answers["RCPT"] = "550 5.1.1 no such user"
    enqueue(app, "susan", to="nobody@example.com")
    run(app, "send")
    inbox.answers["RCPT"] = "451 later"
    enqueue(app, "david", to="david@example.com")
    run(app, "send")
    heading, waiting, given_up, figures = run(app, "list").splitlines()
    assert heading.split() == ["ID", "TO", "TEMPLATE", "STATUS", "TRIES", "WHEN", "(UTC)", "ERROR"]
    moment = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"
    assert re.fullmatch(
        rf"3   david@example.com   test      waiting  1      {moment}  451 later", waiting
    )
    assert given_up.startswith("2   nobody@example.com  test      failed   1 ")
    assert given_up.endswith("550 5.1.1 no such user")
    assert figures == "1 waiting, 1 failed"
    assert re.search(rf"^1 .* sent +1 +{moment}$", run(app, "list", "--all"), re.MULTILINE)
    assert len(run(app, "list", "--limit", "1").splitlines()) == 3


def test_list_gives_figures_to_programs(app: Flask, inbox: Inbox) -> None:
    empty = {"waiting": 0, "notices": 0, "oldest_waiting_seconds": None, "given_up": 0}
    assert json.loads(run(app, "list", "--json")) == empty | {"emails": []}
    inbox.answers["DATA"] = "550 no"
    enqueue(app, "john")
    run(app, "send")
    enqueue(app, "susan", "david")
    figures = json.loads(run(app, "list", "--json"))
    assert [mail["status"] for mail in figures.pop("emails")] == ["waiting", "waiting", "failed"]
    assert figures.pop("oldest_waiting_seconds") in range(10)
    assert figures == {"waiting": 2, "notices": 0, "given_up": 1}


def test_retry_takes_mails_by_number(app: Flask, inbox: Inbox) -> None:
    inbox.answers["RCPT"] = "550 no"
    enqueue(app, "john", "susan")
    run(app, "send")
    inbox.answers["RCPT"] = "451 later"
    enqueue(app, "david")
    run(app, "send")
    inbox.answers.clear()
    assert run(app, "retry", "1", "3") == "Retrying 2 emails"
    assert json.loads(run(app, "send", "--json")) == {"sent": 2, "put_off": 0, "failed": 0}
    assert [mail.state for mail in mails(app)] == ["sent", "failed", "sent"]


def test_retry_tells_of_numbers_that_it_cannot_take(sqlite_app: Flask, inbox: Inbox) -> None:
    assert inbox
    enqueue(sqlite_app, "john")
    run(sqlite_app, "send")
    printed = run(sqlite_app, "retry", "1", "99", succeeds=False)
    assert "Retrying 0 emails" in printed
    assert "Error: Cannot retry any: already sent, never tried, " in printed
    for wrong in ([], ["1", "--failed"]):
        assert "Give the IDs of emails" in run(sqlite_app, "retry", *wrong, succeeds=False)
    assert run(sqlite_app, "retry", "--failed") == "Retrying 0 emails"
    for wrong in (["retry", "0"], ["retry", "9" * 20], ["list", "--limit", "-1"]):
        assert "is not in the range 1<=x<=2147483647" in run(sqlite_app, *wrong, succeeds=False)


def test_retry_takes_a_number_that_is_named_twice_once(sqlite_app: Flask, inbox: Inbox) -> None:
    inbox.answers["RCPT"] = "550 no"
    enqueue(sqlite_app, "john")
    run(sqlite_app, "send")
    assert run(sqlite_app, "retry", "1", "1") == "Retrying 1 email"


def test_test_sends_at_once_and_says_what_the_server_says(sqlite_app: Flask, inbox: Inbox) -> None:
    inbox.answers["DATA"] = "250 2.0.0 Ok: queued as 4F2A"
    printed = run(sqlite_app, "test", "Susan <susan@example.com>")
    assert printed == (
        f"Connected to 127.0.0.1:{inbox.port} (not encrypted)\n"
        "The server answered: 250 2.0.0 Ok: queued as 4F2A"
    )
    assert text_of(inbox.mails[0]) == "This is a test: email from Flasky arrives."
    assert mails(sqlite_app) == []

    inbox.answers["RCPT"] = "550 5.1.1 no such user"
    refused = run(sqlite_app, "test", "susan@example.com", succeeds=False)
    assert "Error: The mail server rejected it: 550 5.1.1 no such user" in refused
    assert "is not an email address" in run(sqlite_app, "test", "susan", succeeds=False)


def test_test_tells_why_there_is_no_server(sqlite_app: Flask, closed_inbox: Inbox) -> None:
    printed = run(sqlite_app, "test", "susan@example.com", succeeds=False)
    assert printed == (
        f"Error: The mail server cannot be used: 127.0.0.1:{closed_inbox.port}: Connection refused"
    )
    sqlite_app.config["MAIL_SERVER"] = None
    assert "MAIL_SERVER is not set" in run(sqlite_app, "test", "susan@example.com", succeeds=False)


PRODUCTION = {
    "FLASK_CONFIG": "production",
    "SECRET_KEY": "x" * 32,
    "TRUSTED_HOSTS": "flasky.example.com",
}


@pytest.mark.parametrize("command", ["send", "worker"])
def test_a_site_without_a_server_keeps_its_mails(tmp_path: str, command: str) -> None:
    url = f"sqlite:///{tmp_path}/data.sqlite"
    flask("db", "upgrade", DATABASE_URL=url, **PRODUCTION)
    printed = failed("-m", "flask", "mail", command, DATABASE_URL=url, **PRODUCTION)
    assert printed == (
        "Error: MAIL_SERVER is not set, so emails wait and none is sent. See docs/configuration.md"
    )


@pytest.mark.parametrize("scheme", ["postgresql", "mysql"])
def test_a_dead_database_is_told_in_one_line(scheme: str) -> None:
    url = f"{scheme}://john:hidden@127.0.0.1:{free_port()}/flasky"
    printed = failed("-m", "flask", "mail", "list", DEV_DATABASE_URL=url)
    assert printed.startswith("Error: The database cannot be used: ")
    assert "refused" in printed
    assert "\n" not in printed
    assert "hidden" not in printed


@pytest.mark.parametrize("command", ["send", "list", "retry --failed"])
def test_a_database_without_tables_is_told_in_one_line(tmp_path: str, command: str) -> None:
    url = f"sqlite:///{tmp_path}/data.sqlite"
    printed = failed("-m", "flask", "mail", *command.split(), DEV_DATABASE_URL=url)
    assert printed == (
        "Error: The database lacks a table or a column; run `flask db upgrade`. "
        f"This is the development configuration, on {url}"
    )
