"""Sending a mail: the book's `send_email`."""

import logging
from threading import Thread
from typing import Any

from flask import Flask, current_app, render_template
from flask_mail import Message, email_dispatched

from app.extensions import mail

log = logging.getLogger(__name__)


def init_app(app: Flask) -> None:
    """Write the mails to the log where there is no server to send them."""
    if app.config["MAIL_SUPPRESS_SEND"]:
        email_dispatched.connect(_log_instead_of_sending, app)


def send_email(to: str, subject: str, template: str, **kwargs: Any) -> Thread:  # noqa: ANN401
    """Send a mail in the background, and return the thread that sends it.

    `template` names two templates, with `.txt` and `.html` after it; `kwargs` are their variables.
    They speak the current language: see `app.web.languages.speaking`.
    A mail that the server does not take is lost, and the log says so.
    """
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001
    message = Message(f"{app.config['FLASKY_MAIL_SUBJECT_PREFIX']} {subject}", recipients=[to])
    message.body = render_template(f"{template}.txt", **kwargs)
    message.html = render_template(f"{template}.html", **kwargs)
    thread = Thread(target=_send, args=(app, message), name=f"mail to {to}")
    thread.start()
    return thread


def _send(app: Flask, message: Message) -> None:
    with app.app_context():
        try:
            mail.send(message)
        except Exception:
            log.exception("The mail %r to %s was not sent.", message.subject, message.recipients)


def _log_instead_of_sending(app: Flask, message: Message) -> None:
    recipients = ", ".join(map(str, message.recipients))
    log.info("Without MAIL_SERVER, a mail was not sent: %r to %s", message.subject, recipients)
    if app.config["CONFIGURATION"] != "production":  # where a log is not for what visitors typed
        log.info("It says:\n%s", message.body)
