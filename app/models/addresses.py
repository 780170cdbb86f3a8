"""The rule about mail addresses: which ones there are, and when two are the same."""

from string import ascii_lowercase, ascii_uppercase
from typing import NamedTuple

from email_validator import validate_email

LOWER = str.maketrans(ascii_uppercase, ascii_lowercase)
DOTLESS_DOMAINS = {"gmail.com", "googlemail.com"}  # one, and its dots do not count
LONGEST_EMAIL = 254  # characters, as SMTP takes them (RFC 5321)


class InvalidAddressError(ValueError):
    """A text is no mail address."""


class EmailAddress(NamedTuple):
    """A mail address: as its owner writes it, and the key to compare by."""

    shown: str
    key: str


def parse_email(typed: str) -> EmailAddress:
    """Return the address that somebody typed. Raise InvalidAddressError if it is none.

    The domain is encoded before it is looked at: full-width signs become others in that (UTS 46).

    The case of Latin letters does not count: servers may tell john@ from John@ (RFC 5321), and none
    does. Of others, who knows: two letters that only look alike may be two people's.
    """
    text = typed.strip()
    if len(text) > LONGEST_EMAIL:
        raise InvalidAddressError(f"an email address has at most {LONGEST_EMAIL} characters")
    try:
        found = validate_email(text, check_deliverability=False)
    except ValueError as error:
        raise InvalidAddressError(f"{text!r} is not an email address: {error}") from None
    key = f"{found.local_part.translate(LOWER)}@{found.ascii_domain}"
    if len(key) > LONGEST_EMAIL:
        raise InvalidAddressError(f"an email address has at most {LONGEST_EMAIL} characters")
    return EmailAddress(found.normalized, key)


def get_mailbox(address: EmailAddress) -> str:
    """Return what several spellings of one person's address have in common.

    It is to be counted by. Nobody is written to there: elsewhere, that may be another person's.
    """
    local, _, domain = address.key.rpartition("@")
    local = local.partition("+")[0] or local
    if domain in DOTLESS_DOMAINS:
        return f"{local.replace('.', '')}@gmail.com"
    return f"{local}@{domain}"
