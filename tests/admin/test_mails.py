"""What administrators see of outgoing mail."""

import re

from flask import Flask
from sqlalchemy import event

from app import db
from app.email import send_email
from tests.auth.people import submit
from tests.clients import CheckingClient
from tests.conftest import visitor
from tests.mail.inbox import Inbox
from tests.mail.outbox import add_templates, enqueue, mails, run
from tests.pages import form_token, rows, shown


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
    assert "1 waiting, 1 failed" in page
    assert "Emails waiting 1 Failed emails 1" in shown(david.get("/admin/").text)


def test_mails_are_listed_by_their_subjects(app: Flask, david: CheckingClient) -> None:
    add_templates(app)
    assert app.jinja_env.loader
    templates = app.jinja_env.loader.loaders[1].mapping  # type: ignore[attr-defined]
    for name in ("secret", "gone"):
        templates[f"mail/{name}.txt"] = "{% block subject %}{{ link or 'No link' }}{% endblock %}"
        templates[f"mail/{name}.html"] = ""
    enqueue(app, "john", template="mail/secret")
    enqueue(app, "john", template="mail/gone")
    enqueue(app, "", template="mail/broken")
    enqueue(app, "john")
    submit(visitor(app), "/auth/reset", email="david@example.com")
    with app.app_context():
        send_email("susan@example.com", "<b>Given</b>", "mail/theirs", username="john")
        db.session.commit()
    del templates["mail/gone.txt"]
    app.jinja_env.cache.clear()  # type: ignore[union-attr]
    david.environ_base["HTTP_ACCEPT_LANGUAGE"] = "zh-CN"
    assert [row[0] for row in rows(david.get("/admin/mails").text)] == [
        "<b>Given</b>",
        "重置密码",
        "新用户",
        "mail/broken",
        "mail/gone",
        "No link",
    ]


def test_a_list_of_mails_needs_no_more_queries_for_more_mails(
    app: Flask, david: CheckingClient
) -> None:
    statements: list[str] = []
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", lambda *call: statements.append(call[2]))
    counts = []
    for name in ("john", "susan"):
        enqueue(app, *[name] * 10, template="mail/new_user")
        statements.clear()
        david.get("/admin/mails")
        counts.append(len(statements))
    assert counts[0] == counts[1]


def test_a_mail_that_was_given_up_is_tried_again(
    app: Flask, inbox: Inbox, david: CheckingClient
) -> None:
    add_templates(app)
    inbox.answers["RCPT"] = "550 no"
    enqueue(app, "first", "second", "third")
    run(app, "send")
    assert [mail.state for mail in mails(app)] == ["failed"] * 3
    inbox.answers.clear()
    assert "Retrying one email." in retry(david, "/admin/mails/2/retry")
    run(app, "send")
    assert [mail.state for mail in mails(app)] == ["failed", "sent", "failed"]
    assert "Retrying 0 emails." in retry(david, "/admin/mails/2/retry")
    assert "Retrying 2 emails." in retry(david, "/admin/mails/retry")
    run(app, "send")
    assert [mail.state for mail in mails(app)] == ["sent"] * 3
    token = form_token(david.get("/admin/mails").text)
    assert david.post("/admin/mails/99/retry", data={"csrf_token": token}).status_code == 404
