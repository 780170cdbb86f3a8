"""What happens to mails where there is no server: they are written to the log."""

import logging
from email.message import EmailMessage

from flask import Flask, current_app
from flask_mail import Message, email_dispatched

from app.mail.letters import body_of

log = logging.getLogger(__name__)


def init_app(app: Flask) -> None:
    """Write what `mail.send` is given to the log, too."""
    if app.config["MAIL_SUPPRESS_SEND"]:
        email_dispatched.connect(_write_message, app)


def write_to_log(letter: EmailMessage) -> None:
    """Write a letter to the log; on a site, whose log is not for that, only that there was one."""
    _write(letter["Subject"], letter["To"], body_of(letter, "plain"))


def _write_message(_app: Flask, message: Message) -> None:
    _write(message.subject, ", ".join(map(str, message.recipients)), message.body or "")


def _write(subject: str, recipients: str, text: str) -> None:
    if current_app.config["CONFIGURATION"] == "production":
        log.warning("Without MAIL_SERVER, a mail was not sent.")
    else:
        log.info("Without MAIL_SERVER, a mail was not sent: %r to %s", str(subject), recipients)
        log.info("It says:\n%s", text)
