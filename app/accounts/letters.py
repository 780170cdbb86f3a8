"""What is mailed about accounts: links to those who ask for them, news to their owners.

The request decides that there is a mail. What it says, and the link in it, are made when it is
sent: so the request does the same for addresses that have an account and for others.
"""

from functools import partial
from typing import Any

from app import audit
from app.accounts import names
from app.accounts.links import (
    ChangeEmailLink,
    Link,
    NotMeLink,
    RegisterLink,
    ResetLink,
    hash_credentials,
)
from app.extensions import db
from app.mail import letters
from app.mail.outbox import enqueue
from app.models import Action, User
from app.models.addresses import EmailAddress, parse_email
from app.models.lookup import find_by_email, find_conflict
from app.models.outgoing_mail import Priority
from app.retry import retry
from app.web.languages import supported_or_none


def ask_to_register(name: str, address: EmailAddress) -> None:
    """Mail the link by which a name gets an account, or why there is none. Commits."""
    retry(partial(_ask_to_register, name, address))


def ask_to_reset(address: EmailAddress) -> None:
    """Mail the link by which a password is chosen anew, or that there is no account. Commits."""
    retry(partial(_ask_to_reset, address))


def _ask_to_register(name: str, address: EmailAddress) -> None:
    audit.record(Action.REGISTER_ASKED, find_conflict(name, address))
    enqueue(address.shown, "mail/register", name=name, email=address.shown)
    db.session.commit()


def _ask_to_reset(address: EmailAddress) -> None:
    audit.record(Action.RESET_ASKED, find_by_email(address))
    enqueue(address.shown, "mail/reset", priority=Priority.URGENT, email=address.shown)
    db.session.commit()


def ask_to_change_email(user: User, address: EmailAddress) -> None:
    """Mail the link by which a user gets a new address, in the current transaction."""
    enqueue(
        address.shown,
        "mail/change_email",
        priority=Priority.URGENT,
        locale=supported_or_none(user.locale),
        user=user.id,
        email=address.shown,
        state=hash_credentials(user),
    )


def tell_owner(user: User, template: str, **parameters: Any) -> None:  # noqa: ANN401
    """Mail a user what has happened to their account, in the current transaction.

    The templates know the name of the account as `username`, and its number as `account`, besides
    the parameters; those that extend `mail/news` say what to do if it was not the owner.
    """
    enqueue(
        user.email or "",
        template,
        locale=supported_or_none(user.locale),
        username=user.username,
        account=user.id,
        **parameters,
    )


def mail_new_password(user: User) -> None:
    """Mail a user the link without which nobody comes in, in the current transaction."""
    enqueue(
        user.email or "", "mail/secured", locale=supported_or_none(user.locale), email=user.email
    )


def make_not_me_url(account: int, recipient: str) -> str:
    """Return the address where who gets a mail about an account says that it was not they."""
    return NotMeLink(account, parse_email(recipient).key).make_url()


@letters.register_preparation("mail/register")
def _register(name: str, email: str) -> dict[str, Any]:
    address = parse_email(email)
    other = find_conflict(name, address)
    if other is None and names.is_free(name):
        return {"situation": "free"} | describe_link(RegisterLink(name, email))
    if other is not None and other.has_account and other.email_key == address.key:
        return {"situation": "has account", "owner": other.username} | make_locale_variable(other)
    return {"situation": "taken"}


@letters.register_preparation("mail/secured")
@letters.register_preparation("mail/reset")
def _reset(email: str) -> dict[str, Any]:
    user = find_by_email(parse_email(email))
    if user is None or not user.has_account or user.disabled_at:
        return {"link": None}
    return describe_link(ResetLink(user.id, hash_credentials(user))) | make_locale_variable(user)


@letters.register_preparation("mail/change_email")
def _change_email(user: int, email: str, state: str) -> dict[str, Any]:
    owner = db.session.get(User, user)
    other = find_by_email(parse_email(email))
    # Bound to what the account was when this was asked for: a new password voids it.
    is_as_asked = owner is not None and not owner.disabled_at and hash_credentials(owner) == state
    if not is_as_asked or (other is not None and other is not owner):
        return {"link": None}
    return describe_link(ChangeEmailLink(user, email, state))


def describe_link(link: Link) -> dict[str, Any]:
    """Return what a letter has to know of a link: its address, and its lifetime in seconds."""
    return {"link": link.make_url(), "lifetime": link.lifetime()}


def make_locale_variable(user: User) -> dict[str, str]:
    """Return the variable that lets a letter be written in a user's language, if they chose one."""
    language = supported_or_none(user.locale)
    return {"locale": language} if language else {}
