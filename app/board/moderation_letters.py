"""What is mailed to the author of a message that a moderator hides."""

from flask import current_app

from app.board.models import Message
from app.mail.outbox import enqueue
from app.models import User
from app.web.languages import supported_or_none

TEMPLATE = "board/mail/hidden"


def tell_author(message: Message) -> None:
    """Mail the author why a message is hidden, in the current transaction.

    It is mailed at once, whatever they chose for other notifications: somebody took their words
    away, and they may answer. Whoever has no address, or is disabled, is not mailed.
    """
    author = message.author
    if author is None or not author.email or author.disabled_at:
        return
    enqueue(
        author.email,
        TEMPLATE,
        locale=_language_of(author),
        username=author.username,
        message_id=message.id,
        reason=message.hidden_reason,
    )


def _language_of(user: User) -> str:
    """Return the language to write to a user in: never that of the moderator who is logged in."""
    default: str = current_app.config["BABEL_DEFAULT_LOCALE"]
    return supported_or_none(user.locale) or default
