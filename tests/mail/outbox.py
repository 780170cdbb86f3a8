"""What the tests do with the outbox."""

from datetime import UTC, datetime, timedelta

from flask import Flask
from jinja2 import ChoiceLoader, DictLoader
from sqlalchemy import select, update

from app import db
from app.mail import outbox
from app.models import OutgoingMail

TEMPLATES = {
    "mail/test.txt": "{% extends 'mail/base.txt' %}"
    "{% block subject %}{{ _('New User') }}{% endblock %}"
    "{% block content %}{{ _('Hello, %(name)s!', name=username) }}\n"
    "{{ url_for('main.user', name=username, _external=True) }}{% endblock %}",
    "mail/test.html": "<p>{{ _('Hello, %(name)s!', name=username | person) }}</p>",
    # As in the book: the caller has the subject.
    "mail/theirs.txt": "{{ _('Hello, %(name)s!', name=username) }}",
    "mail/theirs.html": "{% extends 'mail/base.html' %}",
    "mail/broken.txt": "{% block subject %}{{ 1 // username | length }}{% endblock %}",
    "mail/broken.html": "",
}


def add_templates(app: Flask) -> None:
    """Give an application a mail to write, and one that cannot be written to nobody."""
    loader = app.jinja_env.loader
    assert loader
    app.jinja_env.loader = ChoiceLoader([loader, DictLoader(dict(TEMPLATES))])


def enqueue(
    app: Flask, *names: str, to: str = "susan@example.com", template: str = "mail/test"
) -> None:
    """Commit one mail about each name."""
    with app.app_context():
        for name in names:
            outbox.enqueue(to, template, username=name)
        db.session.commit()


def run(app: Flask, *command: str, succeeds: bool = True) -> str:
    """Run a `flask mail` command in this process, and return what it printed."""
    result = app.test_cli_runner().invoke(args=["mail", *command])
    assert not isinstance(result.exception, Exception), result.exception
    assert (result.exit_code == 0) == succeeds, result.output
    return result.output.strip()


def mails(app: Flask) -> list[OutgoingMail]:
    """Return the mails of the outbox."""
    with app.app_context():
        return list(db.session.scalars(select(OutgoingMail).order_by(OutgoingMail.id)))


def pass_time(app: Flask) -> None:
    """Let everything that waits be due now."""
    with app.app_context():
        waiting = update(OutgoingMail).where(OutgoingMail.due.is_not(None))
        db.session.execute(waiting.values(due=datetime.now(UTC)))
        db.session.commit()


def send_earlier(app: Flask, *, seconds: int) -> None:
    """Let mails have been sent that long ago."""
    moment = datetime.now(UTC) - timedelta(seconds=seconds)
    with app.app_context():
        sent = update(OutgoingMail).where(OutgoingMail.sent_at.is_not(None))
        db.session.execute(sent.values(sent_at=moment))
        db.session.commit()
