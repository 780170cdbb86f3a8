"""Sending a mail: the book's `send_email`."""

from typing import Any

from app.mail.outbox import enqueue
from app.models import OutgoingMail


def send_email(to: str, subject: str, template: str, **kwargs: Any) -> OutgoingMail:  # noqa: ANN401
    """Add a mail to the current transaction: once it is committed, the mail is sent.

    `template` names two templates, with `.txt` and `.html` after it; `kwargs` are their variables,
    texts and numbers. It is `app.mail.outbox.enqueue` with a subject, in place of the template's.
    """
    return enqueue(to, template, subject=subject, **kwargs)
