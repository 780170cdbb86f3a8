"""Writing the letter that a mail is sent as: in its recipient's language, when it is sent."""

import hashlib
from collections.abc import Callable, Mapping
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parseaddr
from typing import Any

from flask import current_app, render_template

from app.models import OutgoingMail
from app.web.languages import gettext, language_tag, speaking
from app.web.times import stay_in_utc
from settings import read_address

# Seven bits, for servers that take no others.
POLICY = SMTP.clone(cte_type="7bit")

Preparation = Callable[..., dict[str, Any]]
_preparations: dict[str, Preparation] = {}


def prepares(template: str) -> Callable[[Preparation], Preparation]:
    """Let a function find out, when a mail of that template is written, what the mail has to know.

    It is given the mail's parameters, and returns further variables, such as links, which no table
    is to hold. As `locale`, it may return another language than that of whoever caused the mail.
    """

    def register(prepare: Preparation) -> Preparation:
        _preparations[template] = prepare
        return prepare

    return register


def write(mail: OutgoingMail) -> EmailMessage:
    """Return a mail as it is to be sent.

    Its templates know its parameters, and the row as `mail`. Their links are those of PUBLIC_URL.
    Raises whatever a template does.
    """
    config = current_app.config
    with current_app.test_request_context(base_url=config["PUBLIC_URL"]), speaking(mail.locale):
        stay_in_utc()  # a developer, who may have a zone, may be looking at a mail to another
        prepare = _preparations.get(mail.template)
        prepared = prepare(**mail.parameters) if prepare else {}
        language: str = prepared.pop("locale", mail.locale)
        variables = {**mail.parameters, "mail": mail, **prepared}
        with speaking(language):
            subject = subject_of(mail)
            text = render_template(f"{mail.template}.txt", **variables)
            html = render_template(f"{mail.template}.html", **variables)
    letter = compose(mail.recipient, subject, text)
    letter.add_alternative(html, subtype="html")
    # The key of a notice may come again after a month, and on another site.
    unique = hashlib.sha256(f"{mail.key} {mail.created_at.isoformat()}".encode()).hexdigest()[:32]
    letter["Message-ID"] = f"<{unique}@{address(config['FLASKY_MAIL_SENDER']).domain}>"
    letter["Date"] = mail.created_at
    letter["Content-Language"] = language_tag(language)
    return letter


def subject_of(mail: OutgoingMail) -> str:
    """Return the subject of a mail in the current language, without the prefix."""
    return fill(gettext(mail.subject), mail.parameters)


def fill(subject: str, parameters: Mapping[str, Any]) -> str:
    """Return a subject with its `%(name)s` filled in. Raise ValueError for one that cannot be."""
    try:
        return subject % parameters if "%(" in subject else subject
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"the subject {subject!r} cannot be filled in: {error}") from None


def compose(recipient: str, subject: str, text: str) -> EmailMessage:
    """Return a letter of plain text from Flasky's sender."""
    letter = EmailMessage(policy=POLICY)
    letter["From"] = address(current_app.config["FLASKY_MAIL_SENDER"])
    letter["To"] = address(recipient)
    prefixed = f"{current_app.config['FLASKY_MAIL_SUBJECT_PREFIX']} {subject}"
    letter["Subject"] = " ".join(prefixed.split())  # a line break would begin another header
    letter["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's absence note answers it
    letter.set_content(text)
    return letter


def body_of(letter: EmailMessage, kind: str) -> str:
    """Return what a letter says: as `plain` text, or as `html`."""
    part = letter.get_body([kind])
    return str(part.get_content()) if part else ""


def address(text: str) -> Address:
    """Return a mail address, which may have a name before it, as headers want it.

    A domain in any script is written as the DNS has it. Raises ValueError for what is none.
    """
    name, plain = parseaddr(read_address(text))
    user, _, domain = plain.rpartition("@")
    try:
        return Address(name, user, domain.encode("idna").decode("ascii"))
    except (HeaderParseError, IndexError, UnicodeError) as error:
        raise ValueError(f"{text!r} is not a mail address: {error}") from None
