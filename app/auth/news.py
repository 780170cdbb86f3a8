"""What the owner of an account is told by mail: what was done to it."""

from app.mail import outbox
from app.models import User
from app.web.languages import spoken


def tell_owner(user: User, subject: str, template: str) -> None:
    """Mail a user what has happened to their account, in the current transaction.

    `subject` is in English, `template` is that of a mail which says no more than the name.
    """
    outbox.enqueue(
        user.email or "", subject, template, {"username": user.username}, locale=spoken(user.locale)
    )
