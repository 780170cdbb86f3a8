"""What is mailed about accounts.

The request decides that there is a mail. What it says, and the link in it, are made when it is
sent: so the request does the same for addresses that have an account and for others.
"""

from typing import Any

from app.auth import links
from app.auth.accounts import find_by_email, in_the_way
from app.auth.links import Purpose, state_of
from app.extensions import db
from app.mail import letters, outbox
from app.models import User
from app.models.addresses import MailAddress, mail_address
from app.web.languages import spoken


def ask_to_register(name: str, address: MailAddress) -> None:
    """Mail the link by which a name gets an account, or why there is none. Commits."""
    parameters = {"name": name, "email": address.shown}
    outbox.enqueue(address.shown, "Your account", "mail/register", parameters)
    db.session.commit()


def ask_to_reset(address: MailAddress) -> None:
    """Mail the link by which a password is chosen anew, or that there is no account. Commits."""
    outbox.enqueue(address.shown, "Your password", "mail/reset", {"email": address.shown})
    db.session.commit()


def ask_to_change_email(user: User, address: MailAddress) -> None:
    """Mail the link by which a user gets a new address, in the current transaction."""
    parameters = {"user": user.id, "email": address.shown, "state": state_of(user)}
    language = spoken(user.locale)
    outbox.enqueue(
        address.shown, "Your new address", "mail/change_email", parameters, locale=language
    )


@letters.prepares("mail/register")
def _register(name: str, email: str) -> dict[str, Any]:
    address = mail_address(email)
    other = in_the_way(name, address)
    if other is None:
        link = links.make(Purpose.REGISTER, name=name, email=email)
        return {"situation": "free", "link": link}
    if other.has_account and other.email_key == address.key:
        variables = {"situation": "has account", "owner": other.username, "link": None}
        return variables | in_language_of(other)
    return {"situation": "taken", "link": None}


@letters.prepares("mail/reset")
def _reset(email: str) -> dict[str, Any]:
    user = find_by_email(mail_address(email))
    if user is None or not user.has_account or user.disabled_at:
        return {"link": None}
    link = links.make(Purpose.RESET, user=user.id, state=state_of(user))
    return {"link": link} | in_language_of(user)


@letters.prepares("mail/change_email")
def _change_email(user: int, email: str, state: str) -> dict[str, Any]:
    owner = db.session.get(User, user)
    other = find_by_email(mail_address(email))
    # Bound to what the account was when this was asked for: a new password voids it.
    is_as_asked = owner is not None and not owner.disabled_at and state_of(owner) == state
    if not is_as_asked or (other is not None and other is not owner):
        return {"link": None}
    return {"link": links.make(Purpose.CHANGE_EMAIL, user=user, email=email, state=state)}


def in_language_of(user: User) -> dict[str, str]:
    """Return the variable that lets a letter be written in a user's language, if they chose one."""
    language = spoken(user.locale)
    return {"locale": language} if language else {}
