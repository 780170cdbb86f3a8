"""What administrators see of outgoing mail."""

import re

from flask import Flask

from tests.clients import CheckingClient
from tests.mail.inbox import Inbox
from tests.mail.outbox import add_templates, enqueue, mails, run
from tests.pages import form_token, shown


def retry(client: CheckingClient, path: str) -> str:
    """Press a button on the page of mails, and return what the next page says."""
    token = form_token(client.get("/admin/mails").text)
    answer = client.post(path, data={"csrf_token": token})
    assert answer.location == "/admin/mails"
    return shown(client.get("/admin/mails").text)


def test_mails_are_listed_by_what_became_of_them(
    app: Flask, inbox: Inbox, david: CheckingClient
) -> None:
    add_templates(app)
    enqueue(app, "first")
    run(app, "send")
    inbox.answers["RCPT"] = "550 5.1.1 no such <user>"
    enqueue(app, "second", to="nobody@example.com")
    run(app, "send")
    enqueue(app, "third", to="later@example.com")
    found = {
        query: re.findall(r"(\w+)@example.com", shown(david.get(f"/admin/mails{query}").text))
        for query in ("", "?state=waiting", "?state=given-up", "?state=sent", "?state=odd")
    }
    assert found == {
        "": ["later", "nobody"],
        "?state=waiting": ["later"],
        "?state=given-up": ["nobody"],
        "?state=sent": ["susan"],
        "?state=odd": ["later", "nobody"],
    }
    page = shown(david.get("/admin/mails").text)
    assert "550 5.1.1 no such <user>" in page
    assert "1 waiting, 1 given up" in page
    assert "Mails that wait 1 Mails given up 1" in shown(david.get("/admin/").text)


def test_a_mail_that_was_given_up_is_tried_again(
    app: Flask, inbox: Inbox, david: CheckingClient
) -> None:
    add_templates(app)
    inbox.answers["RCPT"] = "550 no"
    enqueue(app, "first", "second", "third")
    run(app, "send")
    assert [mail.state for mail in mails(app)] == ["given up"] * 3
    inbox.answers.clear()
    assert "One mail is due again." in retry(david, "/admin/mails/2/retry")
    run(app, "send")
    assert [mail.state for mail in mails(app)] == ["given up", "sent", "given up"]
    assert "0 mails are due again." in retry(david, "/admin/mails/2/retry")
    assert "2 mails are due again." in retry(david, "/admin/mails/retry")
    run(app, "send")
    assert [mail.state for mail in mails(app)] == ["sent"] * 3
    token = form_token(david.get("/admin/mails").text)
    assert david.post("/admin/mails/99/retry", data={"csrf_token": token}).status_code == 404
