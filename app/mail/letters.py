"""Writing the letter that a mail is sent as: in its recipient's language, when it is sent."""

import hashlib
from collections.abc import Callable, Container
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

from flask import current_app, render_template

from app.models import OutgoingMail
from app.web.languages import in_language, language_tag
from app.web.times import stay_in_utc
from settings import parse_address, read_line

# Seven bits, for servers that take no others.
POLICY = SMTP.clone(cte_type="7bit")
SUBJECT = "subject"  # a parameter, or a block of the text

Preparation = Callable[..., dict[str, Any]]
_preparations: dict[str, Preparation] = {}


def register_preparation(template: str) -> Callable[[Preparation], Preparation]:
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

    Its templates know its parameters, its subject, and the row as `mail`. Their links are those of
    PUBLIC_URL.
    Raises whatever a template does.
    """
    config = current_app.config
    with current_app.test_request_context(base_url=config["PUBLIC_URL"]), in_language(mail.locale):
        stay_in_utc()  # a developer, who may have a zone, may be looking at a mail to another
        prepare = _preparations.get(mail.template)
        prepared = prepare(**mail.parameters) if prepare else {}
        language: str = prepared.pop("locale", mail.locale)
        with in_language(language):
            subject = subject_of(mail)
            variables = {**mail.parameters, "subject": subject, "mail": mail, **prepared}
            text = render_template(f"{mail.template}.txt", **variables)
            html = render_template(f"{mail.template}.html", **variables)
    letter = compose(mail.recipient, subject, text)
    letter.add_alternative(html, subtype="html")
    # The key of a notice may come again after a month, and on another site.
    unique = hashlib.sha256(f"{mail.key} {mail.created_at.isoformat()}".encode()).hexdigest()[:32]
    letter["Message-ID"] = f"<{unique}@{parse_header_address(config['FLASKY_MAIL_SENDER']).domain}>"
    letter["Date"] = mail.created_at
    letter["Content-Language"] = language_tag(language)
    return letter


def subject_of(mail: OutgoingMail) -> str:
    """Return the subject of a mail in the current language, without the prefix.

    It is what `send_email` was given, or else the block `subject` of the mail's text, which knows
    the parameters alone: no link, and nothing that has to be asked of the database.
    """
    if SUBJECT in mail.parameters:
        return str(mail.parameters[SUBJECT])
    template = current_app.jinja_env.get_template(f"{mail.template}.txt")
    variables = dict(mail.parameters)
    current_app.update_template_context(variables)
    return "".join(template.blocks[SUBJECT](template.new_context(variables)))


def title_of(mail: OutgoingMail) -> str:
    """Return what a list calls a mail: its subject, or its template's name if that has no subject.

    The mail may be of another release, whose templates are gone.
    """
    try:
        return subject_of(mail)
    except Exception:  # noqa: BLE001  # templates raise anything
        return mail.template


def check_templates(template: str, parameters: Container[str]) -> None:
    """Raise TemplateNotFound for a mail without templates, ValueError for one without a subject."""
    text = current_app.jinja_env.get_template(f"{template}.txt")
    current_app.jinja_env.get_template(f"{template}.html")
    if SUBJECT not in text.blocks and SUBJECT not in parameters:
        raise ValueError(f"{template}.txt has no block {SUBJECT!r}")


def compose(recipient: str, subject: str, text: str) -> EmailMessage:
    """Return a letter of plain text from Flasky's sender."""
    letter = EmailMessage(policy=POLICY)
    letter["From"] = parse_header_address(current_app.config["FLASKY_MAIL_SENDER"])
    letter["To"] = parse_header_address(recipient)
    prefixed = f"{current_app.config['FLASKY_MAIL_SUBJECT_PREFIX']} {subject}"
    letter["Subject"] = " ".join(prefixed.split())  # a line break would begin another header
    letter["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's absence note answers it
    letter.set_content(text)
    return letter


def body_of(letter: EmailMessage, kind: str) -> str:
    """Return what a letter says: as `plain` text, or as `html`."""
    part = letter.get_body([kind])
    return str(part.get_content()) if part else ""


def parse_header_address(text: str) -> Address:
    """Return a mail address, which may have a name before it, as headers want it.

    A domain in any script is written as the DNS has it. Raises ValueError for what is none.
    """
    return parse_address(read_line(text))
